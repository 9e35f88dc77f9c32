/* What traces show in brief, what their end was waiting for, how deep and wide they are. */
#include "sample.h"

static bp_trace_graphs *graphs_of(bp_blocks *blocks) {
    bp_trace_graphs *graphs = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_trace_graphs_build(blocks, NULL, &graphs, &err), err);
    bp_blocks_free(blocks);
    return graphs;
}

static bp_trace_graph *graph_of(const bp_trace_graphs *graphs, size_t index) {
    bp_trace_graph *graph = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_trace_graphs_get(graphs, index, &graph, &err), err);
    return graph;
}

static void summaries_come_in_batches(void) {
    bp_trace_graphs *graphs = graphs_of(sample_blocks(30, 5, 50));
    bp_trace_summary part[7];
    bp_error *err = NULL;
    size_t seen = 0, count = 0;
    while (bp_trace_graphs_summaries(graphs, seen, part, 7, &count, &err) == BP_OK) {
        for (size_t i = 0; i < count; i++) {
            uint32_t trace = BP_CAST(uint32_t, seen + i);
            uint8_t id[16];
            sample_trace_id(id, trace);
            CHECK(memcmp(part[i].trace_id, id, 16) == 0);
            CHECK_STR(part[i].root_service, "shop");
            CHECK_STR(part[i].root_name, "GET /");
            CHECK(part[i].start_ns == sample_start(trace, 0) && part[i].duration_ns == 50000);
            CHECK(part[i].spans == 5 && part[i].errors == 1 && part[i].services == 2);
            CHECK(part[i].root == 0 && part[i].flags == 0 && part[i].reserved == 0);
        }
        seen += count;
    }
    CHECK(seen == 30 && count == 0 && err == NULL);
    CHECK_STATUS(bp_trace_graphs_summaries(graphs, SIZE_MAX, part, 7, &count, &err), BP_DONE);
    CHECK_STATUS(bp_trace_graphs_summaries(graphs, 0, NULL, 0, &count, &err), BP_OK);
    bp_trace_graphs_free(graphs);
}

static void services_and_timings_are_those_of_the_spans(void) {
    bp_trace_graphs *graphs = graphs_of(sample_blocks(3, 5, 0));
    bp_trace_graph *graph = graph_of(graphs, 2);
    bp_trace_service services[3];
    bp_trace_timing timings[4];
    bp_error *err = NULL;
    size_t count = 0;
    REQUIRE_OK(bp_trace_graph_services(graph, 0, services, 3, &count, &err), err);
    CHECK(count == 2 && services[0].spans == 4 && services[0].errors == 1);
    CHECK_STR(services[0].service, "store");
    CHECK(services[1].spans == 1 && services[1].errors == 0);
    CHECK_STR(services[1].service, "shop");
    REQUIRE_OK(bp_trace_graph_services(graph, 1, services, 3, &count, &err), err);
    CHECK(count == 1 && services[0].spans == 1);
    CHECK_STATUS(bp_trace_graph_services(graph, 2, services, 3, &count, &err), BP_DONE);
    REQUIRE_OK(bp_trace_graph_timings(graph, 1, timings, 4, &count, &err), err);
    CHECK(count == 4);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t step = i + 1;
        CHECK(timings[i].start_ns == sample_start(2, step) && timings[i].kind == 3);
        CHECK(timings[i].duration_ns == 50000 - 100 * step);
        CHECK(timings[i].flags == (step == 2 ? BP_NODE_ROOTED | BP_NODE_ERROR : BP_NODE_ROOTED));
        CHECK_STR(timings[i].service, "store");
    }
    CHECK_STATUS(bp_trace_graph_timings(graph, 5, timings, 4, &count, &err), BP_DONE);
    bp_trace_graph_free(graph);
    bp_trace_graphs_free(graphs);
}

