/* What memory the library holds, and what it gives back. */
#include "sample.h"

#include <pthread.h>

static bp_memory_stats memory(void) {
    bp_memory_stats stats = BP_MEMORY_STATS_INIT;
    bp_error *err = NULL;
    REQUIRE_OK(bp_memory(&stats, &err), err);
    return stats;
}

static bp_blocks_memory_stats memory_of(const bp_blocks *blocks) {
    bp_blocks_memory_stats stats = BP_BLOCKS_MEMORY_STATS_INIT;
    bp_error *err = NULL;
    REQUIRE_OK(bp_blocks_memory(blocks, &stats, &err), err);
    return stats;
}

static void blocks_are_counted_and_their_peak(void) {
    bp_memory_reset_peak();
    CHECK(memory().heap_bytes == 0 && memory().peak_heap_bytes == 0);
    bp_blocks *blocks = sample_blocks(50, 4, 0);
    bp_blocks_memory_stats of_blocks = memory_of(blocks);
    CHECK(of_blocks.heap_bytes > 0 && of_blocks.mapped_bytes == 0 && of_blocks.pooled_bytes == 0);
    CHECK(of_blocks.heap_bytes == bp_blocks_bytes_held(blocks));
    CHECK(memory().heap_bytes == bp_bytes_held() && memory().heap_bytes >= of_blocks.heap_bytes);
    uint64_t peak = memory().peak_heap_bytes;
    CHECK(peak >= memory().heap_bytes);
    bp_blocks_release(blocks);
    CHECK(memory().heap_bytes == 0 && memory().peak_heap_bytes == peak);
    CHECK_STATUS(bp_blocks_memory(blocks, &of_blocks, NULL), BP_ERR_RELEASED);
    bp_memory_reset_peak();
    CHECK(memory().peak_heap_bytes == 0);
    bp_blocks_free(blocks);
}

static void buffers_of_scans_are_counted_and_given_back(void) {
    bp_blocks *blocks = shop_blocks(0);
    bp_span_set *set = NULL;
    bp_value millisecond;
    bp_error *err = NULL;
    memset(&millisecond, 0, sizeof millisecond);
    millisecond.kind = BP_KIND_DURATION_NS;
    millisecond.bits = 1000000;
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of("span:duration"), BP_OP_GREATER, &millisecond, 1, &set, &err), err);
        bp_span_set_free(set);
        CHECK(memory_of(blocks).pooled_bytes > 0);
        REQUIRE_OK(bp_blocks_trim(blocks, &err), err);
        CHECK(memory_of(blocks).pooled_bytes == 0);
    }
    bp_blocks_release(blocks);
    CHECK_STATUS(bp_blocks_trim(blocks, NULL), BP_OK);
    bp_blocks_free(blocks);
}

static void buffers_of_scans_are_taken_again(void) {
    bp_blocks *blocks = shop_blocks(0);
    bp_error *err = NULL;
    uint64_t grown = 0;
    for (int i = 0; i < 10; i++) {
        bp_span_set *set = NULL;
        REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of("span:duration"), BP_OP_IS_NOT_NULL, NULL, 0, &set, &err), err);
        bp_span_set_free(set);
        bp_value millisecond = {1000000, NULL, BP_KIND_DURATION_NS, 0};
        REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of("span:duration"), BP_OP_LESS, &millisecond, 1, &set, &err), err);
        bp_span_set_free(set);
        if (i == 0) {
            grown = memory_of(blocks).pool_grown;
            CHECK(grown > 0);
        }
    }
    CHECK(memory_of(blocks).pool_grown == grown && memory_of(blocks).pool_taken >= 10);
    bp_blocks_free(blocks);
}

static void memory_of_graphs_is_counted_and_given_back(void) {
    bp_blocks *blocks = shop_blocks(0);
    bp_error *err = NULL;
    for (int i = 0; i < 3; i++) {
        bp_trace_graphs *graphs = NULL;
        REQUIRE_OK(bp_trace_graphs_build(blocks, NULL, &graphs, &err), err);
        CHECK(memory_of(blocks).pooled_bytes == 0);
        CHECK(memory_of(blocks).pool_taken == (uint64_t)i + 1 && memory_of(blocks).pool_grown == (uint64_t)i + 1);
        if (i == 1) {
            bp_trace_graphs_release(graphs);
        } else {
            bp_trace_graphs_free(graphs);
            graphs = NULL;
        }
        CHECK(memory_of(blocks).pooled_bytes > 0);
        REQUIRE_OK(bp_blocks_trim(blocks, &err), err);
        CHECK(memory_of(blocks).pooled_bytes == 0);
        bp_trace_graphs_free(graphs);
    }
    bp_blocks_free(blocks);
}

