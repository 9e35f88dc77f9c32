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

static void spans_come_out_as_otlp() {
    Blocks blocks = build(3, 4, 0);
    SpanSet all = SpanSet::all(blocks).value();
    Buffer message = all.otlp().value(), text = all.otlp(BP_OTLP_JSON).value();
    all.release();
    blocks.release();
    CHECK(text.text().front() == '{' && text.text().find("query 3") != std::string_view::npos);
    Builder builder = Builder::create().value();
    builder.add_otlp(message.bytes()).value();
    CHECK(builder.blocks()->span_count() == 12);
    CHECK(all.otlp().error().status() == BP_ERR_RELEASED);
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
    const uint8_t unknown[16] = {1};
    CHECK(!reader->trace({unknown, 16}).value());
    Blocks blocks = reader->blocks().value();
    reader = Reader::open("closed");
    CHECK(!reader && blocks.span_count() == SHOP_SPANS);
    std::remove(path);
}

static void scans_find_rows_and_remember_columns() {
    Blocks blocks = build(50, 4, 0);
    ColumnScanner scanner = ColumnScanner::create(blocks, 0).value();
    RowSet user = scanner.equal("span.user", "u1").value();
    RowSet step = scanner.less("span.step", 1).value();
    CHECK(user.count() == 40 && step.count() == 50 && user.column() == "span.user");
    CHECK(user.intersect(step)->count() == 10 && user.unite(step)->count() == 80);
    CHECK(user.subtract(step)->count() == 30 && user.complement()->count() == 160);
    CHECK(user.rows().front() == 4 && user.rows().size() == 40);
    uint64_t rows = 0;
    user.for_each_batch(7, [&](const uint32_t *, size_t count) { rows += count; });
    CHECK(rows == 40);
    CHECK(scanner.in("span.user", {"u1", "u2"})->count() == 80);
    CHECK(scanner.between("span.step", 1, 2.5)->count() == 100);
    CHECK(scanner.regex("span:name", "^GET")->count() == 50);
    CHECK(scanner.is_null("span.odd")->count() == 100);
    CHECK(scanner.regex("span:name", "(").error().status() == BP_ERR_PARSE);
    CHECK(scanner.stats()->scans >= 6);
    CHECK(blocks.scan_stats()->scans == scanner.stats()->scans);
    CHECK(blocks.observed("span:name", BP_OP_REGEX)->scans == 1);
    CHECK(blocks.observed("span:name", 0).error().status() == BP_ERR_INVALID_ARGUMENT);
    CHECK(blocks.scan_all({{"span.user", BP_OP_IN, {"u1", "u2"}}, {"span.step", BP_OP_LESS, {1}}})->count() == 20);
    CHECK(blocks.scan_all({{"span:name", BP_OP_REGEX, {"("}}}).error().status() == BP_ERR_PARSE);
    CHECK(blocks.reset_scan_stats().ok() && blocks.scan_stats()->scans == 0);
    CHECK(blocks.set_scan_threads(2).ok());
    SpanMatches either = SpanMatches::any_of({&user, &step}).value();
    SpanMatches both = SpanMatches::all_of({&user, &step}).value();
    CHECK(either.count() == 80 && both.count() == 10 && either.column(1) == "span.step");
    CHECK(either.rows().front().row == 0 && either.rows().front().columns == 2);
    CHECK(SpanMatches::unite({&either, &both})->column_count() == 4);
    LazyFields fields = either.fields(4).value();
    CHECK(fields.get("span.user")->as_string() == "u1");
    CHECK(fields.get("span.trace.number")->is_absent());
    CHECK(either.row_set()->count() == 80);
    RowSet named = RowSet::of(blocks, 0, {70, 3, 3}).value();
    CHECK(named.rows() == std::vector<uint32_t>({3, 70}) && named.column().empty());
    CHECK(named.words() == std::vector<uint64_t>({8, 64, 0, 0}));
    CHECK(RowSet::all(blocks, 0)->subtract(named)->count() == 198);
    CHECK(RowSet::of(blocks, 0, {})->count() == 0);
    CHECK(RowSet::of(blocks, 0, {200}).error().status() == BP_ERR_INVALID_ARGUMENT);
    CHECK(RowSet::all(blocks, 1).error().status() == BP_ERR_INVALID_ARGUMENT);
}

