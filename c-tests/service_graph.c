/* Calls between services. */
#include "sample.h"

#include <math.h>

static bp_service_graph *services_of(bp_blocks *blocks) {
    bp_trace_graphs *graphs = NULL;
    bp_service_graph *graph = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_trace_graphs_build(blocks, NULL, &graphs, &err), err);
    REQUIRE_OK(bp_trace_graphs_service_graph(graphs, &graph, &err), err);
    bp_trace_graphs_free(graphs);
    bp_blocks_free(blocks);
    return graph;
}

static void calls_are_counted_by_pairs_of_services(void) {
    bp_service_graph *graph = services_of(sample_blocks(30, 5, 50));
    bp_service_edge edges[2];
    bp_str names[4];
    bp_error *err = NULL;
    size_t count = 0;
    CHECK(bp_bytes_held() == 0); /* it owns what it says */
    CHECK(bp_service_graph_len(graph) == 1);
    REQUIRE_OK(bp_service_graph_edges(graph, 0, edges, 2, &count, &err), err);
    CHECK(count == 1 && edges[0].calls == 30 && edges[0].errors == 0);
    CHECK_STR(edges[0].caller, "shop");
    CHECK_STR(edges[0].callee, "store");
    CHECK(edges[0].p50_ns == 49900 && edges[0].p95_ns == 49900 && edges[0].max_ns == 49900);
    CHECK_STATUS(bp_service_graph_edges(graph, 1, edges, 2, &count, &err), BP_DONE);
    REQUIRE_OK(bp_service_graph_services(graph, 0, names, 4, &count, &err), err);
    CHECK(count == 3 && names[0].len == 0);
    CHECK_STR(names[1], "shop");
    CHECK_STR(names[2], "store");
    CHECK_STATUS(bp_service_graph_services(graph, 3, names, 4, &count, &err), BP_DONE);
    bp_service_graph_free(graph);
}

static void recorded_calls_add_up(void) {
    bp_service_graph *graph = services_of(shop_blocks(1000));
    bp_service_edge edges[16];
    bp_error *err = NULL;
    size_t count = 0;
    uint64_t calls = 0, errors = 0;
    REQUIRE_OK(bp_service_graph_edges(graph, 0, edges, 16, &count, &err), err);
    CHECK(count == 6 && bp_service_graph_len(graph) == 6);
    for (size_t i = 0; i < count; i++) {
        const double fractions[4] = {0.5, 0.95, 0.99, 1.0};
        uint64_t durations[4];
        REQUIRE_OK(bp_service_graph_quantiles(graph, i, fractions, 4, durations, &err), err);
        CHECK(durations[0] == edges[i].p50_ns && durations[1] == edges[i].p95_ns);
        CHECK(durations[2] == edges[i].p99_ns && durations[3] == edges[i].max_ns);
        calls += edges[i].calls;
        errors += edges[i].errors;
    }
    CHECK(calls == 1655 && errors == 23);
    bp_service_graph_free(graph);
}

static void misuse_answers(void) {
    bp_service_graph *graph = services_of(sample_blocks(2, 2, 0)), *none = graph;
    bp_service_edge edge;
    bp_str name;
    const double fractions[3] = {0.5, 1.5, -0.1};
    const double nan = NAN;
    uint64_t out[3];
    size_t count = 9;
    CHECK_STATUS(bp_trace_graphs_service_graph(NULL, &none, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(none == NULL && bp_service_graph_len(NULL) == 0);
    CHECK_STATUS(bp_service_graph_edges(NULL, 0, &edge, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_service_graph_edges(graph, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_service_graph_services(graph, 0, &name, 1, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_service_graph_quantiles(graph, 0, NULL, 1, out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_service_graph_quantiles(graph, 0, fractions, 1, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_service_graph_quantiles(graph, 1, fractions, 1, out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_service_graph_quantiles(graph, 0, fractions, 2, out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_service_graph_quantiles(graph, 0, fractions + 2, 1, out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_service_graph_quantiles(graph, 0, &nan, 1, out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_service_graph_quantiles(graph, 0, NULL, 0, NULL, NULL), BP_OK);
    bp_service_graph_free(NULL);
    bp_service_graph_free(graph);
}

int main(void) {
    RUN(calls_are_counted_by_pairs_of_services);
    RUN(recorded_calls_add_up);
    RUN(misuse_answers);
    FINISH();
}
