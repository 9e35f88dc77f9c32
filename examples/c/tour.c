/* A tour of the library over a block file: tour FILE.bpk
 *
 * Shows: opening, scanning all blocks, relations between spans, lazy fields and their release, the
 * tree of one trace. examples/cpp/tour.cpp prints the same. */
#include <blockpack.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_SPANS = 5, SHOWN_NODES = 20 };

/* Ends the program with the library's message if a call failed; gives answers back. */
static bp_status check(bp_status status, bp_error *err) {
    if (status >= BP_ERR_FIRST) {
        bp_str message = bp_error_message(err);
        fprintf(stderr, "%s: %.*s\n", bp_status_name(status), (int)message.len, message.ptr);
        bp_error_free(err);
        exit(1);
    }
    return status;
}

/* The spans for which `column` has the text or number `operand`. */
static bp_span_set *scan(const bp_blocks *blocks, const char *column, bp_value operand) {
    bp_span_set *found = NULL;
    bp_error *err = NULL;
    check(bp_blocks_scan(blocks, bp_str_of(column), BP_OP_EQUAL, &operand, 1, &found, &err), err);
    return found;
}

/* Prints one span: name, service, duration. Values are views: nothing is copied. */
static void print_span(bp_lazy_fields *fields) {
    bp_value name, service, duration;
    bp_error *err = NULL;
    check(bp_lazy_fields_get(fields, bp_str_of("span:name"), &name, &err), err);
    check(bp_lazy_fields_get(fields, bp_str_of("resource.service.name"), &service, &err), err);
    check(bp_lazy_fields_get(fields, bp_str_of("span:duration"), &duration, &err), err);
    bp_str name_text = bp_value_str(&name), service_text = bp_value_str(&service);
    printf("%.*s (%.*s) %" PRIu64 " ns\n", (int)name_text.len, name_text.ptr, (int)service_text.len,
           service_text.ptr, duration.bits);
}

static void print_first_spans(const bp_span_set *set) {
    for (uint64_t i = 0; i < bp_span_set_count(set) && i < SHOWN_SPANS; i++) {
        bp_lazy_fields *fields = NULL;
        bp_error *err = NULL;
        check(bp_span_set_fields(set, i, &fields, &err), err);
        printf("  ");
        print_span(fields);
        /* From here on the handle holds no block. Freeing alone would do; this shows the contract. */
        bp_lazy_fields_release(fields);
        bp_value value;
        bp_status status = bp_lazy_fields_get(fields, bp_str_of("span:name"), &value, NULL);
        if (status != BP_ERR_RELEASED) {
            fprintf(stderr, "released fields answered %s\n", bp_status_name(status));
            exit(1);
        }
        bp_lazy_fields_free(fields);
    }
}

/* Prints the trace of the first span of `set` as a tree. */
static void print_tree(const bp_blocks *blocks, const bp_span_set *set) {
    bp_span_set *one = NULL;
    bp_trace_graphs *graphs = NULL;
    bp_trace_graph *graph = NULL;
    bp_trace_info info = BP_TRACE_INFO_INIT;
    bp_span first;
    size_t count = 0;
    bp_error *err = NULL;
    if (check(bp_span_set_spans(set, 0, &first, 1, &count, &err), err) == BP_DONE) {
        return;
    }
    check(bp_span_set_new(blocks, &first, 1, &one, &err), err);
    check(bp_trace_graphs_build(blocks, one, &graphs, &err), err);
    check(bp_trace_graphs_get(graphs, 0, &graph, &err), err);
    check(bp_trace_graph_info(graph, &info, &err), err);
    printf("trace ");
    for (size_t i = 0; i < sizeof info.trace_id; i++) {
        printf("%02x", info.trace_id[i]);
    }
    printf(": %" PRIu64 " spans, %" PRIu64 " roots, depth %" PRIu32 "\n", info.spans, info.roots,
           info.max_depth);
    bp_trace_node nodes[SHOWN_NODES];
    check(bp_trace_graph_nodes(graph, 0, nodes, SHOWN_NODES, &count, &err), err);
    for (size_t node = 0; node < count; node++) {
        bp_lazy_fields *fields = NULL;
        check(bp_trace_graph_fields(graph, (uint32_t)node, &fields, &err), err);
        printf("%*s", 2 + 2 * (int)nodes[node].depth, "");
        print_span(fields);
        bp_lazy_fields_free(fields);
    }
    if (info.spans > count) {
        printf("  and %" PRIu64 " more\n", info.spans - count);
    }
    bp_trace_graph_free(graph);
    bp_trace_graphs_free(graphs);
    bp_span_set_free(one);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE.bpk\n", argv[0]);
        return 2;
    }
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_file_info info = BP_FILE_INFO_INIT;
    bp_error *err = NULL;
    check(bp_reader_open(bp_str_of(argv[1]), NULL, &reader, &err), err);
    check(bp_reader_info(reader, &info, &err), err);
    check(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    bp_reader_free(reader); /* the blocks stay */
    printf("%" PRIu64 " blocks, %" PRIu64 " spans, %" PRIu64 " traces\n", info.blocks, info.spans,
           info.traces);

    bp_span_set *errors = scan(blocks, "span:status", bp_value_of_int(BP_KIND_SPAN_STATUS, 2));
    printf("%" PRIu64 " spans with an error\n", bp_span_set_count(errors));
    print_first_spans(errors);

    bp_span_set *servers = scan(blocks, "span:kind", bp_value_of_int(BP_KIND_SPAN_KIND, 2));
    bp_span_set *below = NULL;
    check(bp_span_set_structural(servers, BP_STRUCTURAL_DESCENDANT, errors, 0, &below, &err), err);
    printf("%" PRIu64 " of them below a server span\n", bp_span_set_count(below));
    print_tree(blocks, errors);

    bp_span_set_free(below);
    bp_span_set_free(servers);
    bp_span_set_free(errors);
    bp_blocks_free(blocks);
    printf("bytes held in the end: %" PRIu64 "\n", bp_bytes_held());
    return bp_live_handles(BP_HANDLE_ANY) == 0 ? 0 : 1;
}
