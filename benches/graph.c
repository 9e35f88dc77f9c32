/* Speed of trace graphs, structural operators and what stands on them, through the C library:
 *
 *     graph FILE.bpk...
 *
 * Files are mapped and make one list of blocks. Every figure is the median of several runs, as processor time
 * of one thread (so that other programs disturb it less), over pages that were read before. tools/bench-graph.sh makes the files and runs this. */
#define _POSIX_C_SOURCE 199309L

#include <blockpack.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 9 };

static const char *const symbols[] = {"",    ">",   "<",    ">>",  "<<", "~",  "!>",  "!<",
                                      "!>>", "!<<", "!~", "&>", "&<", "&>>", "&<<", "&~"};

/* What the runs work on. */
typedef struct list {
    bp_blocks *blocks;
    bp_span_set *all;
    bp_trace_graphs *graphs;
    size_t spans;
    char **paths;
    size_t files;
    uint32_t op;
} list;

static void must(bp_status status, bp_error *err) {
    if (status >= BP_ERR_FIRST) {
        bp_str text = bp_error_message(err);
        fprintf(stderr, "%s: %.*s\n", bp_status_name(status), (int)text.len, text.ptr);
        exit(1);
    }
}

static bp_blocks *open_all(char **paths, size_t files) {
    bp_blocks *parts[16] = {NULL}, *joined = NULL;
    bp_error *err = NULL;
    for (size_t i = 0; i < files; i++) {
        bp_reader *reader = NULL;
        must(bp_reader_open(bp_str_of(paths[i]), NULL, &reader, &err), err);
        must(bp_reader_blocks(reader, 0, SIZE_MAX, &parts[i], &err), err);
        bp_reader_free(reader);
    }
    must(bp_blocks_join((const bp_blocks *const *)parts, files, &joined, &err), err);
    for (size_t i = 0; i < files; i++) {
        bp_blocks_free(parts[i]);
    }
    return joined;
}

static void open_and_build(list *list) {
    bp_blocks *blocks = open_all(list->paths, list->files);
    bp_trace_graphs *graphs = NULL;
    bp_error *err = NULL;
    must(bp_trace_graphs_build(blocks, NULL, &graphs, &err), err);
    bp_trace_graphs_free(graphs);
    bp_blocks_free(blocks);
}

static void build(list *list) {
    bp_trace_graphs *graphs = NULL;
    bp_error *err = NULL;
    must(bp_trace_graphs_build(list->blocks, NULL, &graphs, &err), err);
    bp_trace_graphs_free(graphs);
}

/* Volatile, so that nothing is left out. */
static void *(*volatile fill)(void *, int, size_t) = memset;

static void write_memory(list *list) {
    void *memory = malloc(12 * list->spans);
    if (memory != NULL) {
        fill(memory, 1, 12 * list->spans);
    }
    free(memory);
}

static void relate(list *list) {
    bp_span_set *out = NULL;
    bp_error *err = NULL;
    must(bp_span_set_structural(list->all, list->op, list->all, 0, &out, &err), err);
    bp_span_set_free(out);
}

static void summarise(list *list) {
    bp_trace_summary part[1024];
    bp_error *err = NULL;
    size_t first = 0, count = 0;
    do {
        must(bp_trace_graphs_summaries(list->graphs, first, part, 1024, &count, &err), err);
        first += count;
    } while (count > 0);
}

static void find_calls(list *list) {
    bp_service_graph *services = NULL;
    bp_error *err = NULL;
    must(bp_trace_graphs_service_graph(list->graphs, &services, &err), err);
    bp_service_graph_free(services);
}

static void measure_shape(list *list) {
    bp_tree_shape shape = BP_TREE_SHAPE_INIT;
    bp_error *err = NULL;
    must(bp_trace_graphs_shape(list->graphs, &shape, NULL, 0, NULL, 0, &err), err);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *what, const char *bar, void (*run)(list *), list *list) {
    double times[RUNS];
    for (int i = 0; i < RUNS; i++) {
        struct timespec begin, end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        run(list);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        times[i] = (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
    }
    qsort(times, RUNS, sizeof *times, by_size);
    printf("%-46s %9.3f ms %9.3f ms %7.2f ns  %s\n", what, times[RUNS / 2], times[0],
           times[RUNS / 2] * 1e6 / (double)list->spans, bar);
}

int main(int argc, char **argv) {
    list list = {NULL, NULL, NULL, 0, argv + 1, (size_t)argc - 1, 0};
    bp_error *err = NULL;
    if (argc < 2 || argc > 17) {
        fprintf(stderr, "usage: graph FILE.bpk... (at most 16)\n");
        return 2;
    }
    list.blocks = open_all(list.paths, list.files);
    must(bp_span_set_all(list.blocks, &list.all, &err), err);
    must(bp_trace_graphs_build(list.blocks, NULL, &list.graphs, &err), err);
    list.spans = (size_t)bp_blocks_span_count(list.blocks);
    printf("%zu spans, %zu traces, %zu blocks, %zu files\n", list.spans, bp_trace_graphs_len(list.graphs),
           bp_blocks_len(list.blocks), list.files);
    printf("%-46s %12s %12s %10s  %s\n", "", "median", "least", "a span", "to pass");
    report("limit: the bytes of the graphs written", "", write_memory, &list);
    report("files opened, graphs of all traces", "", open_and_build, &list);
    report("graphs of all traces", "20 ms", build, &list);
    for (uint32_t op = BP_STRUCTURAL_CHILD; op <= BP_STRUCTURAL_UNION_SIBLING; op++) {
        char what[64];
        snprintf(what, sizeof what, "all %s all", symbols[op]);
        list.op = op;
        report(what, "3 ms", relate, &list);
    }
    report("summaries of all traces, 1,024 at a time", "", summarise, &list);
    report("calls between services", "", find_calls, &list);
    report("depths and widths", "", measure_shape, &list);
    bp_trace_graphs_free(list.graphs);
    bp_span_set_free(list.all);
    bp_blocks_free(list.blocks);
    return 0;
}
