/* Uses the installed library: its version must be that of the installed header. */
#include <blockpack.h>

#include <stdio.h>

int main(void) {
    printf("libblockpack %s, header %s\n", bp_version(), BP_VERSION_STRING);
    return bp_version_number() == BP_VERSION_NUMBER && bp_abi_version() == BP_ABI_VERSION ? 0 : 1;
}
