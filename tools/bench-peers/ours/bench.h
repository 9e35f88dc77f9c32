/* What the programs that time the library have in common: a run prints lines of
 *
 *   KEY <tab> MEDIAN in nanoseconds, with decimals <tab> COUNT of what was found */
#ifndef BENCH_H
#define BENCH_H

#include <blockpack.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 15, WARM_UP = 3 };

/* Ends the program with the library's message if a call failed. */
static inline void check(bp_status status, bp_error *err) {
    if (status < BP_ERR_FIRST) {
        return;
    }
    bp_str message = bp_error_message(err);
    fprintf(stderr, "%s: %.*s\n", bp_status_name(status), (int)message.len, message.ptr);
    exit(1);
}

static inline uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static inline int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Asks several times and prints the median for each of `parts` parts. `ask` gives how much it found. */
static inline void bench_each(const char *key, uint64_t (*ask)(void *), void *ctx, size_t parts) {
    uint64_t times[RUNS], count = 0;
    for (int run = -WARM_UP; run < RUNS; run++) {
        uint64_t start = now_ns();
        count = ask(ctx);
        uint64_t end = now_ns();
        if (run >= 0) {
            times[run] = end - start;
        }
    }
    qsort(times, RUNS, sizeof *times, by_size);
    printf("%s\t%.1f\t%" PRIu64 "\n", key, (double)times[RUNS / 2] / (double)parts, count);
}

static inline void bench(const char *key, uint64_t (*ask)(void *), void *ctx) {
    bench_each(key, ask, ctx, 1);
}

/* All blocks of the file at `path`. */
static inline bp_blocks *open_blocks(const char *path) {
    bp_error *err = NULL;
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    check(bp_reader_open(bp_str_of(path), NULL, &reader, &err), err);
    check(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    bp_reader_free(reader);
    return blocks;
}

#endif