static void make_and_free(const bp_blocks *blocks, size_t count) {
    bp_lazy_fields **fields = BP_CAST(bp_lazy_fields **, malloc(count * sizeof *fields));
    REQUIRE(fields != NULL);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(bp_lazy_fields_new(blocks, 0, 0, &fields[i], NULL) == BP_OK);
    }
    for (size_t i = 0; i < count; i++) {
        bp_lazy_fields_free(fields[i]);
    }
    free(fields);
}

static void *make_and_free_elsewhere(void *blocks) {
    make_and_free((const bp_blocks *)blocks, 300);
    return NULL;
}

static void handles_use_the_memory_of_freed_ones(void) {
    enum { MANY = 5000 };
    bp_blocks *blocks = sample_blocks(1, 1, 0);
    make_and_free(blocks, MANY);
    make_and_free(blocks, MANY); /* checked builds keep some aside */
    bp_memory_stats before = memory();
    make_and_free(blocks, MANY);
    make_and_free(blocks, 1);
    bp_memory_stats after = memory();
    CHECK(after.handles_made == before.handles_made + MANY + 1 && after.handles == before.handles);
    CHECK(after.handles_grown == before.handles_grown);
    CHECK(after.handle_bytes == before.handle_bytes && after.handle_bytes > 0);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, make_and_free_elsewhere, blocks) == 0);
        REQUIRE(pthread_join(thread, NULL) == 0);
    }
    CHECK(memory().handles == before.handles);
    bp_memory_trim();
    CHECK(memory().handle_bytes < before.handle_bytes);
    make_and_free(blocks, 10);
    bp_blocks_free(blocks);
    bp_memory_trim();
#ifndef BLOCKPACK_CHECKED
    CHECK(memory().handle_bytes == 0);
#endif
}

static void memory_for_joining_traces_is_kept_until_it_is_trimmed(void) {
    bp_blocks *lists[2] = {sample_blocks(100, 4, 0), sample_blocks(100, 4, 0)};
    bp_blocks *both = NULL;
    bp_trace_graphs *graphs = NULL;
    bp_error *err = NULL;
    bp_memory_trim();
    CHECK(memory().pooled_bytes == 0);
    bp_memory_stats before = memory();
    REQUIRE_OK(bp_blocks_join((const bp_blocks *const *)lists, 2, &both, &err), err);
    REQUIRE_OK(bp_trace_graphs_build(both, NULL, &graphs, &err), err);
    CHECK(bp_trace_graphs_len(graphs) == 100);
    uint64_t pooled = memory().pooled_bytes;
    CHECK(pooled > 0 && pooled < 1 << 20);
    CHECK(memory().pool_taken == before.pool_taken + 1 && memory().pool_grown == before.pool_grown + 1);
    bp_trace_graphs_free(graphs);
    bp_blocks_free(both);
    REQUIRE_OK(bp_blocks_join((const bp_blocks *const *)lists, 2, &both, &err), err);
    REQUIRE_OK(bp_trace_graphs_build(both, NULL, &graphs, &err), err);
    CHECK(memory().pool_taken == before.pool_taken + 2 && memory().pool_grown == before.pool_grown + 1);
    bp_trace_graphs_free(graphs);
    bp_blocks_free(both);
    bp_blocks_free(lists[0]);
    bp_blocks_free(lists[1]);
    CHECK(memory().pooled_bytes == pooled);
    bp_memory_trim();
    CHECK(memory().pooled_bytes == 0);
}

