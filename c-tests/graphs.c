/* Trace graphs, and relations between spans. */
#include "sample.h"

static bp_trace_graphs *graphs_of(const bp_blocks *blocks, const bp_span_set *spans) {
    bp_trace_graphs *graphs = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_trace_graphs_build(blocks, spans, &graphs, &err), err);
    return graphs;
}

static bp_trace_graph *graph_of(const bp_trace_graphs *graphs, size_t index) {
    bp_trace_graph *graph = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_trace_graphs_get(graphs, index, &graph, &err), err);
    return graph;
}

static bp_span_set *scan(const bp_blocks *blocks, const char *column, bp_op op, bp_value operand) {
    bp_span_set *set = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of(column), op, &operand, 1, &set, &err), err);
    return set;
}

static bp_span_set *steps(const bp_blocks *blocks, bp_op op, int64_t step) {
    return scan(blocks, ".step", op, bp_value_of_int(BP_KIND_I64, step));
}

static void graphs_are_plain_arrays(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_trace_graphs *graphs = graphs_of(blocks, NULL);
    bp_error *err = NULL;
    CHECK(bp_trace_graphs_len(graphs) == 30 && bp_trace_graphs_span_count(graphs) == 150);
    for (uint32_t trace = 0; trace < 30; trace++) {
        bp_trace_graph *graph = graph_of(graphs, trace);
        bp_trace_info info = BP_TRACE_INFO_INIT;
        bp_u32s parents, depths, descendants;
        bp_trace_node nodes[8];
        uint8_t id[16];
        size_t count = 0;
        sample_trace_id(id, trace);
        REQUIRE_OK(bp_trace_graph_info(graph, &info, &err), err);
        CHECK(info.spans == 5 && info.roots == 1 && info.orphans == 0 && info.flags == 0);
        CHECK(info.max_depth == 4 && memcmp(info.trace_id, id, 16) == 0);
        CHECK(bp_trace_graph_len(graph) == 5);
        REQUIRE_OK(bp_trace_graph_parents(graph, &parents, &err), err);
        REQUIRE_OK(bp_trace_graph_depths(graph, &depths, &err), err);
        REQUIRE_OK(bp_trace_graph_descendants(graph, &descendants, &err), err);
        REQUIRE_OK(bp_trace_graph_nodes(graph, 0, nodes, 8, &count, &err), err);
        CHECK(count == 5 && parents.len == 5 && depths.len == 5 && descendants.len == 5);
        for (uint32_t node = 0; node < 5; node++) {
            uint32_t child = 99, found = 99;
            CHECK(parents.ptr[node] == (node == 0 ? BP_NO_PARENT : node - 1));
            CHECK(depths.ptr[node] == node && descendants.ptr[node] == 4 - node);
            CHECK(nodes[node].parent == parents.ptr[node] && nodes[node].depth == node);
            CHECK(nodes[node].descendants == 4 - node);
            CHECK(nodes[node].span.block == trace / 10 && nodes[node].span.row == trace % 10 * 5 + node);
            bp_status status = bp_trace_graph_children(graph, node, 0, &child, 1, &count, &err);
            CHECK(status == (node == 4 ? BP_DONE : BP_OK) && (node == 4 || child == node + 1));
            CHECK_STATUS(bp_trace_graph_children(graph, node, 1, &child, 1, &count, &err), BP_DONE);
            REQUIRE_OK(bp_trace_graph_find(graph, nodes[node].span, &found, &err), err);
            CHECK(found == node);
        }
        uint32_t root = 99;
        REQUIRE_OK(bp_trace_graph_roots(graph, 0, &root, 1, &count, &err), err);
        CHECK(root == 0 && count == 1);
        CHECK_STATUS(bp_trace_graph_orphans(graph, 0, &root, 1, &count, &err), BP_DONE);
        CHECK_STATUS(bp_trace_graph_nodes(graph, 5, nodes, 8, &count, &err), BP_DONE);
        bp_span elsewhere = {trace / 10, 9999};
        CHECK_STATUS(bp_trace_graph_find(graph, elsewhere, &root, &err), BP_ABSENT);
        CHECK(err == NULL && root == 0);
        bp_trace_graph_free(graph);
    }
    bp_trace_graphs_free(graphs);
    bp_blocks_free(blocks);
}

