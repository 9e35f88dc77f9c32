/* Spans as Arrow: what streams give, who owns it, misuse. */
#include "sample.h"

static bp_columns *columns_of(const char *const *names, size_t n) {
    bp_columns *columns = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    for (size_t i = 0; i < n; i++) {
        REQUIRE_OK(bp_columns_add(columns, bp_str_of(names[i]), &err), err);
    }
    return columns;
}

static const char *const NAMES[] = {"span:name", "span.step", "span:start", "span:id", "span.odd", "resource.service.name"};
enum { NAME, STEP, START, ID, ODD, SERVICE, COLUMNS };

/* A stream of all spans with the columns above. */
static struct ArrowArrayStream open_stream(const bp_blocks *blocks, uint32_t batch_rows) {
    struct ArrowArrayStream stream;
    bp_arrow_options options = BP_ARROW_OPTIONS_INIT;
    bp_columns *columns = columns_of(NAMES, COLUMNS);
    bp_error *err = NULL;
    options.columns = columns;
    options.batch_rows = batch_rows;
    REQUIRE_OK(bp_arrow_export_blocks(blocks, &options, &stream, &err), err);
    bp_columns_free(columns);
    return stream;
}

static struct ArrowArray next_batch(struct ArrowArrayStream *stream) {
    struct ArrowArray batch;
    REQUIRE(stream->get_next(stream, &batch) == 0);
    return batch;
}

static bool is_valid(const struct ArrowArray *array, int64_t row) {
    const uint8_t *bits = BP_CAST(const uint8_t *, array->buffers[0]);
    return bits == NULL || (bits[row / 8] >> (row % 8) & 1) == 1;
}

static int64_t number_at(const struct ArrowArray *array, int64_t row) {
    return BP_CAST(const int64_t *, array->buffers[1])[row];
}

/* The text that a code of 8 bits stands for. */
static bp_str text_at(const struct ArrowArray *array, int64_t row) {
    uint8_t code = BP_CAST(const uint8_t *, array->buffers[1])[row];
    const struct ArrowArray *entries = array->dictionary;
    const int32_t *ends = BP_CAST(const int32_t *, entries->buffers[1]);
    bp_str text;
    text.ptr = BP_CAST(const char *, entries->buffers[2]) + ends[code];
    text.len = BP_CAST(size_t, ends[code + 1] - ends[code]);
    return text;
}

static void schema_names_and_types_columns(void) {
    static const char *const formats[] = {"C", "l", "tsn:", "w:8", "b", "C"};
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    struct ArrowArrayStream stream = open_stream(blocks, 0);
    struct ArrowSchema schema;
    REQUIRE(stream.get_schema(&stream, &schema) == 0);
    CHECK(strcmp(schema.format, "+s") == 0 && schema.flags == 0 && schema.n_children == COLUMNS);
    for (int i = 0; i < COLUMNS; i++) {
        const struct ArrowSchema *column = schema.children[i];
        CHECK(strcmp(column->name, NAMES[i]) == 0 && strcmp(column->format, formats[i]) == 0);
        CHECK(column->flags == ARROW_FLAG_NULLABLE && column->metadata == NULL);
        CHECK((column->dictionary != NULL) == (column->format[0] == 'C'));
        CHECK(column->dictionary == NULL || strcmp(column->dictionary->format, "u") == 0);
    }
    stream.release(&stream);
    schema.release(&schema);
    CHECK(stream.release == NULL && schema.release == NULL);
    bp_blocks_free(blocks);
}

