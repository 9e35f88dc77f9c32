/* One live handle of every kind. */
#ifndef BLOCKPACK_HANDLES_H
#define BLOCKPACK_HANDLES_H

#include "sample.h"

#define ALL_HANDLES(X)                                                                             \
    X(bp_error) X(bp_writer) X(bp_builder) X(bp_reader) X(bp_blocks) X(bp_columns)                 \
    X(bp_column_scanner) X(bp_row_set) X(bp_span_matches) X(bp_span_set) X(bp_lazy_fields)         \
    X(bp_trace_graphs) X(bp_trace_graph) X(bp_service_graph) X(bp_cancel) X(bp_budget)             \
    X(bp_query) X(bp_explanation) X(bp_cursor) X(bp_match_set) X(bp_tag_names) X(bp_tag_values)  \
    X(bp_matrix) X(bp_series) X(bp_buffer)

static inline bp_error *make_bp_error(void) {
    bp_error *err = NULL;
    CHECK_STATUS(bp_reader_open(bp_str_of("no/such/file"), NULL, &(bp_reader *){NULL}, &err), BP_ERR_IO);
    return err;
}

static inline int32_t sink_nothing(void *ctx, const uint8_t *bytes, size_t len) {
    (void)ctx, (void)bytes, (void)len;
    return 0;
}

static inline bp_writer *make_bp_writer(void) {
    bp_sink_vtable sink = {sizeof(bp_sink_vtable), sink_nothing, NULL, NULL};
    bp_writer *writer = NULL;
    REQUIRE(bp_writer_new(&sink, NULL, NULL, &writer, NULL) == BP_OK);
    return writer;
}

static inline bp_builder *make_bp_builder(void) {
    bp_builder *builder = NULL;
    REQUIRE(bp_builder_new(NULL, &builder, NULL) == BP_OK);
    return builder;
}

static inline int32_t sink_to_otlp(void *ctx, const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        otlp_byte((otlp *)ctx, bytes[i]);
    }
    return 0;
}

static inline bp_reader *make_bp_reader(void) {
    otlp file = {NULL, 0, 0}, message = sample_otlp(0, 3, 2);
    bp_sink_vtable sink = {sizeof(bp_sink_vtable), sink_to_otlp, NULL, NULL};
    bp_writer *writer = NULL;
    bp_reader *reader = NULL;
    REQUIRE(bp_writer_new(&sink, &file, NULL, &writer, NULL) == BP_OK);
    REQUIRE(bp_writer_add_otlp(writer, otlp_view(&message), NULL) == BP_OK);
    REQUIRE(bp_writer_finish(writer, NULL, NULL) == BP_OK);
    bp_writer_free(writer);
    REQUIRE(bp_reader_open_memory(otlp_view(&file), NULL, NULL, NULL, &reader, NULL) == BP_OK);
    otlp_free(&file);
    otlp_free(&message);
    return reader;
}

static inline bp_blocks *make_bp_blocks(void) {
    return sample_blocks(3, 2, 0);
}

static inline bp_columns *make_bp_columns(void) {
    bp_columns *columns = NULL;
    REQUIRE(bp_columns_new(&columns, NULL) == BP_OK);
    return columns;
}

static inline bp_matrix *make_bp_matrix(void) {
    bp_matrix *matrix = NULL;
    REQUIRE(bp_matrix_new(&matrix, NULL) == BP_OK);
    return matrix;
}

/* The rest is made from blocks, which go at once: what they made keeps them. */
#define MADE_FROM_BLOCKS(type, call)                                                               \
    static inline type *make_##type(void) {                                                        \
        bp_blocks *blocks = make_bp_blocks();                                                      \
        type *out = NULL;                                                                          \
        REQUIRE((call) == BP_OK);                                                                  \
        bp_blocks_free(blocks);                                                                    \
        return out;                                                                                \
    }
