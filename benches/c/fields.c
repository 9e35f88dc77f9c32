/* Speed of lazy fields through the C library, of a mapped file whose pages are in memory:
 *
 *     tools/bench.sh c && build/bench/fields [FILE]
 *
 * FILE is OTLP in any form that bp_writer_add_file() takes; without one it is the recording of the shop.
 * Every figure is the best of several runs, in nanoseconds; "hot" reads 16 spans again and again, "spread"
 * all spans in random order. Allocations are those of the last run; the last column is the most that hot spans
 * are to take. */
#include "../../c-tests/sample.h"
#include "allocations.h"

enum { RUNS = 60, CALLS = 20000, CAP = 256, HOT = 16, MOST_NAMES = 400 };

static const char *const names[] = {"span:name", "span:duration", "span.http.request.method", "resource.service.name",
                                    ".http.route"};
enum { NAMES = sizeof names / sizeof *names };

/* Fields that are worked out, which next() does not give. */
static const char *const derived_names[] = {"span:childCount", "trace:duration", "trace:start", "trace:end",
                                            "trace:rootName", "trace:rootService", "nestedSetLeft", "nestedSetRight",
                                            "nestedSetParent", "event:timeSinceStart"};
enum { DERIVED = sizeof derived_names / sizeof *derived_names };

typedef struct bench {
    bp_blocks *blocks;
    bp_columns *columns;
    bp_lazy_fields *fields;
    bp_str name;
    bp_span *spans;
    size_t count;
    uint64_t given; /* fields */
} bench;