static void batches_have_what_spans_have(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 8);
    for (uint32_t batch_rows = 0; batch_rows < 6; batch_rows += 5) {
        struct ArrowArrayStream stream = open_stream(blocks, batch_rows);
        int64_t spans = 0, batches = 0;
        for (;;) {
            struct ArrowArray batch = next_batch(&stream);
            if (batch.release == NULL) {
                break;
            }
            CHECK(batch.length > 0 && batch.length <= (batch_rows > 0 ? 5 : 8));
            CHECK(batch.n_children == COLUMNS && batch.null_count == 0 && batch.offset == 0);
            for (int64_t row = 0; row < batch.length; row++, spans++) {
                uint32_t trace = BP_CAST(uint32_t, spans / 4), step = BP_CAST(uint32_t, spans % 4);
                uint8_t id[8];
                char name[16];
                snprintf(name, sizeof name, step == 0 ? "GET /" : "query %u", BP_CAST(unsigned, step));
                sample_span_id(id, trace, step);
                CHECK_STR(text_at(batch.children[NAME], row), name);
                CHECK(number_at(batch.children[STEP], row) == step);
                CHECK(BP_CAST(uint64_t, number_at(batch.children[START], row)) == sample_start(trace, step));
                CHECK(memcmp(BP_CAST(const uint8_t *, batch.children[ID]->buffers[1]) + 8 * row, id, 8) == 0);
                CHECK(is_valid(batch.children[ODD], row) == (step % 2 == 1));
                CHECK_STR(text_at(batch.children[SERVICE], row), step == 0 ? "shop" : "store");
            }
            CHECK(batch.children[ODD]->null_count == batch.length / 2 || batch_rows > 0);
            batch.release(&batch);
            batches++;
        }
        CHECK(spans == 40 && batches == (batch_rows > 0 ? 10 : 5));
        stream.release(&stream);
    }
    bp_blocks_free(blocks);
}

static void arrays_outlive_everything_and_children_their_parent(void) {
    bp_blocks *blocks = sample_blocks(100, 4, 0);
    struct ArrowArrayStream stream = open_stream(blocks, 0);
    struct ArrowSchema schema, name_schema;
    struct ArrowArray batch = next_batch(&stream), names, ids;
    REQUIRE(stream.get_schema(&stream, &schema) == 0);
    bp_blocks_free(blocks);
    stream.release(&stream);
    CHECK(bp_live_handles(BP_HANDLE_ARROW) == bp_live_handles(BP_HANDLE_ANY));
    /* Moved out as Arrow says: copied, and the original marked as released. */
    memcpy(&name_schema, schema.children[NAME], sizeof name_schema);
    schema.children[NAME]->release = NULL;
    schema.release(&schema);
    memcpy(&names, batch.children[NAME], sizeof names);
    batch.children[NAME]->release = NULL;
    memcpy(&ids, batch.children[ID], sizeof ids);
    batch.children[ID]->release = NULL;
    batch.release(&batch);
    CHECK(strcmp(name_schema.name, "span:name") == 0 && name_schema.dictionary != NULL);
    CHECK_STR(text_at(&names, 399), "query 3");
    CHECK(bp_bytes_held() > 0);
    name_schema.release(&name_schema);
    names.release(&names);
    CHECK(ids.length == 400 && ids.null_count == 0);
    ids.release(&ids);
    CHECK(bp_live_handles(BP_HANDLE_ARROW) == 0);
}

static int64_t count_rows(struct ArrowArrayStream *stream) {
    int64_t rows = 0;
    for (;;) {
        struct ArrowArray batch = next_batch(stream);
        if (batch.release == NULL) {
            return rows;
        }
        rows += batch.length;
        batch.release(&batch);
    }
}

static void sets_become_streams_of_their_spans(void) {
    bp_blocks *blocks = shop_blocks(2000);
    bp_value error = bp_value_of_int(BP_KIND_SPAN_STATUS, 2);
    bp_span_set *found = NULL;
    bp_row_set *rows = NULL;
    bp_error *err = NULL;
    struct ArrowArrayStream stream;
    REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of("span:status"), BP_OP_EQUAL, &error, 1, &found, &err), err);
    REQUIRE_OK(bp_span_set_row_set(found, 1, &rows, &err), err);
    REQUIRE_OK(bp_arrow_export_span_set(found, NULL, &stream, &err), err);
    CHECK(count_rows(&stream) == SHOP_ERRORS && count_rows(&stream) == 0);
    stream.release(&stream);
    REQUIRE_OK(bp_arrow_export_row_set(rows, NULL, &stream, &err), err);
    CHECK(count_rows(&stream) == BP_CAST(int64_t, bp_row_set_count(rows)));
    stream.release(&stream);
    REQUIRE_OK(bp_arrow_export_blocks(blocks, NULL, &stream, &err), err);
    CHECK(count_rows(&stream) == SHOP_SPANS);
    stream.release(&stream);
    bp_row_set_free(rows);
    bp_span_set_free(found);
    bp_blocks_free(blocks);
}

