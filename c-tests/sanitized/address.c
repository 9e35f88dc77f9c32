/* Lies about the length of its bytes: a library that is built with the address sanitizer ends the program where it
 * reads past them. */
#include "blockpack.h"

#include <stdlib.h>

int main(void) {
    bp_builder *builder = NULL;
    uint8_t *bytes = (uint8_t *)malloc(2);
    if (bytes == NULL || bp_builder_new(NULL, &builder, NULL) != BP_OK) {
        return EXIT_FAILURE;
    }
    bytes[0] = 0x0a; /* a resource's spans, */
    bytes[1] = 0x40; /* 64 bytes of them */
    bp_status status = bp_builder_add_otlp(builder, (bp_bytes){bytes, 66}, NULL);
    bp_builder_free(builder);
    free(bytes);
    return status == BP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
