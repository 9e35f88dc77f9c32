/* Times traces, relations of spans and fields through the C ABI: traces FILE.bpk */
#include "bench.h"

enum { FIELDS = 5, PICKED = 10000, CAP = 256 };

static const char *const names[FIELDS] = {"span:name", "span:duration", "resource.service.name", "span.url.path",
                                          "span.enduser.id"};

typedef struct file {
    const char *path;
    bp_reader *reader;
    bp_blocks *blocks;
    bp_span_set *all;
    bp_columns *columns;
    bp_matrix *matrix;
    bp_lazy_fields *fields;
    bp_span *picked;
    size_t distinct;
    uint8_t trace[16];
    bp_structural_op op;
} file;

static uint64_t open_file(void *ctx) {
    const file *it = ctx;
    bp_blocks *blocks = open_blocks(it->path);
    uint64_t count = bp_blocks_span_count(blocks);
    bp_blocks_free(blocks);
    return count;
}

static uint64_t relate(void *ctx) {
    const file *it = ctx;
    bp_error *err = NULL;
    bp_span_set *found = NULL;
    check(bp_span_set_structural(it->all, it->op, it->all, 0, &found, &err), err);
    uint64_t count = bp_span_set_count(found);
    bp_span_set_free(found);
    return count;
}

static uint64_t graphs(void *ctx) {
    const file *it = ctx;
    bp_error *err = NULL;
    bp_trace_graphs *found = NULL;
    check(bp_trace_graphs_build(it->blocks, NULL, &found, &err), err);
    uint64_t count = bp_trace_graphs_span_count(found);
    bp_trace_graphs_free(found);
    return count;
}

/* One trace, with fields of its spans. */
static uint64_t trace(void *ctx) {
    const file *it = ctx;
    bp_error *err = NULL;
    bp_span_set *found = NULL;
    bp_bytes id = {it->trace, sizeof it->trace};
    check(bp_reader_trace(it->reader, id, &found, &err), err);
    uint64_t count = bp_span_set_count(found);
    check(bp_matrix_fill(it->matrix, found, 0, count, it->columns, &err), err);
    bp_span_set_free(found);
    return count;
}

/* The spans that last long. */
static bp_span_set *slow(const file *it) {
    bp_error *err = NULL;
    bp_span_set *found = NULL;
    bp_value limit = bp_value_of_int(BP_KIND_DURATION_NS, 100000000);
    check(bp_blocks_scan(it->blocks, bp_str_of("span:duration"), BP_OP_GREATER, &limit, 1, &found, &err), err);
    return found;
}

static uint64_t columns(void *ctx) {
    const file *it = ctx;
    bp_error *err = NULL;
    bp_span_set *found = slow(it);
    uint64_t count = bp_span_set_count(found);
    check(bp_matrix_fill(it->matrix, found, 0, count, it->columns, &err), err);
    bp_span_set_free(found);
    return count;
}

static uint64_t arrow(void *ctx) {
    const file *it = ctx;
    bp_error *err = NULL;
    bp_span_set *found = slow(it);
    struct ArrowArrayStream stream;
    struct ArrowArray array;
    bp_arrow_options options = BP_ARROW_OPTIONS_INIT;
    options.columns = it->columns;
    check(bp_arrow_export_span_set(found, &options, &stream, &err), err);
    uint64_t count = 0;
    while (stream.get_next(&stream, &array) == 0 && array.release != NULL) {
        count += (uint64_t)array.length;
        array.release(&array);
    }
    stream.release(&stream);
    bp_span_set_free(found);
    return count;
}

/* The first `distinct` of the picked spans, again and again. */
static void seek(const file *it, size_t i) {
    bp_error *err = NULL;
    bp_span span = it->picked[i % it->distinct];
    check(bp_lazy_fields_seek(it->fields, it->blocks, span.block, span.row, &err), err);
}

static uint64_t some_fields(void *ctx) {
    const file *it = ctx;
    bp_error *err = NULL;
    for (size_t i = 0; i < PICKED; i++) {
        bp_value found[FIELDS];
        seek(it, i);
        check(bp_lazy_fields_get_many(it->fields, it->columns, found, FIELDS, &err), err);
    }
    return PICKED;
}

static uint64_t all_fields(void *ctx) {
    const file *it = ctx;
    bp_error *err = NULL;
    for (size_t i = 0; i < PICKED; i++) {
        bp_field found[CAP];
        size_t count = 0;
        seek(it, i);
        check(bp_lazy_fields_next(it->fields, found, CAP, &count, &err), err);
    }
    return PICKED;
}

/* Spans from all over the file, in an order of chance. */
static bp_span *pick(const file *it) {
    bp_error *err = NULL;
    bp_span *picked = calloc(PICKED, sizeof *picked);
    uint64_t state = 1, spans = bp_span_set_count(it->all);
    for (size_t i = 0; i < PICKED; i++) {
        size_t count = 0;
        state = state * UINT64_C(6364136223846793005) + 1;
        check(bp_span_set_spans(it->all, (state >> 20) % spans, &picked[i], 1, &count, &err), err);
    }
    return picked;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE.bpk\n", argv[0]);
        return 2;
    }
    /* A trace that the generator makes early. */
    file it = {.path = argv[1], .trace = {0x40, 0xbd, 0xf7, 0x8c, 0x71, 0xbe, 0x9b, 0x95, 0x4e, 0x8a, 0x03, 0xfd, 0xf7, 0x3d, 0x8b, 0xc0}};
    bp_error *err = NULL;
    check(bp_reader_open(bp_str_of(it.path), NULL, &it.reader, &err), err);
    check(bp_reader_blocks(it.reader, 0, SIZE_MAX, &it.blocks, &err), err);
    check(bp_span_set_all(it.blocks, &it.all, &err), err);
    check(bp_columns_new(&it.columns, &err), err);
    for (size_t i = 0; i < FIELDS; i++) {
        check(bp_columns_add(it.columns, bp_str_of(names[i]), &err), err);
    }
    check(bp_matrix_new(&it.matrix, &err), err);
    check(bp_lazy_fields_new(it.blocks, 0, 0, &it.fields, &err), err);
    it.picked = pick(&it);
    bench("open", open_file, &it);
    static const struct { const char *key; bp_structural_op op; } relations[] = {
        {"child", BP_STRUCTURAL_CHILD},
        {"descendant", BP_STRUCTURAL_DESCENDANT},
        {"sibling", BP_STRUCTURAL_SIBLING},
    };
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        it.op = relations[i].op;
        bench(relations[i].key, relate, &it);
    }
    bench("graphs", graphs, &it);
    bench("trace", trace, &it);
    bench("columns", columns, &it);
    bench("arrow", arrow, &it);
    it.distinct = PICKED;
    bench_each("some fields", some_fields, &it, PICKED);
    bench_each("all fields", all_fields, &it, PICKED);
    it.distinct = 16;
    bench_each("some fields again", some_fields, &it, PICKED);
    bench_each("all fields again", all_fields, &it, PICKED);
    free(it.picked);
    bp_lazy_fields_free(it.fields);
    bp_matrix_free(it.matrix);
    bp_columns_free(it.columns);
    bp_span_set_free(it.all);
    bp_blocks_free(it.blocks);
    bp_reader_free(it.reader);
    return 0;
}
