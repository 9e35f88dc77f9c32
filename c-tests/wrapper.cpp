// The C++ wrapper: results, handles that free themselves, views.
#include "blockpack.hpp"
#include "sample.h"

#include <utility>

using namespace blockpack;

static ByteView bytes_of(const otlp &message) { return {message.bytes, message.len}; }

static Blocks build(uint32_t traces, uint32_t spans, uint32_t max_spans) {
    bp_block_options options = BP_BLOCK_OPTIONS_INIT;
    options.max_spans = max_spans;
    otlp message = sample_otlp(0, traces, spans);
    Builder builder = Builder::create(options).value();
    builder.add_otlp(bytes_of(message)).value();
    otlp_free(&message);
    return builder.blocks().value();
}

static void handles_free_themselves() {
    Blocks blocks = build(10, 4, 8);
    CHECK(blocks.size() == 5 && blocks.span_count() == 40);
    Blocks moved = std::move(blocks);
    CHECK(moved.span_count() == 40);
    CHECK(moved.info(4)->spans == 8);
    moved = build(1, 1, 0);
    CHECK(moved.size() == 1);
    CHECK(bp_live_handles(BP_HANDLE_BLOCKS) == 1);
}

static void failures_say_why() {
    const uint8_t damaged[] = {0x0a, 0x05};
    Builder builder = Builder::create().value();
    Result<void> added = builder.add_otlp({damaged, sizeof damaged});
    CHECK(!added && !added.ok());
    CHECK(added.error().status() == BP_ERR_OTLP);
    CHECK(std::string_view(added.error().name()) == "BP_ERR_OTLP");
    CHECK(!added.error().message().empty());
    CHECK(added.error().position().has_value());
    CHECK(!added.error().is_retriable());
    Result<Reader> reader = Reader::open("there/is/no/such.bpk");
    CHECK(!reader && reader.error().status() == BP_ERR_IO);
    CHECK(reader.error().message().find("there/is/no/such.bpk") != std::string_view::npos);
    CHECK(!reader.error().position());
}

static void released_blocks_answer() {
    Blocks blocks = build(10, 4, 0);
    Blocks joined = Blocks::join({&blocks}).value();
    blocks.release();
    blocks.release();
    CHECK(blocks.is_released() && blocks.size() == 1);
    CHECK(blocks.info(0).error().status() == BP_ERR_RELEASED);
    CHECK(joined.info(0)->spans == 40);
}

static void columns_are_listed() {
    Blocks blocks = build(10, 4, 0);
    bool found = false;
    for (const Column &column : blocks.columns(0).value()) {
        if (column.name == "span.user") {
            found = true;
            CHECK(column.type_name == "string" && column.distinct == 5 && column.is_attribute);
        }
    }
    CHECK(found);
}

static void blocks_are_opened_from_bytes() {
    Blocks blocks = build(10, 4, 0);
    Blocks copy = Blocks::open_memory(blocks.bytes(0).value()).value();
    CHECK(copy.span_count() == 40);
    CHECK(Blocks::open_memory({}).error().status() == BP_ERR_CORRUPT);
}

static void files_are_written_and_read() {
    char path[512];
    scratch_path(path, sizeof path, "wrapper.bpk");
    {
        Writer writer = Writer::open(path).value();
        writer.add_file(SHOP_PATH).value();
        CHECK(writer.span_count() == SHOP_SPANS);
        bp_write_report report = writer.finish().value();
        CHECK(report.spans == SHOP_SPANS && report.traces == SHOP_TRACES);
        CHECK(writer.finish().error().status() == BP_ERR_STATE);
    }
    Result<Reader> reader = Reader::open(path);
    CHECK(reader && reader->info().spans == SHOP_SPANS && reader->name() == path);
    reader->verify().value();
    Blocks blocks = reader->blocks().value();
    reader = Reader::open("closed");
    CHECK(!reader && blocks.span_count() == SHOP_SPANS);
    std::remove(path);
}

static void literals_have_the_kind_of_their_type() {
    CHECK(Value("text").as_string() == "text");
    CHECK(Value(std::string_view("text")).kind() == BP_KIND_STR);
    CHECK(Value(7).as_int() == 7 && Value(7).kind() == BP_KIND_I64);
    CHECK(Value(INT64_MIN).as_int() == INT64_MIN);
    CHECK(Value(7u).as_unsigned() == 7u && Value(7u).kind() == BP_KIND_U64);
    CHECK(Value(0.5).as_double() == 0.5 && Value(0.5f).as_double() == 0.5);
    CHECK(Value(true).as_bool() == true && !Value(true).as_int());
    CHECK(Value().is_absent() && !Value().as_string());
    CHECK(Value::duration_ns(5).as_unsigned() == 5u);
    CHECK(Value::span_kind(3).as_int() == 3);
    const uint8_t id[] = {1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(Value::id({id, 8}).as_bytes()->size == 8);
    CHECK(Value::id({id, 8}).items().error().status() == BP_ERR_TYPE);
}

int main() {
    RUN(handles_free_themselves);
    RUN(failures_say_why);
    RUN(released_blocks_answer);
    RUN(columns_are_listed);
    RUN(blocks_are_opened_from_bytes);
    RUN(files_are_written_and_read);
    RUN(literals_have_the_kind_of_their_type);
    FINISH();
}
