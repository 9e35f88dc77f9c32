#!/usr/bin/env bash
# Opens files, scans, reads fields and closes, many times, in C and in Go; fails if memory grows or anything is
# left. A million cycles take a quarter of an hour on two cores.
#
#   tools/soak.sh [CYCLES] [c|go...]
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

cycles=${1:-1000000}
target=${CARGO_TARGET_DIR:-$PWD/target}

soak_c() {
    mkdir -p "$BUILD_DIR/soak"
    "${CC:-cc}" -std=c11 -O2 -Iinclude c-tests/soak.c -o "$BUILD_DIR/soak/soak" "$target/release/libblockpack.a" \
        -lgcc_s -lutil -lrt -lpthread -lm -ldl
    "$BUILD_DIR/soak/soak" "$cycles"
}

soak_go() {
    write_pc "$target/release/libblockpack.a"
    # -a: Go does not see that pkg-config now says another library.
    GOPROXY=off BLOCKPACK_SOAK_CYCLES=$cycles go test -C go -a -count=1 -v -timeout 0 -run 'TestMemoryStaysFlat|TestForgotten' .
}

cargo build --release --quiet --locked -p blockpack-capi
shift || true
[ $# -gt 0 ] || set -- c go
for language in "$@"; do
    declare -F "soak_$language" >/dev/null || die "no soak in '$language'; there are: c go"
    "soak_$language"
done
