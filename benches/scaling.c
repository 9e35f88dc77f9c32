/* How the cost of questions grows with spans, threads and files, through the C library:
 *
 *     scaling FILE.bpk...
 *
 * Files are mapped and make one list of blocks. Prints a line for each question, and for a plain loop over as
 * many durations; least times of several runs in nanoseconds, over pages that were read before:
 *
 *     QUESTION <tab> SPANS <tab> time and processor time of one thread <tab> the same of two threads <tab>
 *     sum of the processor times of one thread for each file alone
 *
 * tools/bench-scaling.py makes tables of it. */
#define _POSIX_C_SOURCE 199309L

#include <blockpack.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 200, FEWEST_RUNS = 7 };
static const double LONG_ENOUGH = 1e9;

/* Which question is asked, of what, by how many threads. */
typedef struct question {
    const char *what;
    void (*ask)(const struct question *, const bp_blocks *);
    const char *text;
    bp_op op;
    bp_value operand;
    uint32_t threads;
} question;

static void must(bp_status status, bp_error *err) {
    if (status >= BP_ERR_FIRST) {
        bp_str text = bp_error_message(err);
        fprintf(stderr, "%s: %.*s\n", bp_status_name(status), (int)text.len, text.ptr);
        exit(1);
    }
}

static void scan(const question *it, const bp_blocks *blocks) {
    bp_error *err = NULL;
    bp_span_set *found = NULL;
    must(bp_blocks_scan(blocks, bp_str_of(it->text), it->op, &it->operand, 1, &found, &err), err);
    bp_span_set_free(found);
}

static void find(const question *it, const bp_blocks *blocks) {
    bp_error *err = NULL;
    bp_query *query = NULL;
    bp_span_set *found = NULL;
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    options.threads = it->threads;
    must(bp_query_compile(bp_str_of(it->text), &query, &err), err);
    must(bp_query_spans(query, blocks, &options, &found, &err), err);
    bp_span_set_free(found);
    bp_query_free(query);
}

static void count(const question *it, const bp_blocks *blocks) {
    bp_error *err = NULL;
    bp_query *query = NULL;
    bp_series *found = NULL;
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    options.threads = it->threads;
    must(bp_query_compile(bp_str_of(it->text), &query, &err), err);
    must(bp_series_new(query, blocks, &options, &found, &err), err);
    bp_series_free(found);
    bp_query_free(query);
}

/* On one thread, however many there may be. */
static void build_graphs(const question *it, const bp_blocks *blocks) {
    bp_error *err = NULL;
    bp_trace_graphs *graphs = NULL;
    (void)it;
    must(bp_trace_graphs_build(blocks, NULL, &graphs, &err), err);
    bp_trace_graphs_free(graphs);
}

/* Volatile, so that nothing is left out. */
static volatile uint32_t longer;

/* What no question to a column of four bytes a span can beat by much. */
static void read_values(const question *it, const bp_blocks *blocks) {
    static uint32_t *values = NULL;
    static size_t room = 0;
    size_t spans = (size_t)bp_blocks_span_count(blocks);
    uint32_t count = 0;
    (void)it;
    if (room < spans) {
        free(values);
        values = calloc(spans, sizeof *values);
        room = values != NULL ? spans : 0;
        for (size_t i = 0; i < room; i++) {
            values[i] = (uint32_t)i;
        }
    }
    spans = spans < room ? spans : room;
    for (size_t i = 0; i < spans; i++) {
        count += values[i] > 1000;
    }
    longer = count;
}

typedef struct cost {
    double time;
    double processor;
} cost;

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The least of several runs, of time and of processor time. */
static cost measure(question *it, const bp_blocks *blocks, uint32_t threads) {
    bp_error *err = NULL;
    cost least = {1e30, 1e30};
    double begin = now(CLOCK_MONOTONIC);
    it->threads = threads;
    must(bp_blocks_set_scan_threads(blocks, threads, &err), err);
    for (int run = 0; run < RUNS && (run < FEWEST_RUNS || now(CLOCK_MONOTONIC) - begin < LONG_ENOUGH); run++) {
        double time = now(CLOCK_MONOTONIC), processor = now(CLOCK_PROCESS_CPUTIME_ID);
        it->ask(it, blocks);
        processor = now(CLOCK_PROCESS_CPUTIME_ID) - processor;
        time = now(CLOCK_MONOTONIC) - time;
        least.time = time < least.time ? time : least.time;
        least.processor = processor < least.processor ? processor : least.processor;
    }
    return least;
}

static bp_blocks *open_file(const char *path) {
    bp_error *err = NULL;
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    must(bp_reader_open(bp_str_of(path), NULL, &reader, &err), err);
    must(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    bp_reader_free(reader);
    return blocks;
}

static void report(question *it, const bp_blocks *all, bp_blocks *const *files, size_t count) {
    cost one = measure(it, all, 1), two = measure(it, all, 2);
    double sum = 0;
    for (size_t i = 0; count > 1 && i < count; i++) {
        sum += measure(it, files[i], 1).processor;
    }
    printf("%s\t%" PRIu64 "\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\n", it->what, bp_blocks_span_count(all), one.time,
           one.processor, two.time, two.processor, sum);
}

static bp_value text(const char *value) {
    return bp_value_of_str(bp_str_of(value));
}

int main(int argc, char **argv) {
    size_t files = argc > 1 ? (size_t)argc - 1 : 0;
    bp_blocks **lists = calloc(files + 1, sizeof *lists), *all = NULL;
    bp_error *err = NULL;
    if (files == 0 || lists == NULL) {
        fprintf(stderr, "usage: scaling FILE.bpk...\n");
        return 2;
    }
    for (size_t i = 0; i < files; i++) {
        lists[i] = open_file(argv[i + 1]);
    }
    must(bp_blocks_join((const bp_blocks *const *)lists, files, &all, &err), err);
    bp_value none = {0}, slow = bp_value_of_int(BP_KIND_DURATION_NS, 100000000);
    question questions[] = {
        {"limit: a loop over 4 bytes a span", read_values, NULL, 0, none, 1},
        {"scan: service", scan, "resource.service.name", BP_OP_EQUAL, text("checkout"), 1},
        {"scan: duration", scan, "span:duration", BP_OP_GREATER, slow, 1},
        {"scan: user", scan, "span.enduser.id", BP_OP_EQUAL, text("user-000017"), 1},
        {"scan: URL by pattern", scan, "span.url.path", BP_OP_REGEX, text("^/products/[0-9]*7-"), 1},
        {"query: service and status", find, "{ resource.service.name = \"frontend\" && status = error }", 0, none, 1},
        {"query: structure", find, "{ resource.service.name = \"frontend\" } >> { span.db.system = \"postgresql\" }", 0,
         none, 1},
        {"query: aggregate", find, "{ status = error } | count() > 3", 0, none, 1},
        {"query: rate by service", count, "{ } | rate() by (resource.service.name)", 0, none, 1},
        {"graphs of all traces", build_graphs, NULL, 0, none, 1},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        report(&questions[i], all, lists, files);
    }
    bp_blocks_free(all);
    for (size_t i = 0; i < files; i++) {
        bp_blocks_free(lists[i]);
    }
    free(lists);
    return 0;
}
