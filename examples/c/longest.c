/* Finds the longest span of a block file and prints all its fields: longest FILE.bpk
 *
 * Shows: opening a file, reading a few fields of many spans, reading all fields of one span, errors,
 * and giving memory back. */
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

/* Where the longest span is. */
static bp_span find_longest(const bp_blocks *blocks) {
    bp_error *err = NULL;
    bp_columns *names = NULL;
    bp_lazy_fields *fields = NULL;
    check(bp_columns_new(&names, &err), err);
    check(bp_columns_add(names, bp_str_of("span:duration"), &err), err);

    bp_span longest = {0, 0};
    uint64_t longest_ns = 0;
    for (uint32_t block = 0; block < bp_blocks_len(blocks); block++) {
        bp_block_info info = BP_BLOCK_INFO_INIT;
        check(bp_blocks_info(blocks, block, &info, &err), err);
        for (uint32_t row = 0; row < info.spans; row++) {
            /* One handle, pointed at span after span: nothing is allocated for each. */
            if (fields == NULL) {
                check(bp_lazy_fields_new(blocks, block, row, &fields, &err), err);
            } else {
                check(bp_lazy_fields_seek(fields, blocks, block, row, &err), err);
            }
            bp_value duration;
            check(bp_lazy_fields_get_many(fields, names, &duration, 1, &err), err);
            if (duration.bits > longest_ns) {
                longest_ns = duration.bits;
                longest = bp_lazy_fields_span(fields);
            }
        }
    }
    bp_lazy_fields_free(fields);
    bp_columns_free(names);
    return longest;
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
