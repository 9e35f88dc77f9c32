/* Counts the failed spans of each service: failures FILE.bpk
 *
 * Shows: scanning all blocks of a file at once, sets of spans, and reading fields of many spans in one call. */
#include <blockpack.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program with the library's message if a call failed. */
static void check(bp_status status, bp_error *err) {
    if (status < BP_ERR_FIRST) {
        return;
    }
    bp_str message = bp_error_message(err);
    fprintf(stderr, "%s: %.*s\n", bp_status_name(status), (int)message.len, message.ptr);
    bp_error_free(err);
    exit(1);
}

static int same(bp_str a, bp_str b) {
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* Prints how many spans of the set each service has. The names are views into the blocks: they stay
 * good until the set is freed. */
static void count_services(const bp_span_set *spans) {
    enum { BATCH = 256, SERVICES = 64 };
    bp_error *err = NULL;
    bp_columns *service = NULL;
    check(bp_columns_new(&service, &err), err);
    check(bp_columns_add(service, bp_str_of("resource.service.name"), &err), err);

    bp_str names[SERVICES];
    uint64_t counts[SERVICES];
    size_t known = 0;
    uint64_t total = bp_span_set_count(spans);
    for (uint64_t first = 0; first < total; first += BATCH) {
        bp_value values[BATCH];
        size_t count = total - first < BATCH ? (size_t)(total - first) : BATCH;
        check(bp_span_set_values(spans, first, count, service, values, count, &err), err);
        for (size_t i = 0; i < count; i++) {
            bp_str name =
                values[i].kind == BP_KIND_STR ? bp_value_str(&values[i]) : bp_str_of("(none)");
            size_t at = 0;
            while (at < known && !same(names[at], name)) {
                at++;
            }
            if (at == SERVICES) {
                continue;
            }
            if (at == known) {
                names[known] = name;
                counts[known++] = 0;
            }
            counts[at]++;
        }
    }
    for (size_t i = 0; i < known; i++) {
        printf("%8" PRIu64 "  %.*s\n", counts[i], (int)names[i].len, names[i].ptr);
    }
    bp_columns_free(service);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE.bpk\n", argv[0]);
        return 2;
    }
    bp_error *err = NULL;
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_span_set *failed = NULL, *slow = NULL, *both = NULL;
    check(bp_reader_open(bp_str_of(argv[1]), NULL, &reader, &err), err);
    check(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);

    bp_value error = bp_value_of_int(BP_KIND_SPAN_STATUS, 2);
    check(bp_blocks_scan(blocks, bp_str_of("span:status"), BP_OP_EQUAL, &error, 1, &failed, &err),
          err);
    printf("%" PRIu64 " of %" PRIu64 " spans failed:\n", bp_span_set_count(failed),
           bp_blocks_span_count(blocks));
    count_services(failed);

    bp_value limit = bp_value_of_int(BP_KIND_DURATION_NS, 10000000);
    check(bp_blocks_scan(blocks, bp_str_of("span:duration"), BP_OP_GREATER, &limit, 1, &slow, &err),
          err);
    check(bp_span_set_and(failed, slow, &both, &err), err);
    printf("%" PRIu64 " of them took more than 10 ms\n", bp_span_set_count(both));

    /* In any order; what a handle needs, it keeps. */
    bp_reader_free(reader);
    bp_blocks_free(blocks);
    bp_span_set_free(failed);
    bp_span_set_free(slow);
    bp_span_set_free(both);
    printf("bytes held in the end: %" PRIu64 "\n", bp_bytes_held());
    return 0;
}
