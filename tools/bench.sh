#!/usr/bin/env bash
# Runs the project's own benchmarks.
#
#   tools/bench.sh                 all of them
#   tools/bench.sh rust c go       only these; c, go and graphs measure through the C library, ingest the command
#
# The C programs print what they measure; one alone: build/bench/fields [FILE].
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

target=${CARGO_TARGET_DIR:-$PWD/target}
libs=(-lgcc_s -lutil -lrt -lpthread -lm -ldl)

release_library() { cargo build --release --quiet --locked -p blockpack-capi; }

bench_rust() { cargo bench --bench '*'; }

bench_c() {
    release_library
    mkdir -p "$BUILD_DIR/bench"
    local source program
    for source in benches/c/*.c; do
        program=$BUILD_DIR/bench/$(basename "$source" .c)
        "${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Iinclude "$source" -o "$program" "$target/release/libblockpack.a" "${libs[@]}"
        say "$source"
        "$program"
    done
}

bench_go() {
    release_library
    write_pc "$target/release/libblockpack.a"
    GOPROXY=off go test -C go -run '^$' -bench . ./...
}

bench_graphs() { tools/bench-graph.sh; }

# From OTLP to a published file: time, size and memory, by profile and threads.
bench_ingest() {
    cargo build --release --quiet --locked -p blockpack-cli
    mkdir -p "$BUILD_DIR/bench"
    local spans=$BUILD_DIR/bench/spans.pbd
    [ -e "$spans" ] || "$target/release/blockpack" generate --spans 1000000 --seed 7 -o "$spans"
    python3 tools/bench-ingest.py "$target/release/blockpack" "$spans"
}

[ $# -gt 0 ] || set -- rust c go graphs ingest
for language in "$@"; do
    declare -F "bench_$language" >/dev/null || die "no benchmarks for '$language'; there are: rust c go graphs ingest"
    "bench_$language"
done