static double now_ns(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void must(bp_status status) {
    REQUIRE(status < BP_ERR_FIRST);
}

typedef void one_call(bench *b, bp_span at);

/* Ends a line with what its figure is to stay below, if that was said. */
static void print_bar(double bar) {
    if (bar > 0) {
        printf("%10.0f", bar);
    }
    printf("\n");
}

/* Prints a figure that follows from others. */
static void derived(const char *what, double ns, double bar) {
    printf("      %-34s%9.1f%14s", what, ns, "");
    print_bar(bar);
}

/* The nanoseconds of a call; and the allocations of the last run, if they are wanted. */
static double best_of(bench *b, one_call *call, uint64_t *allocated) {
    double best = 1e30;
    for (int run = 0; run < RUNS; run++) {
        uint64_t before = allocations();
        double start = now_ns();
        for (size_t i = 0, at = 0; i < CALLS; i++) {
            call(b, b->spans[at]);
            at = at + 1 == b->count ? 0 : at + 1;
        }
        double took = now_ns() - start;
        best = took < best ? took : best;
        if (allocated != NULL) {
            *allocated = allocations() - before;
        }
    }
    return best / CALLS;
}

/* Prints the nanoseconds of a call, and gives them. */
static double measure(bench *b, const char *what, double bar, one_call *call) {
    uint64_t allocated = 0;
    double ns = best_of(b, call, &allocated);
    printf("    %-36s%9.1f%14.2f", what, ns, (double)allocated / CALLS);
    print_bar(bar);
    return ns;
}

static void make_and_release(bench *b, bp_span at) {
    bp_lazy_fields *fields = NULL;
    must(bp_lazy_fields_new(b->blocks, at.block, at.row, &fields, NULL));
    bp_lazy_fields_release(fields);
    bp_lazy_fields_free(fields);
}

static void seek(bench *b, bp_span at) {
    must(bp_lazy_fields_seek(b->fields, b->blocks, at.block, at.row, NULL));
}

static void seek_and_get(bench *b, bp_span at) {
    bp_value value;
    seek(b, at);
    must(bp_lazy_fields_get(b->fields, b->name, &value, NULL));
}

static void seek_and_get_each(bench *b, bp_span at) {
    bp_value value;
    seek(b, at);
    for (size_t i = 0; i < NAMES; i++) {
        must(bp_lazy_fields_get(b->fields, bp_str_of(names[i]), &value, NULL));
    }
}

static void seek_and_get_many(bench *b, bp_span at) {
    bp_value values[NAMES];
    seek(b, at);
    must(bp_lazy_fields_get_many(b->fields, b->columns, values, NAMES, NULL));
}

static void seek_and_iterate(bench *b, bp_span at) {
    static bp_field fields[CAP];
    size_t count = 0;
    seek(b, at);
    while (bp_lazy_fields_next(b->fields, fields, CAP, &count, NULL) == BP_OK) {
        b->given += count;
        if (count < CAP) {
            break;
        }
    }
}

static void measure_spans(bench *b) {
    measure(b, "new, release and free", 25, make_and_release);
    double sought = measure(b, "seek", 0, seek);
    for (size_t i = 0; i < NAMES; i++) {
        char what[64];
        snprintf(what, sizeof what, "seek, get %s", names[i]);
        b->name = bp_str_of(names[i]);
        double one = measure(b, what, 0, seek_and_get);
        derived("without seek", one - sought, 30);
    }
    double took = measure(b, "seek, get 5 fields", 0, seek_and_get_each);
    derived("all 5, without seek", took - sought, 150);
    took = measure(b, "seek, get_many 5 fields", 0, seek_and_get_many);
    derived("all 5, without seek", took - sought, 150);
    b->given = 0;
    took = measure(b, "seek, next until all are given", 0, seek_and_iterate);
    double given = (double)b->given / RUNS / CALLS;
    derived("fields a span", given, 0);
    derived("34 of them, without seek", (took - sought) / given * 34, 600);
}

/* All matches of a set, as many as fit at a time, into one matrix. */
static void measure_batches(bench *b) {
    enum { ROWS = 1024 };
    static bp_value values[ROWS * NAMES];
    bp_span_set *all = NULL;
    double best = 1e30;
    REQUIRE(bp_span_set_all(b->blocks, &all, NULL) == BP_OK);
    uint64_t read = 0, allocated = 0;
    for (int run = 0; run < RUNS; run++) {
        uint64_t before = allocations();
        double start = now_ns();
        read = 0;
        for (uint64_t first = 0; first + ROWS <= bp_span_set_count(all); first += ROWS) {
            REQUIRE(bp_span_set_values(all, first, ROWS, b->columns, values, ROWS * NAMES, NULL) == BP_OK);
            read += ROWS * NAMES;
        }
        double took = now_ns() - start;
        best = took < best ? took : best;
        allocated = allocations() - before;
    }
    printf("  batches of %d spans\n", ROWS);
    printf("    %-36s%9.2f%14.6f\n", "values, a value", best / (double)read, (double)allocated / (double)read);
    bp_span_set_free(all);
}

/* A name, and some spans that have such a field. */
typedef struct field_name {
    char text[128];
    bp_span spans[HOT];
    size_t count;
    double ns;
} field_name;

static int by_cost(const void *a, const void *b) {
    double x = ((const field_name *)a)->ns, y = ((const field_name *)b)->ns;
    return (x < y) - (x > y);
}

/* Notes that the span has a field with this name. */
static void note(field_name *found, size_t *count, bp_str name, bp_span at) {
    size_t i = 0;
    while (i < *count && !(strlen(found[i].text) == name.len && memcmp(found[i].text, name.ptr, name.len) == 0)) {
        i++;
    }
    if (i == MOST_NAMES || name.len >= sizeof found->text) {
        return;
    }
    if (i == *count) {
        *count += 1;
        memset(&found[i], 0, sizeof *found);
        memcpy(found[i].text, name.ptr, name.len);
    }
    field_name *field = &found[i];
    bool noted = field->count > 0 && memcmp(&field->spans[field->count - 1], &at, sizeof at) == 0;
    if (field->count < HOT && !noted) {
        field->spans[field->count++] = at;
    }
}

/* All names that the spans have. */
static size_t find_names(bench *b, field_name *found) {
    static bp_field fields[CAP];
    size_t names_found = 0, count = 0;
    for (size_t i = 0; i < b->count; i++) {
        seek(b, b->spans[i]);
        while (bp_lazy_fields_next(b->fields, fields, CAP, &count, NULL) == BP_OK) {
            for (size_t j = 0; j < count; j++) {
                note(found, &names_found, fields[j].name, b->spans[i]);
            }
        }
        for (size_t j = 0; j < DERIVED; j++) {
            bp_value value;
            bp_str name = bp_str_of(derived_names[j]);
            if (bp_lazy_fields_get(b->fields, name, &value, NULL) == BP_OK) {
                note(found, &names_found, name, b->spans[i]);
            }
        }
    }
    return names_found;
}

/* Every field that any span has, by name, from spans that have it: the slowest ones. */
static void measure_every_name(const bench *all) {
    enum { SLOWEST = 12 };
    static field_name found[MOST_NAMES];
    bench b = *all;
    size_t count = find_names(&b, found), passed = 0;
    for (size_t i = 0; i < count; i++) {
        b.name = bp_str_of(found[i].text);
        b.spans = found[i].spans, b.count = found[i].count;
        found[i].ns = best_of(&b, seek_and_get, NULL) - best_of(&b, seek, NULL);
        passed += found[i].ns <= 30;
    }
    qsort(found, count, sizeof *found, by_cost);
    printf("  each of %zu fields alone, of spans that have it: %zu take 30 ns at most; the slowest\n", count, passed);
    for (size_t i = 0; i < count && i < SLOWEST; i++) {
        derived(found[i].text, found[i].ns, 30);
    }
}

static void shuffle(bp_span *spans, size_t count) {
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = count; i-- > 1;) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        size_t j = state % (i + 1);
        bp_span swapped = spans[i];
        spans[i] = spans[j], spans[j] = swapped;
    }
}