MADE_FROM_BLOCKS(bp_column_scanner, bp_column_scanner_new(blocks, 0, &out, NULL))
MADE_FROM_BLOCKS(bp_row_set, bp_row_set_all(blocks, 0, &out, NULL))
MADE_FROM_BLOCKS(bp_span_set, bp_span_set_all(blocks, &out, NULL))
MADE_FROM_BLOCKS(bp_lazy_fields, bp_lazy_fields_new(blocks, 0, 0, &out, NULL))
MADE_FROM_BLOCKS(bp_trace_graphs, bp_trace_graphs_build(blocks, NULL, &out, NULL))

static inline bp_trace_graph *make_bp_trace_graph(void) {
    bp_trace_graphs *graphs = make_bp_trace_graphs();
    bp_trace_graph *graph = NULL;
    REQUIRE(bp_trace_graphs_get(graphs, 0, &graph, NULL) == BP_OK);
    bp_trace_graphs_free(graphs);
    return graph;
}

static inline bp_service_graph *make_bp_service_graph(void) {
    bp_trace_graphs *graphs = make_bp_trace_graphs();
    bp_service_graph *graph = NULL;
    REQUIRE(bp_trace_graphs_service_graph(graphs, &graph, NULL) == BP_OK);
    bp_trace_graphs_free(graphs);
    return graph;
}

static inline bp_cancel *make_bp_cancel(void) {
    bp_cancel *cancel = NULL;
    REQUIRE(bp_cancel_new(&cancel, NULL) == BP_OK);
    return cancel;
}

static inline bp_budget *make_bp_budget(void) {
    bp_budget *budget = NULL;
    REQUIRE(bp_budget_new(1000, &budget, NULL) == BP_OK);
    return budget;
}

static inline bp_query *make_bp_query(void) {
    return sample_query("{ .step = 0 }");
}

static inline bp_explanation *make_bp_explanation(void) {
    bp_query *query = make_bp_query();
    bp_explanation *explanation = NULL;
    REQUIRE(bp_query_explain(query, &explanation, NULL) == BP_OK);
    bp_query_free(query);
    return explanation;
}

static inline bp_cursor *make_bp_cursor(void) {
    bp_query *query = make_bp_query();
    bp_blocks *blocks = make_bp_blocks();
    bp_cursor *cursor = NULL;
    REQUIRE(bp_cursor_new(query, blocks, NULL, &cursor, NULL) == BP_OK);
    bp_blocks_free(blocks);
    bp_query_free(query);
    return cursor;
}

static inline bp_match_set *make_bp_match_set(void) {
    bp_cursor *cursor = make_bp_cursor();
    bp_match_set *set = NULL;
    REQUIRE(bp_cursor_next(cursor, 0, &set, NULL) == BP_OK);
    bp_cursor_free(cursor);
    return set;
}

static inline bp_series *make_bp_series(void) {
    bp_query *query = sample_query("{} | rate()");
    bp_blocks *blocks = make_bp_blocks();
    bp_series *series = NULL;
    REQUIRE(bp_series_new(query, blocks, NULL, &series, NULL) == BP_OK);
    bp_blocks_free(blocks);
    bp_query_free(query);
    return series;
}

MADE_FROM_BLOCKS(bp_tag_names, bp_tag_names_new(blocks, BP_SCOPE_ANY, &out, NULL))
MADE_FROM_BLOCKS(bp_tag_values, bp_tag_values_new(blocks, bp_str_of(".user"), NULL, NULL, &out, NULL))

static inline bp_span_matches *make_bp_span_matches(void) {
    bp_column_scanner *scanner = make_bp_column_scanner();
    bp_row_set *rows = NULL;
    bp_span_matches *matches = NULL;
    REQUIRE(bp_column_scanner_is_not_null(scanner, bp_str_of(".user"), &rows, NULL) == BP_OK);
    const bp_row_set *sets[] = {rows};
    REQUIRE(bp_row_sets_or(sets, 1, &matches, NULL) == BP_OK);
    bp_row_set_free(rows);
    bp_column_scanner_free(scanner);
    return matches;
}

static inline bp_buffer *make_bp_buffer(void) {
    bp_span_set *spans = make_bp_span_set();
    bp_buffer *buffer = NULL;
    REQUIRE(bp_span_set_otlp(spans, BP_OTLP_PROTOBUF, &buffer, NULL) == BP_OK);
    bp_span_set_free(spans);
    return buffer;
}

#endif
