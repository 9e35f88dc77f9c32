/* A test is a function; main() runs them with RUN and ends with FINISH. */
#ifndef BLOCKPACK_CHECK_H
#define BLOCKPACK_CHECK_H

#include "blockpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int check_failures = 0;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);              \
            check_failures++;                                                                      \
        }                                                                                          \
    } while (0)

/* Like CHECK, but the rest of the test makes no sense without it. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: required: %s\n", __FILE__, __LINE__, #condition);              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define CHECK_STATUS(expression, expected)                                                         \
    do {                                                                                           \
        bp_status check_status = (expression);                                                     \
        if (check_status != (expected)) {                                                          \
            fprintf(stderr, "%s:%d: %s is %s, not %s\n", __FILE__, __LINE__, #expression,          \
                    bp_status_name(check_status), bp_status_name(expected));                       \
            check_failures++;                                                                      \
        }                                                                                          \
    } while (0)

/* A call that must succeed; `error` is a bp_error * that it fills. */
#define REQUIRE_OK(expression, error)                                                              \
    do {                                                                                           \
        bp_status check_status = (expression);                                                     \
        if (check_status != BP_OK) {                                                               \
            bp_str check_text = bp_error_message(error);                                           \
            fprintf(stderr, "%s:%d: %s is %s: %.*s\n", __FILE__, __LINE__, #expression,            \
                    bp_status_name(check_status), BP_CAST(int, check_text.len), check_text.ptr);   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define CHECK_STR(view, text)                                                                      \
    do {                                                                                           \
        bp_str check_view = (view);                                                                \
        if (check_view.len != strlen(text) || memcmp(check_view.ptr, text, strlen(text)) != 0) {   \
            fprintf(stderr, "%s:%d: %s is \"%.*s\", not \"%s\"\n", __FILE__, __LINE__, #view,      \
                    BP_CAST(int, check_view.len), check_view.ptr, text);                           \
            check_failures++;                                                                      \
        }                                                                                          \
    } while (0)

/* Runs one test; it must free what it makes. */
#define RUN(test)                                                                                  \
    do {                                                                                           \
        printf("%s\n", #test);                                                                     \
        fflush(stdout);                                                                            \
        test();                                                                                    \
        CHECK(bp_live_handles(BP_HANDLE_ANY) == 0);                                                \
        CHECK(bp_bytes_held() == 0);                                                               \
    } while (0)

/* A path that no other run uses, in the system's folder for temporary files. */
static inline void scratch_path(char *out, size_t cap, const char *name) {
    static int number = 0;
    const char *folder = getenv("TMPDIR");
    /* Programs run at the same time, and processes get numbers of others that ended. */
    unsigned long long now = BP_CAST(unsigned long long, time(NULL));
    long process = BP_CAST(long, getpid());
    snprintf(out, cap, "%s/blockpack-%llx-%lx-%d-%s", folder ? folder : "/tmp", now, process, number++, name);
}

static inline bool file_exists(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

/* Resident memory in bytes; 0 where that cannot be told, or says nothing. The kernel's short figures
 * (statm) leave out what each processor has not added up yet: this one is counted when it is read. */
static inline double resident(void) {
    double kilobytes = 0;
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "Rss:", 4) == 0) {
            kilobytes = strtod(line + 4, NULL);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
#endif
    return kilobytes * 1024;
}

#define FINISH() return check_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE

#endif