static void sets_of_spans_are_read_in_bulk() {
    Blocks blocks = build(50, 4, 40);
    SpanSet errors = blocks.scan("span:status", BP_OP_EQUAL, {Value::span_status(2)}).value();
    SpanSet all = blocks.scan("span:name", BP_OP_IS_NOT_NULL, {}).value();
    CHECK(errors.count() == 50 && all.count() == 200);
    CHECK(errors.spans()->size() == 50 && errors.ids()->at(3).trace_id[15] == 3);
    Columns columns = Columns::create({"span.trace.number", "span.none"}).value();
    Matrix values = errors.values(10, 5, columns).value();
    CHECK(values.rows() == 5 && values.columns() == 2);
    CHECK(values.at(0, 0).as_int() == 10 && values.at(4, 0).as_int() == 14 && values.at(4, 1).is_absent());
    CHECK(errors.values(48, 5, columns).error().status() == BP_ERR_INVALID_ARGUMENT);
    CHECK(errors.values(0, SIZE_MAX, columns).error().status() == BP_ERR_INVALID_ARGUMENT);
    CHECK(errors.values(0, SIZE_MAX / 64, columns).error().message().find("the set has 50") != std::string_view::npos);
    CHECK(Columns::create({"span.fine", ""}).error().status() == BP_ERR_PARSE);
    CHECK(all.subtract(errors)->count() == 150 && errors.complement()->count() == 150);
    CHECK(errors.structural(BP_STRUCTURAL_CHILD, all)->count() == 50);
    CHECK(errors.structural(BP_STRUCTURAL_ANCESTOR, all)->count() == 100);
    CHECK(errors.fields(0)->get("span:name")->as_string() == "query 2");
    CHECK(errors.blocks()->size() == blocks.size() && errors.row_set(1)->count() == 10);
    uint64_t streamed = 0;
    auto count = [&](uint32_t, const uint32_t *, size_t n) { return (streamed += n) < 20; };
    Result<void> stopped = blocks.stream("span:status", BP_OP_EQUAL, {Value::span_status(2)}, 10, count);
    CHECK(stopped.error().status() == BP_ERR_STOPPED && streamed == 20);
    errors.release();
    CHECK(errors.is_released() && errors.ids().error().status() == BP_ERR_RELEASED);
}

static void memory_is_told_and_given_back() {
    Blocks blocks = build(10, 4, 8);
    CHECK(blocks.memory()->heap_bytes == blocks.bytes_held() && blocks.memory()->mapped_bytes == 0);
    CHECK(memory().heap_bytes == bytes_held() && bytes_held() > 0);
    CHECK(memory().handles == live_handles() && live_handles(BP_HANDLE_BLOCKS) == 1);
    blocks.trim().value();
    blocks.release();
    CHECK(blocks.memory().error().status() == BP_ERR_RELEASED);
    CHECK(memory().heap_bytes == 0 && memory().peak_heap_bytes > 0);
    reset_memory_peak();
    trim_memory();
    CHECK(memory().peak_heap_bytes == 0);
}