static void fields_are_read_by_node(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_trace_graphs *graphs = graphs_of(blocks, NULL);
    bp_trace_graph *graph = graph_of(graphs, 17);
    bp_columns *columns = NULL;
    bp_lazy_fields *fields = NULL;
    bp_value values[10], value;
    bp_error *err = NULL;
    bp_blocks_free(blocks);
    bp_trace_graphs_free(graphs);
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    REQUIRE_OK(bp_columns_add(columns, bp_str_of(".step"), &err), err);
    REQUIRE_OK(bp_columns_add(columns, bp_str_of("span.trace.number"), &err), err);
    REQUIRE_OK(bp_trace_graph_values(graph, 0, 5, columns, values, 10, &err), err);
    for (int i = 0; i < 5; i++) {
        CHECK(bp_value_i64(&values[2 * i]) == i && bp_value_i64(&values[2 * i + 1]) == 17);
    }
    REQUIRE_OK(bp_trace_graph_values(graph, 4, 1, columns, values, 2, &err), err);
    CHECK(bp_value_i64(&values[0]) == 4);
    CHECK_STATUS(bp_trace_graph_values(graph, 4, 2, columns, values, 4, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_values(graph, SIZE_MAX, 2, columns, values, 4, NULL), BP_ERR_INVALID_ARGUMENT);
    REQUIRE_OK(bp_trace_graph_fields(graph, 3, &fields, &err), err);
    REQUIRE_OK(bp_lazy_fields_get(fields, bp_str_of("span:name"), &value, &err), err);
    CHECK_STR(bp_value_str(&value), "query 3");
    bp_lazy_fields_free(fields);
    CHECK_STATUS(bp_trace_graph_fields(graph, 5, &fields, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(fields == NULL);
    bp_columns_free(columns);
    bp_trace_graph_free(graph);
}

static void recorded_traces_have_their_shape(void) {
    bp_blocks *blocks = shop_blocks(1000);
    bp_trace_graphs *graphs = graphs_of(blocks, NULL);
    uint64_t roots = 0, orphans = 0, spans = 0, damaged = 0;
    uint32_t deepest = 0;
    bp_error *err = NULL;
    CHECK(bp_trace_graphs_len(graphs) == SHOP_TRACES);
    for (size_t i = 0; i < bp_trace_graphs_len(graphs); i++) {
        bp_trace_graph *graph = graph_of(graphs, i);
        bp_trace_info info = BP_TRACE_INFO_INIT;
        REQUIRE_OK(bp_trace_graph_info(graph, &info, &err), err);
        roots += info.roots;
        orphans += info.orphans;
        spans += info.spans;
        damaged += (info.flags & BP_TRACE_ORPHANS) != 0;
        deepest = info.max_depth > deepest ? info.max_depth : deepest;
        CHECK(((info.flags & BP_TRACE_NO_ROOT) != 0) == (info.roots == 0));
        bp_trace_graph_free(graph);
    }
    CHECK(roots == SHOP_ROOTS && orphans == 53 && spans == SHOP_SPANS && damaged == 27);
    CHECK(deepest == 16); /* of 17 spans */
    bp_trace_graphs_free(graphs);
    bp_blocks_free(blocks);
}

static void graphs_are_built_of_touched_traces_only(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50), *others = sample_blocks(30, 5, 50);
    bp_span_set *user = scan(blocks, ".user", BP_OP_EQUAL, bp_value_of_str(bp_str_of("u2")));
    bp_span_set *elsewhere = scan(others, ".user", BP_OP_EQUAL, bp_value_of_str(bp_str_of("u2")));
    bp_trace_graphs *graphs = graphs_of(blocks, user), *none = graphs;
    CHECK(bp_trace_graphs_len(graphs) == 6 && bp_trace_graphs_span_count(graphs) == 30);
    CHECK_STATUS(bp_trace_graphs_build(blocks, elsewhere, &none, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(none == NULL);
    bp_trace_graphs_free(graphs);
    bp_span_set_free(user);
    bp_span_set_free(elsewhere);
    bp_blocks_free(blocks);
    bp_blocks_free(others);
}

/* Of 20 traces, the roots in one builder's block and the rest in another's. */
static bp_blocks *split_traces(void) {
    bp_blocks *halves[2] = {NULL, NULL}, *joined = NULL;
    bp_error *err = NULL;
    for (int half = 0; half < 2; half++) {
        otlp message = {NULL, 0, 0};
        bp_builder *builder = NULL;
        sample_service(&message, half == 0 ? "shop" : "store", 0, 20, half == 0 ? 0 : 1, half == 0 ? 1 : 5);
        REQUIRE_OK(bp_builder_new(NULL, &builder, &err), err);
        REQUIRE_OK(bp_builder_add_otlp(builder, otlp_view(&message), &err), err);
        REQUIRE_OK(bp_builder_blocks(builder, &halves[half], &err), err);
        bp_builder_free(builder);
        otlp_free(&message);
    }
    REQUIRE_OK(bp_blocks_join((const bp_blocks *const *)halves, 2, &joined, &err), err);
    bp_blocks_free(halves[0]);
    bp_blocks_free(halves[1]);
    return joined;
}

static void traces_in_several_blocks_are_one_graph(void) {
    bp_blocks *blocks = split_traces();
    bp_trace_graphs *graphs = graphs_of(blocks, NULL);
    bp_error *err = NULL;
    CHECK(bp_trace_graphs_len(graphs) == 20);
    for (size_t i = 0; i < 20; i++) {
        bp_trace_graph *graph = graph_of(graphs, i);
        bp_trace_info info = BP_TRACE_INFO_INIT;
        bp_trace_node nodes[5];
        size_t count = 0;
        REQUIRE_OK(bp_trace_graph_info(graph, &info, &err), err);
        CHECK(info.spans == 5 && info.roots == 1 && info.orphans == 0 && info.max_depth == 4);
        REQUIRE_OK(bp_trace_graph_nodes(graph, 0, nodes, 5, &count, &err), err);
        CHECK(nodes[0].span.block == 0 && nodes[1].span.block == 1 && nodes[1].parent == 0);
        uint32_t node = 0;
        REQUIRE_OK(bp_trace_graph_find(graph, nodes[3].span, &node, &err), err);
        CHECK(node == 3);
        bp_trace_graph_free(graph);
    }
    bp_trace_graphs_free(graphs);
    bp_blocks_free(blocks);
}

/* --- relations --- */

/* The number of spans of left op right, and the bits of the steps that they have. */
static uint64_t relate(bp_span_set *left, bp_structural_op op, bp_span_set *right, uint32_t *out_steps) {
    bp_span_set *set = NULL;
    bp_columns *columns = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_span_set_structural(left, op, right, 0, &set, &err), err);
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    REQUIRE_OK(bp_columns_add(columns, bp_str_of(".step"), &err), err);
    *out_steps = 0;
    for (uint64_t i = 0; i < bp_span_set_count(set); i++) {
        bp_value step;
        REQUIRE_OK(bp_span_set_values(set, i, 1, columns, &step, 1, &err), err);
        *out_steps |= 1u << bp_value_i64(&step);
    }
    uint64_t count = bp_span_set_count(set);
    bp_columns_free(columns);
    bp_span_set_free(set);
    return count;
}

static void check_relations(const bp_blocks *blocks, uint32_t traces) {
    bp_span_set *first = steps(blocks, BP_OP_EQUAL, 1), *third = steps(blocks, BP_OP_EQUAL, 3);
    bp_span_set *upper = steps(blocks, BP_OP_LESS_EQUAL, 2), *all = steps(blocks, BP_OP_GREATER_EQUAL, 0);
    uint32_t found;
    CHECK(relate(first, BP_STRUCTURAL_CHILD, all, &found) == traces && found == 1u << 2);
    CHECK(relate(first, BP_STRUCTURAL_PARENT, all, &found) == traces && found == 1u << 0);
    CHECK(relate(first, BP_STRUCTURAL_DESCENDANT, all, &found) == 3 * traces && found == 0x1c);
    CHECK(relate(third, BP_STRUCTURAL_ANCESTOR, upper, &found) == 3 * traces && found == 0x07);
    CHECK(relate(first, BP_STRUCTURAL_SIBLING, all, &found) == 0 && found == 0);
    CHECK(relate(first, BP_STRUCTURAL_NOT_CHILD, all, &found) == 4 * traces && found == 0x1b);
    CHECK(relate(first, BP_STRUCTURAL_NOT_DESCENDANT, all, &found) == 2 * traces && found == 0x03);
    CHECK(relate(first, BP_STRUCTURAL_UNION_CHILD, all, &found) == 2 * traces && found == 0x06);
    CHECK(relate(third, BP_STRUCTURAL_UNION_ANCESTOR, upper, &found) == 4 * traces && found == 0x0f);
    CHECK(relate(first, BP_STRUCTURAL_NOT_SIBLING, all, &found) == 5 * traces && found == 0x1f);
    bp_span_set_free(first);
    bp_span_set_free(third);
    bp_span_set_free(upper);
    bp_span_set_free(all);
}

static void spans_are_related_over_all_blocks(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50), *split = split_traces();
    check_relations(blocks, 30);
    check_relations(split, 20);
    bp_blocks_free(blocks);
    bp_blocks_free(split);
}

static void wrong_relations_answer(void) {
    bp_blocks *blocks = sample_blocks(3, 2, 0), *others = sample_blocks(3, 2, 0);
    bp_span_set *all = steps(blocks, BP_OP_GREATER_EQUAL, 0), *elsewhere = steps(others, BP_OP_EQUAL, 0), *out = all;
    bp_error *err = NULL;
    CHECK_STATUS(bp_span_set_structural(all, 0, all, 0, &out, &err), BP_ERR_INVALID_ARGUMENT);
    CHECK(out == NULL);
    bp_error_free(err);
    CHECK_STATUS(bp_span_set_structural(all, 16, all, 0, &out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_span_set_structural(all, 1, all, 2, &out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_span_set_structural(all, 1, elsewhere, 0, &out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_span_set_structural(NULL, 1, all, 0, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_structural(all, 1, NULL, 0, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_structural(all, 1, all, BP_STRUCTURAL_ROOTED_ONLY, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    bp_span_set_release(all);
    CHECK_STATUS(bp_span_set_structural(all, 1, all, 0, &out, NULL), BP_ERR_RELEASED);
    bp_span_set_free(all);
    bp_span_set_free(elsewhere);
    bp_blocks_free(blocks);
    bp_blocks_free(others);
}

static void release_is_idempotent_and_frees_at_once(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_trace_graphs *graphs = graphs_of(blocks, NULL);
    bp_trace_graph *graph = graph_of(graphs, 3), *more = graph;
    bp_trace_info info = BP_TRACE_INFO_INIT;
    bp_u32s parents;
    bp_trace_node node = {{0, 0}, 0, 0, 0, 0};
    uint32_t number = 9;
    size_t count = 9;
    bp_blocks_free(blocks);
    for (int i = 0; i < 2; i++) {
        bp_trace_graphs_release(graphs);
        CHECK(bp_trace_graphs_is_released(graphs));
    }
    CHECK(bp_bytes_held() > 0 && !bp_trace_graph_is_released(graph));
    CHECK_STATUS(bp_trace_graph_parents(graph, &parents, NULL), BP_OK);
    CHECK_STATUS(bp_trace_graphs_get(graphs, 0, &more, NULL), BP_ERR_RELEASED);
    CHECK(more == NULL && bp_trace_graphs_len(graphs) == 30 && bp_trace_graphs_span_count(graphs) == 150);
    for (int i = 0; i < 2; i++) {
        bp_trace_graph_release(graph);
        CHECK(bp_trace_graph_is_released(graph) && bp_bytes_held() == 0);
    }
    CHECK(bp_trace_graph_len(graph) == 5);
    CHECK_STATUS(bp_trace_graph_info(graph, &info, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graph_parents(graph, &parents, NULL), BP_ERR_RELEASED);
    CHECK(parents.ptr == NULL && parents.len == 0);
    CHECK_STATUS(bp_trace_graph_depths(graph, &parents, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graph_descendants(graph, &parents, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graph_nodes(graph, 0, &node, 1, &count, NULL), BP_ERR_RELEASED);
    CHECK(count == 0);
    CHECK_STATUS(bp_trace_graph_children(graph, 0, 0, &number, 1, &count, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graph_roots(graph, 0, &number, 1, &count, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graph_find(graph, node.span, &number, NULL), BP_ERR_RELEASED);
    bp_trace_graph_free(graph);
    bp_trace_graphs_free(graphs);
}

static void null_arguments_answer(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0);
    bp_trace_graphs *graphs = graphs_of(blocks, NULL), *none = NULL;
    bp_trace_graph *graph = graph_of(graphs, 0), *more = NULL;
    bp_trace_info info = BP_TRACE_INFO_INIT;
    bp_u32s view;
    bp_trace_node node;
    bp_span span = {0, 0};
    bp_lazy_fields *fields = NULL;
    uint32_t number = 0;
    size_t count = 0;
    CHECK_STATUS(bp_trace_graphs_build(NULL, NULL, &none, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graphs_build(blocks, NULL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graphs_get(NULL, 0, &more, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graphs_get(graphs, 1, &more, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_info(NULL, &info, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_parents(NULL, &view, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_parents(graph, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_nodes(NULL, 0, &node, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_nodes(graph, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_children(graph, 0, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_children(graph, 1, 0, &number, 1, &count, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_find(NULL, span, &number, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_find(graph, span, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_fields(NULL, 0, &fields, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_values(NULL, 0, 0, NULL, NULL, 0, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(bp_trace_graphs_len(NULL) == 0 && bp_trace_graphs_span_count(NULL) == 0);
    CHECK(bp_trace_graph_len(NULL) == 0 && !bp_trace_graph_is_released(NULL));
    CHECK(!bp_trace_graphs_is_released(NULL));
    bp_trace_graphs_release(NULL);
    bp_trace_graph_release(NULL);
    bp_trace_graphs_free(NULL);
    bp_trace_graph_free(NULL);
    bp_trace_graph_free(graph);
    bp_trace_graphs_free(graphs);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(graphs_are_plain_arrays);
    RUN(fields_are_read_by_node);
    RUN(recorded_traces_have_their_shape);
    RUN(graphs_are_built_of_touched_traces_only);
    RUN(traces_in_several_blocks_are_one_graph);
    RUN(spans_are_related_over_all_blocks);
    RUN(wrong_relations_answer);
    RUN(release_is_idempotent_and_frees_at_once);
    RUN(null_arguments_answer);
    FINISH();
}
