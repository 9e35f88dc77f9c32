/* Counts allocations of the whole program, the library's too. With glibc only; elsewhere they count as 0. */
#ifndef BLOCKPACK_ALLOCATIONS_H
#define BLOCKPACK_ALLOCATIONS_H

#include <stdint.h>
#include <stdlib.h>

static uint64_t allocation_count = 0;

static inline uint64_t allocations(void) {
    return allocation_count;
}

#ifdef __GLIBC__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    allocation_count++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocation_count++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    allocation_count++;
    return __libc_realloc(memory, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    allocation_count++;
    *out = __libc_memalign(alignment, size);
    return *out == NULL ? 12 : 0; /* ENOMEM */
}
#endif

#endif