static void values_of_many_spans_are_arrays() {
    Blocks blocks = build(10, 4, 8);
    SpanSet all = SpanSet::all(blocks).value();
    Columns columns = Columns::create({"span:name", "span.trace.number", "span.odd"}).value();
    ColumnMatrix matrix = ColumnMatrix::create().value();
    CHECK(matrix.fill(all, 30, 100, columns).value() == 10);
    CHECK(matrix.fill(all, 40, 100, columns).value() == 0);
    CHECK(matrix.fill(all, 0, 30, columns).value() == 30);
    blocks.release();
    all.release();
    CHECK(bp_bytes_held() == 0);
    ColumnValues names = matrix.column(0).value(), traces = matrix.column(1).value(), odd = matrix.column(2).value();
    CHECK(names.kind() == BP_KIND_STR && traces.kind() == BP_KIND_I64 && odd.kind() == BP_KIND_BOOL);
    CHECK(names.size() == 30 && names.present() == 30);
    for (size_t span = 0; span < 30; span++) {
        CHECK(traces.i64(span) == static_cast<int64_t>(span / 4));
        CHECK(names.text(span) == (span % 4 == 0 ? "GET /" : "query " + std::to_string(span % 4)));
        CHECK(odd.kind(span) == (span % 2 == 1 ? BP_KIND_BOOL : BP_KIND_ABSENT));
    }
    CHECK(matrix.column(3).error().status() == BP_ERR_INVALID_ARGUMENT);
    CHECK(matrix.fill(all, 0, 30, columns).error().status() == BP_ERR_RELEASED);
    CHECK(matrix.size() == 0);
}

static void fields_are_read_until_released() {
    Blocks blocks = build(10, 4, 0);
    LazyFields fields = LazyFields::open(blocks, 0, 5).value();
    CHECK(fields.get("span:kind")->to_string() == "client");
    CHECK(fields.get("span:id")->to_string() == "cdcdcdcd00010001");
    CHECK(Value(std::string_view(std::string(200, 'x'))).to_string().size() == 200);
    size_t named = 0;
    for (const Field &field : fields.all().value()) {
        named += field.name == "span.user" || field.name == "resource.service.name";
    }
    CHECK(named == 2 && fields.all()->size() > 10);
    Columns columns = Columns::create({"span.step"}).value();
    CHECK(fields.get_many(columns)->at(0, 0).as_int() == 1);
    fields.seek(blocks, 0, 7).value();
    CHECK(fields.get_many(columns)->at(0, 0).as_int() == 3 && fields.span().row == 7);
    LazyFields copy = LazyFields::open(blocks, 0, 6).value();
    copy.detach().value();
    blocks = build(1, 1, 0);
    CHECK(copy.get("span.step")->as_int() == 2);
    fields.release();
    CHECK(fields.is_released() && fields.get("span:name").error().status() == BP_ERR_RELEASED);
    CHECK(LazyFields::open(blocks, 0, 1).error().status() == BP_ERR_INVALID_ARGUMENT);
}

static void events_and_links_are_lists() {
    Blocks blocks(shop_blocks(0));
    size_t events = 0, links = 0;
    for (uint32_t row = 0; row < SHOP_SPANS; row += 7) {
        LazyFields fields = LazyFields::open(blocks, 0, row).value();
        size_t of_items = 0;
        for (const Field &field : *fields.all()) {
            of_items += field.name.substr(0, 5) == "event" || field.name.substr(0, 4) == "link";
        }
        std::vector<std::vector<Field>> all = fields.events().value();
        events += all.size();
        for (std::vector<Field> &link : fields.links().value()) {
            CHECK(link.at(0).name == "link:trace_id");
            links++;
            of_items -= link.size();
        }
        for (size_t i = 0; i < all.size(); i++) {
            CHECK(all[i].at(0).name == "event:name" && all[i].back().value.item() == i);
            of_items -= all[i].size();
        }
        CHECK(of_items == 0);
        fields.release();
        CHECK(fields.events().error().status() == BP_ERR_RELEASED);
    }
    CHECK(events > 0 && links > 0);
}

