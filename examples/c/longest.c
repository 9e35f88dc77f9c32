/* Finds the longest span of a block file and prints all its fields: longest FILE.bpk
 *
 * Shows: opening a file, reading one field of many spans, reading all fields of one span, errors, and
 * giving memory back. */
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

/* Where the longest span is. Values are read a batch of spans at a time. */
static bp_span find_longest(const bp_blocks *blocks) {
    enum { BATCH = 1024 };
    bp_error *err = NULL;
    bp_columns *duration = NULL;
    bp_span_set *all = NULL;
    check(bp_columns_new(&duration, &err), err);
    check(bp_columns_add(duration, bp_str_of("span:duration"), &err), err);
    check(bp_span_set_all(blocks, &all, &err), err);

    static bp_value values[BATCH];
    uint64_t spans = bp_span_set_count(all);
    uint64_t longest = 0, longest_ns = 0;
    for (uint64_t first = 0; first < spans; first += BATCH) {
        size_t count = spans - first < BATCH ? (size_t)(spans - first) : BATCH;
        check(bp_span_set_values(all, first, count, duration, values, count, &err), err);
        for (size_t i = 0; i < count; i++) {
            if (values[i].bits > longest_ns) {
                longest_ns = values[i].bits;
                longest = first + i;
            }
        }
    }

    bp_span where = {0, 0};
    size_t one = 0;
    check(bp_span_set_spans(all, longest, &where, 1, &one, &err), err);
    bp_span_set_free(all);
    bp_columns_free(duration);
    return where;
}

static void print_fields(const bp_blocks *blocks, bp_span span) {
    bp_error *err = NULL;
    bp_lazy_fields *fields = NULL;
    check(bp_lazy_fields_new(blocks, span.block, span.row, &fields, &err), err);
    bp_field batch[16];
    size_t count = 0;
    bp_status status;
    while ((status = bp_lazy_fields_next(fields, batch, 16, &count, &err)) == BP_OK) {
        for (size_t i = 0; i < count; i++) {
            char text[80];
            size_t len = 0;
            check(bp_value_format(&batch[i].value, text, sizeof text, &len, &err), err);
            printf("  %-32.*s %.*s%s\n", (int)batch[i].name.len, batch[i].name.ptr,
                   (int)(len < sizeof text ? len : sizeof text), text,
                   len > sizeof text ? "..." : "");
        }
    }
    check(status, err);
    bp_lazy_fields_free(fields);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE.bpk\n", argv[0]);
        return 2;
    }
    bp_error *err = NULL;
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    check(bp_reader_open(bp_str_of(argv[1]), NULL, &reader, &err), err);
    bp_file_info info = BP_FILE_INFO_INIT;
    check(bp_reader_info(reader, &info, &err), err);
    printf("%s: %" PRIu64 " spans, %" PRIu64 " traces\n", argv[1], info.spans, info.traces);

    check(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    bp_reader_free(reader); /* the blocks do not need it */
    if (info.spans > 0) {
        bp_span longest = find_longest(blocks);
        printf("the longest, row %" PRIu32 " of block %" PRIu32 ":\n", longest.row, longest.block);
        print_fields(blocks, longest);
    }
    bp_blocks_free(blocks);
    printf("bytes held in the end: %" PRIu64 "\n", bp_bytes_held());
    return 0;
}