static bp_reader *write_and_map(const char *otlp, char *path, size_t cap) {
    bp_writer *writer = NULL;
    bp_reader *reader = NULL;
    bp_error *err = NULL;
    scratch_path(path, cap, "fields.bpk");
    REQUIRE_OK(bp_writer_open(bp_str_of(path), NULL, &writer, &err), err);
    REQUIRE_OK(bp_writer_add_file(writer, bp_str_of(otlp), &err), err);
    REQUIRE_OK(bp_writer_finish(writer, NULL, &err), err);
    bp_writer_free(writer);
    REQUIRE_OK(bp_reader_open(bp_str_of(path), NULL, &reader, &err), err);
    return reader;
}

int main(int argc, char **argv) {
    char path[512];
    bench b = {NULL, NULL, NULL, {NULL, 0}, NULL, 0, 0};
    bp_reader *reader = write_and_map(argc > 1 ? argv[1] : SHOP_PATH, path, sizeof path);
    bp_span_set *all = NULL;
    REQUIRE(bp_reader_blocks(reader, 0, SIZE_MAX, &b.blocks, NULL) == BP_OK);
    REQUIRE(bp_columns_new(&b.columns, NULL) == BP_OK);
    for (size_t i = 0; i < NAMES; i++) {
        REQUIRE(bp_columns_add(b.columns, bp_str_of(names[i]), NULL) == BP_OK);
    }
    REQUIRE(bp_span_set_all(b.blocks, &all, NULL) == BP_OK);
    size_t count = bp_span_set_count(all);
    b.spans = (bp_span *)malloc(count * sizeof *b.spans);
    REQUIRE(b.spans != NULL && bp_span_set_spans(all, 0, b.spans, count, &count, NULL) == BP_OK);
    bp_span_set_free(all);
    shuffle(b.spans, count);
    REQUIRE(bp_lazy_fields_new(b.blocks, 0, 0, &b.fields, NULL) == BP_OK);
    printf("%zu spans%39s%14s%10s\n", count, "ns", "allocations", "to pass");
    for (int hot = 1; hot >= 0; hot--) {
        b.count = hot && count > HOT ? HOT : count;
        printf("  %s\n", hot ? "hot" : "spread");
        measure_spans(&b);
    }
    measure_every_name(&b);
    measure_batches(&b);
    free(b.spans);
    bp_lazy_fields_free(b.fields);
    bp_columns_free(b.columns);
    bp_blocks_free(b.blocks);
    bp_reader_free(reader);
    CHECK(bp_live_handles(BP_HANDLE_ANY) == 0 && bp_bytes_held() == 0);
    remove(path);
    FINISH();
}