static void graphs_are_walked() {
    Blocks blocks = build(10, 4, 0);
    TraceGraphs graphs = blocks.trace_graphs().value();
    CHECK(graphs.size() == 10 && graphs.span_count() == 40);
    TraceGraph graph = graphs.graph(7).value();
    CHECK(graph.size() == 4 && graph.info()->max_depth == 3);
    CHECK(graph.roots()->size() == 1 && graph.orphans()->empty());
    CHECK(graph.children(1)->at(0) == 2 && graph.children(3)->empty());
    CHECK(graph.nodes()->at(2).parent == 1 && graph.parents()->ptr[0] == BP_NO_PARENT);
    CHECK(graph.depths()->ptr[3] == 3 && graph.descendants()->ptr[1] == 2);
    CHECK(*graph.find(graph.nodes()->at(2).span) == 2 && !graph.find({0, 0})->has_value());
    CHECK(graph.fields(0)->get("span:name")->as_string() == "GET /");
    Columns columns = Columns::create({"span.step"}).value();
    CHECK(graph.values(columns)->at(3, 0).as_int() == 3);
    CHECK(view(graph.services()->at(0).service) == "store" && graph.timings()->size() == 4);
    CHECK(graph.critical_path()->size() == 4 && graph.critical_path(3)->at(0).node == 3);
    CHECK(graph.critical_path(4).error().status() == BP_ERR_INVALID_ARGUMENT);
    CHECK(graphs.summaries()->size() == 10 && view(graphs.summaries()->at(7).root_name) == "GET /");
    CHECK(graphs.shape()->max_depth == 3);
    CHECK(*graphs.spans_by_depth() == std::vector<uint64_t>(4, 10));
    CHECK((*graphs.spans_by_children() == std::vector<uint64_t>{10, 30}));
    ServiceGraph services = graphs.service_graph().value();
    CHECK(services.size() == 1 && view(services.edges()->at(0).callee) == "store");
    CHECK(services.services()->size() == 3 && view(services.services()->at(1)) == "shop");
    CHECK(*services.quantile_ns(0, 0.5) == services.edges()->at(0).p50_ns);
    SpanSet some = blocks.scan("span.trace.number", BP_OP_LESS, {3}).value();
    CHECK(blocks.trace_graphs(some)->size() == 3);
    graphs.release();
    CHECK(graphs.graph(0).error().status() == BP_ERR_RELEASED && graph.children(0).ok());
    CHECK(graphs.spans_by_depth().error().status() == BP_ERR_RELEASED);
}

static void what_comes_in_parts_comes_whole() {
    TraceGraph graph = build(1, 1000, 0).trace_graphs()->graph(0).value();
    std::vector<bp_trace_node> nodes = graph.nodes().value();
    CHECK(nodes.size() == 1000);
    for (uint32_t node = 1; node < nodes.size(); node++) {
        CHECK(nodes[node].parent == node - 1);
    }
}

static void arrow_streams_release_themselves() {
    Blocks blocks = build(10, 4, 16);
    Columns columns = Columns::create({"span:name", "span.step"}).value();
    ArrowOptions options;
    options.columns = &columns;
    options.events = true;
    ArrowStream stream = arrow_stream(blocks, options).value();
    ArrowSchema schema;
    REQUIRE(stream.get()->get_schema(stream.get(), &schema) == 0);
    CHECK(schema.n_children == 3);
    schema.release(&schema);
    ArrowArray batch;
    REQUIRE(stream.get()->get_next(stream.get(), &batch) == 0);
    ArrowStream moved = std::move(stream);
    CHECK(stream.is_released() && !moved.is_released());
    moved = arrow_stream(SpanSet::all(blocks).value()).value();
    ArrowArrayStream taken = moved.take();
    CHECK(moved.is_released());
    taken.release(&taken);
    CHECK(batch.length == 16);
    batch.release(&batch);
    blocks.release();
    CHECK(arrow_stream(blocks).error().status() == BP_ERR_RELEASED);
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
    RUN(spans_come_out_as_otlp);
    RUN(files_are_written_and_read);
    RUN(scans_find_rows_and_remember_columns);
    RUN(sets_of_spans_are_read_in_bulk);
    RUN(memory_is_told_and_given_back);
    RUN(values_of_many_spans_are_arrays);
    RUN(fields_are_read_until_released);
    RUN(events_and_links_are_lists);
    RUN(graphs_are_walked);
    RUN(what_comes_in_parts_comes_whole);
    RUN(arrow_streams_release_themselves);
    RUN(literals_have_the_kind_of_their_type);
    FINISH();
}
