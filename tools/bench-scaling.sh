#!/usr/bin/env bash
# Measures how the cost of scans, queries, graphs and ingest grows with spans, threads and files, and prints the
# tables of docs/performance.md. Takes 5 GB below build/ and some minutes; block files of 0.7 GB stay there.
#
#   tools/bench-scaling.sh [SPANS...]     100,000, one million and ten million, if none are named
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

[ $# -gt 0 ] || set -- 100000 1000000 10000000
target=${CARGO_TARGET_DIR:-$PWD/target}
folder=$BUILD_DIR/bench/scaling
mkdir -p "$folder"

say "building"
cargo build --quiet --release --locked -p blockpack-capi -p blockpack-cli
cc -std=c11 -O3 -march=native -Wall -Wextra -Werror -Iinclude -o "$folder/scaling" benches/scaling.c \
    "$target/release/libblockpack.a" -lgcc_s -lutil -lrt -lpthread -lm -ldl

say "measuring (load of the machine: $(cut -d ' ' -f 1 /proc/loadavg))"
python3 tools/bench-scaling.py "$target/release/blockpack" "$folder" "$@"