/* Maps a file, touches all of it, and tells how much memory goes when its blocks do. */
static double given_back(const char *path, uint32_t discard_unheld) {
    bp_open_options options = BP_OPEN_OPTIONS_INIT;
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_error *err = NULL;
    options.verify = BP_VERIFY_FULL;
    options.discard_unheld = discard_unheld;
    REQUIRE_OK(bp_reader_open(bp_str_of(path), &options, &reader, &err), err);
    REQUIRE_OK(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    bp_file_info info = BP_FILE_INFO_INIT;
    REQUIRE_OK(bp_reader_info(reader, &info, &err), err);
    CHECK(memory().mapped_bytes == info.bytes && memory().heap_bytes == 0);
    CHECK(memory_of(blocks).mapped_bytes > info.bytes / 2 && memory_of(blocks).mapped_bytes <= info.bytes);
    CHECK(memory_of(blocks).heap_bytes == 0);
    bp_bytes bytes;
    uint64_t sum = 0;
    for (size_t i = 0; i < bp_blocks_len(blocks); i++) {
        REQUIRE_OK(bp_blocks_bytes(blocks, i, &bytes, &err), err);
        for (size_t at = 0; at < bytes.len; at += 512) {
            sum += bytes.ptr[at];
        }
    }
    CHECK(sum > 0);
    double before = resident();
    bp_blocks_release(blocks);
    double gone = before - resident();
    bp_blocks_free(blocks);
    /* What was given back comes again. */
    REQUIRE_OK(bp_reader_verify(reader, &err), err);
    bp_reader_free(reader);
    CHECK(memory().mapped_bytes == 0);
    return gone;
}

/* Writes the recording of the shop to a file. */
static void write_shop(char *path, size_t cap) {
    bp_writer *writer = NULL;
    bp_error *err = NULL;
    scratch_path(path, cap, "memory.bpk");
    REQUIRE_OK(bp_writer_open(bp_str_of(path), NULL, &writer, &err), err);
    REQUIRE_OK(bp_writer_add_file(writer, bp_str_of(SHOP_PATH), &err), err);
    REQUIRE_OK(bp_writer_finish(writer, NULL, &err), err);
    bp_writer_free(writer);
}

static void pages_of_unheld_blocks_go_when_asked(void) {
    char path[512];
    write_shop(path, sizeof path);
    double kept = given_back(path, 0), gone = given_back(path, 1);
    if (resident() > 0) {
        CHECK(kept < 100000 && gone > 300000);
    }
    remove(path);
}

static void what_mapped_blocks_work_out_is_counted_and_goes(void) {
    char path[512];
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_lazy_fields *fields[2] = {NULL, NULL};
    bp_error *err = NULL;
    write_shop(path, sizeof path);
    REQUIRE_OK(bp_reader_open(bp_str_of(path), NULL, &reader, &err), err);
    REQUIRE_OK(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    uint64_t held = 0;
    static const char *const names[] = {"span:name", "event:name", "link:trace_id", "span.order.id"};
    for (size_t name = 0; name < 4; name++) {
        uint64_t before = held;
        for (int i = 0; i < 2; i++) {
            bp_value value;
            bp_lazy_fields_free(fields[i]);
            REQUIRE_OK(bp_lazy_fields_new(blocks, 0, 7, &fields[i], &err), err);
            CHECK(bp_lazy_fields_get(fields[i], bp_str_of(names[name]), &value, NULL) <= BP_ABSENT);
            held = memory_of(blocks).heap_bytes;
            CHECK(name == 0 ? held == 0 : held > before);
            /* The process counts what alignment takes, too: up to 63 bytes of each buffer. */
            CHECK(memory().heap_bytes >= held && memory().heap_bytes <= held + 1024);
        }
    }
    CHECK(memory().mapped_bytes > 0);
    bp_blocks_free(blocks);
    bp_lazy_fields_release(fields[0]);
    CHECK(memory().heap_bytes >= held);
    bp_lazy_fields_release(fields[1]);
    CHECK(memory().heap_bytes == 0);
    bp_lazy_fields_free(fields[0]);
    bp_lazy_fields_free(fields[1]);
    bp_reader_free(reader);
    CHECK(memory().mapped_bytes == 0);
    remove(path);
}

int main(void) {
    RUN(blocks_are_counted_and_their_peak);
    RUN(buffers_of_scans_are_counted_and_given_back);
    RUN(buffers_of_scans_are_taken_again);
    RUN(memory_of_graphs_is_counted_and_given_back);
    RUN(handles_use_the_memory_of_freed_ones);
    RUN(memory_for_joining_traces_is_kept_until_it_is_trimmed);
    RUN(pages_of_unheld_blocks_go_when_asked);
    RUN(what_mapped_blocks_work_out_is_counted_and_goes);
    FINISH();
}
