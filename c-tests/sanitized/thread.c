/* Changes bytes while a thread reads them: a library that is built with the thread sanitizer is seen to read. */
#include "blockpack.h"

#include <pthread.h>
#include <stdlib.h>

static uint8_t bytes[2] = {0x0a, 0x00};

static void *read_bytes(void *ctx) {
    bp_builder *builder = (bp_builder *)ctx;
    bp_status status = bp_builder_add_otlp(builder, (bp_bytes){bytes, sizeof bytes}, NULL);
    (void)status;
    return NULL;
}

int main(void) {
    bp_builder *builder = NULL;
    pthread_t thread;
    if (bp_builder_new(NULL, &builder, NULL) != BP_OK || pthread_create(&thread, NULL, read_bytes, builder) != 0) {
        return EXIT_FAILURE;
    }
    bytes[1] = 0x01;
    pthread_join(thread, NULL);
    bp_builder_free(builder);
    return EXIT_SUCCESS;
}
