/* Times scans and sets of rows through the C ABI: scans FILE.bpk */
#include "bench.h"

/* A question to one column. */
typedef struct question {
    const char *key;
    const char *column;
    bp_op op;
    bp_value operand;
    const bp_blocks *blocks;
} question;

static uint64_t scan(void *ctx) {
    const question *it = ctx;
    bp_error *err = NULL;
    bp_span_set *found = NULL;
    check(bp_blocks_scan(it->blocks, bp_str_of(it->column), it->op, &it->operand, 1, &found, &err), err);
    uint64_t count = bp_span_set_count(found);
    bp_span_set_free(found);
    return count;
}

static bp_value text(const char *value) {
    return bp_value_of_str(bp_str_of(value));
}

static bp_value duration(int64_t ns) {
    return bp_value_of_int(BP_KIND_DURATION_NS, ns);
}

/* Two results of each block, and room for row numbers. */
typedef struct sets {
    size_t blocks;
    bp_row_set **few;
    bp_row_set **half;
    uint32_t *rows;
    size_t cap;
    int any;
} sets;

static bp_row_set **scan_blocks(const bp_blocks *blocks, const char *column, bp_op op, bp_value operand) {
    size_t count = bp_blocks_len(blocks);
    bp_row_set **found = calloc(count, sizeof *found);
    bp_error *err = NULL;
    for (size_t i = 0; i < count; i++) {
        bp_column_scanner *scanner = NULL;
        check(bp_column_scanner_new(blocks, i, &scanner, &err), err);
        check(bp_column_scanner_scan(scanner, bp_str_of(column), op, &operand, 1, &found[i], &err), err);
        bp_column_scanner_free(scanner);
    }
    return found;
}

static uint64_t combine(void *ctx) {
    const sets *it = ctx;
    bp_error *err = NULL;
    uint64_t count = 0;
    for (size_t i = 0; i < it->blocks; i++) {
        const bp_row_set *both[] = {it->few[i], it->half[i]};
        bp_span_matches *matches = NULL;
        check(it->any ? bp_row_sets_or(both, 2, &matches, &err) : bp_row_sets_and(both, 2, &matches, &err), err);
        count += bp_span_matches_count(matches);
        bp_span_matches_free(matches);
    }
    return count;
}

static uint64_t row_numbers(void *ctx) {
    const sets *it = ctx;
    bp_error *err = NULL;
    uint64_t total = 0;
    for (size_t i = 0; i < it->blocks; i++) {
        size_t count = 0;
        check(bp_row_set_rows(it->few[i], 0, it->rows + total, it->cap - total, &count, &err), err);
        total += count;
    }
    return total;
}

/* The least that a scan over values of a width can take: a loop that reads and compares them. */
#define LIMIT(width)                                                          \
    static uint64_t limit_##width(void *ctx) {                                \
        const sets *it = ctx;                                                 \
        const uint##width##_t *values = (const uint##width##_t *)it->rows;    \
        uint64_t equal = 0;                                                   \
        for (size_t at = 0; at < it->cap;) {                                  \
            size_t end = at + 128 < it->cap ? at + 128 : it->cap;             \
            uint##width##_t some = 0;                                         \
            for (; at < end; at++) {                                          \
                some = (uint##width##_t)(some + (values[at] == 7));           \
            }                                                                 \
            equal += some;                                                    \
        }                                                                     \
        return equal;                                                         \
    }
LIMIT(8)
LIMIT(16)
LIMIT(32)

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE.bpk\n", argv[0]);
        return 2;
    }
    bp_blocks *blocks = open_blocks(argv[1]);
    question questions[] = {
        {"equal", "resource.service.name", BP_OP_EQUAL, text("checkout"), blocks},
        {"not equal", "resource.service.name", BP_OP_NOT_EQUAL, text("checkout"), blocks},
        {"errors", "span:status", BP_OP_EQUAL, bp_value_of_int(BP_KIND_SPAN_STATUS, 2), blocks},
        {"duration", "span:duration", BP_OP_GREATER, duration(100000000), blocks},
        {"user", "span.enduser.id", BP_OP_EQUAL, text("user-000017"), blocks},
        {"regex name", "span:name", BP_OP_REGEX, text("^(GET|POST) /(cart|orders)"), blocks},
        {"regex url", "span.url.path", BP_OP_REGEX, text("^/products/[0-9]*7-"), blocks},
        {"substring url", "span.url.path", BP_OP_CONTAINS, text("-cotton-"), blocks},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        bench(questions[i].key, scan, &questions[i]);
    }
    sets both = {.blocks = bp_blocks_len(blocks), .cap = (size_t)bp_blocks_span_count(blocks)};
    both.few = scan_blocks(blocks, "span:duration", BP_OP_GREATER, duration(35000000));
    both.half = scan_blocks(blocks, "span:duration", BP_OP_GREATER, duration(1000000));
    both.rows = calloc(both.cap, sizeof *both.rows);
    bench("and", combine, &both);
    both.any = 1;
    bench("or", combine, &both);
    bench("rows", row_numbers, &both);
    bench("limit 8", limit_8, &both);
    bench("limit 16", limit_16, &both);
    bench("limit 32", limit_32, &both);
    for (size_t i = 0; i < both.blocks; i++) {
        bp_row_set_free(both.few[i]);
        bp_row_set_free(both.half[i]);
    }
    free(both.few);
    free(both.half);
    free(both.rows);
    bp_blocks_free(blocks);
    return 0;
}
