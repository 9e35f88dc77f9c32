/* Two libraries in Rust in one program: each keeps its own standard library to itself. */
#include <blockpack.h>

#include <stdio.h>

extern int64_t second_remainders(uint32_t n, uint32_t divisor);

int main(void) {
    bp_error *err = NULL;
    bp_reader *reader = NULL;
    bp_status status = bp_reader_open(bp_str_of("there/is/no/such.bpk"), NULL, &reader, &err);
    bp_error_free(err);
    int64_t seven = second_remainders(100, 7), none = second_remainders(100, 0);
    printf("%s, %d, %d\n", bp_status_name(status), (int)seven, (int)none);
    return status == BP_ERR_IO && seven == 7 && none == -1 && bp_live_handles(BP_HANDLE_ANY) == 0 ? 0 : 1;
}