static void events_and_links_come_when_asked_for(void) {
    bp_blocks *blocks = sample_blocks(2, 2, 0);
    bp_columns *none = columns_of(NULL, 0);
    bp_arrow_options options = BP_ARROW_OPTIONS_INIT;
    bp_error *err = NULL;
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    options.columns = none;
    options.flags = BP_ARROW_EVENTS | BP_ARROW_LINKS;
    REQUIRE_OK(bp_arrow_export_blocks(blocks, &options, &stream, &err), err);
    REQUIRE(stream.get_schema(&stream, &schema) == 0);
    REQUIRE(schema.n_children == 2);
    CHECK(strcmp(schema.children[0]->name, "event") == 0 && strcmp(schema.children[1]->name, "link") == 0);
    CHECK(strcmp(schema.children[0]->format, "+l") == 0);
    CHECK(strcmp(schema.children[0]->children[0]->format, "+s") == 0);
    CHECK(count_rows(&stream) == 4);
    schema.release(&schema);
    stream.release(&stream);
    bp_columns_free(none);
    bp_blocks_free(blocks);
}

static void damage_is_an_error_of_the_stream(void) {
    bp_blocks *blocks = shop_blocks(0), *damaged = NULL;
    bp_bytes bytes, view;
    bp_error *err = NULL;
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    REQUIRE_OK(bp_blocks_bytes(blocks, 0, &bytes, &err), err);
    uint8_t *copy = BP_CAST(uint8_t *, malloc(bytes.len));
    REQUIRE(copy != NULL);
    memcpy(copy, bytes.ptr, bytes.len);
    for (size_t i = bytes.len / 2; i < bytes.len; i++) {
        copy[i] ^= 0x55;
    }
    view.ptr = copy;
    view.len = bytes.len;
    REQUIRE_OK(bp_blocks_open_memory(view, NULL, NULL, &damaged, &err), err);
    REQUIRE_OK(bp_arrow_export_blocks(damaged, NULL, &stream, &err), err);
    CHECK(stream.get_last_error(&stream) == NULL);
    for (int i = 0; i < 2; i++) {
        CHECK(stream.get_next(&stream, &batch) != 0);
        const char *message = stream.get_last_error(&stream);
        REQUIRE(message != NULL);
        CHECK(strstr(message, "block 0") != NULL && strstr(message, "checksum") != NULL);
    }
    stream.release(&stream);
    free(copy);
    bp_blocks_free(damaged);
    bp_blocks_free(blocks);
}

static void misuse_is_answered(void) {
    bp_blocks *blocks = sample_blocks(2, 2, 0);
    bp_span_set *set = NULL;
    bp_arrow_options options = BP_ARROW_OPTIONS_INIT;
    bp_error *err = NULL;
    struct ArrowArrayStream stream;
    REQUIRE_OK(bp_span_set_all(blocks, &set, &err), err);
    CHECK_STATUS(bp_arrow_export_span_set(set, NULL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    options.flags = 4;
    CHECK_STATUS(bp_arrow_export_span_set(set, &options, &stream, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(stream.release == NULL && stream.get_next == NULL);
    options.flags = 0;
    options.struct_size = 3;
    CHECK_STATUS(bp_arrow_export_span_set(set, &options, &stream, NULL), BP_ERR_INVALID_ARGUMENT);
    options.struct_size = sizeof options;
    options.columns = BP_CAST(const bp_columns *, BP_CAST(const void *, set));
    CHECK_STATUS(bp_arrow_export_span_set(set, &options, &stream, NULL), BP_ERR_BAD_HANDLE);
    REQUIRE_OK(bp_arrow_export_span_set(set, NULL, &stream, &err), err);
    CHECK(stream.get_next(&stream, NULL) != 0 && stream.get_last_error(&stream) != NULL);
    CHECK(stream.get_schema(&stream, NULL) != 0 && stream.get_schema(NULL, NULL) != 0);
    bp_span_set_release(set);
    CHECK(count_rows(&stream) == 4);
    stream.release(&stream);
    CHECK_STATUS(bp_arrow_export_span_set(set, NULL, &stream, &err), BP_ERR_RELEASED);
    CHECK(stream.release == NULL);
    bp_error_free(err);
    bp_span_set_free(set);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(schema_names_and_types_columns);
    RUN(batches_have_what_spans_have);
    RUN(arrays_outlive_everything_and_children_their_parent);
    RUN(sets_become_streams_of_their_spans);
    RUN(events_and_links_come_when_asked_for);
    RUN(damage_is_an_error_of_the_stream);
    RUN(misuse_is_answered);
    FINISH();
}