static void the_critical_path_fills_the_time_of_its_node(void) {
    bp_trace_graphs *graphs = graphs_of(sample_blocks(3, 5, 0));
    bp_trace_graph *graph = graph_of(graphs, 1);
    bp_path_segment path[10], tail[10];
    bp_error *err = NULL;
    size_t count = 0;
    REQUIRE_OK(bp_trace_graph_critical_path(graph, BP_MAIN_NODE, 0, path, 10, &count, &err), err);
    CHECK(count == 5);
    for (uint32_t i = 0; i < 5; i++) {
        CHECK(path[i].node == i && path[i].reserved == 0);
        CHECK(path[i].start_ns == sample_start(1, i));
        CHECK(path[i].end_ns == (i < 4 ? sample_start(1, i + 1) : sample_start(1, 0) + 50000));
    }
    REQUIRE_OK(bp_trace_graph_critical_path(graph, 0, 3, tail, 10, &count, &err), err);
    CHECK(count == 2 && memcmp(tail, path + 3, 2 * sizeof *path) == 0);
    REQUIRE_OK(bp_trace_graph_critical_path(graph, 3, 0, tail, 10, &count, &err), err);
    CHECK(count == 2 && memcmp(tail, path + 3, 2 * sizeof *path) == 0);
    CHECK_STATUS(bp_trace_graph_critical_path(graph, 4, 1, tail, 10, &count, &err), BP_DONE);
    CHECK_STATUS(bp_trace_graph_critical_path(graph, 5, 0, tail, 10, &count, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_trace_graph_free(graph);
    bp_trace_graphs_free(graphs);
}

static void recorded_traces_add_up(void) {
    bp_trace_graphs *graphs = graphs_of(shop_blocks(1000));
    bp_trace_summary *all = BP_CAST(bp_trace_summary *, calloc(SHOP_TRACES + 1, sizeof *all));
    bp_error *err = NULL;
    size_t count = 0;
    uint64_t spans = 0, errors = 0, rootless = 0, filled = 0;
    REQUIRE(all != NULL);
    REQUIRE_OK(bp_trace_graphs_summaries(graphs, 0, all, SHOP_TRACES + 1, &count, &err), err);
    CHECK(count == SHOP_TRACES);
    for (size_t i = 0; i < count; i++) {
        bp_trace_graph *graph = graph_of(graphs, i);
        bp_trace_timing head;
        bp_path_segment path[400];
        size_t parts = 0, one = 0;
        spans += all[i].spans;
        errors += all[i].errors;
        rootless += all[i].root == BP_NO_PARENT;
        CHECK((all[i].root_name.len == 0) == (all[i].root == BP_NO_PARENT));
        CHECK((all[i].root == BP_NO_PARENT) == ((all[i].flags & BP_TRACE_NO_ROOT) != 0));
        if (all[i].root != BP_NO_PARENT && all[i].spans <= 200) {
            REQUIRE_OK(bp_trace_graph_timings(graph, all[i].root, &head, 1, &one, &err), err);
            REQUIRE_OK(bp_trace_graph_critical_path(graph, all[i].root, 0, path, 400, &parts, &err), err);
            CHECK(parts > 0 && path[0].start_ns == head.start_ns);
            CHECK(path[parts - 1].end_ns == head.start_ns + head.duration_ns);
            for (size_t p = 1; p < parts; p++) {
                CHECK(path[p].start_ns == path[p - 1].end_ns);
            }
            filled++;
        }
        bp_trace_graph_free(graph);
    }
    CHECK(spans == SHOP_SPANS && errors == SHOP_ERRORS && filled > 1000);
    CHECK(rootless == 27);
    free(all);
    bp_trace_graphs_free(graphs);
}

static void the_shape_counts_depths_and_children(void) {
    bp_trace_graphs *graphs = graphs_of(sample_blocks(30, 5, 50));
    bp_tree_shape shape = BP_TREE_SHAPE_INIT;
    uint64_t by_depth[8], by_children[2];
    bp_error *err = NULL;
    REQUIRE_OK(bp_trace_graphs_shape(graphs, &shape, NULL, 0, NULL, 0, &err), err);
    CHECK(shape.traces == 30 && shape.spans == 150 && shape.trees == 30);
    CHECK(shape.max_depth == 4 && shape.max_children == 1);
    CHECK(shape.mean_depth > 1.99 && shape.mean_depth < 2.01 && shape.mean_children > 0.99);
    REQUIRE_OK(bp_trace_graphs_shape(graphs, &shape, by_depth, 8, by_children, 2, &err), err);
    for (int depth = 0; depth < 8; depth++) {
        CHECK(by_depth[depth] == (depth < 5 ? 30 : 0));
    }
    CHECK(by_children[0] == 30 && by_children[1] == 120);
    bp_trace_graphs_free(graphs);
}

static void misuse_answers(void) {
    bp_trace_graphs *graphs = graphs_of(sample_blocks(1, 2, 0));
    bp_trace_graph *graph = graph_of(graphs, 0);
    bp_trace_summary summary;
    bp_trace_service service;
    bp_trace_timing timing;
    bp_path_segment segment;
    bp_tree_shape shape = BP_TREE_SHAPE_INIT, unset = {0, 0, 0, 0, 0, 0, 0, 0};
    size_t count = 9;
    CHECK_STATUS(bp_trace_graphs_summaries(NULL, 0, &summary, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(count == 0);
    CHECK_STATUS(bp_trace_graphs_summaries(graphs, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graphs_summaries(graphs, 0, &summary, 1, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_services(graph, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_timings(graph, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graph_critical_path(graph, 0, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graphs_shape(graphs, NULL, NULL, 0, NULL, 0, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graphs_shape(graphs, &shape, NULL, 1, NULL, 0, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_trace_graphs_shape(graphs, &unset, NULL, 0, NULL, 0, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_trace_graphs_release(graphs);
    bp_trace_graph_release(graph);
    CHECK_STATUS(bp_trace_graphs_summaries(graphs, 0, &summary, 1, &count, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graphs_shape(graphs, &shape, NULL, 0, NULL, 0, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graph_services(graph, 0, &service, 1, &count, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graph_timings(graph, 0, &timing, 1, &count, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_trace_graph_critical_path(graph, 0, 0, &segment, 1, &count, NULL), BP_ERR_RELEASED);
    bp_trace_graph_free(graph);
    bp_trace_graphs_free(graphs);
}

int main(void) {
    RUN(summaries_come_in_batches);
    RUN(services_and_timings_are_those_of_the_spans);
    RUN(the_critical_path_fills_the_time_of_its_node);
    RUN(recorded_traces_add_up);
    RUN(the_shape_counts_depths_and_children);
    RUN(misuse_answers);
    FINISH();
}
