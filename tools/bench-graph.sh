#!/usr/bin/env bash
# Measures trace graphs through the C library, on generated spans in mapped files: of traces that lie in one
# block each, and of the same spans dealt out to two files so that every trace of more than one lies in both.
#
#   tools/bench-graph.sh [SPANS]
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

spans=${1:-1000000}
target=${CARGO_TARGET_DIR:-$PWD/target}
folder=$BUILD_DIR/bench
mkdir -p "$folder"

say "building"
cargo build --quiet --release --locked -p blockpack-capi -p blockpack-cli
cc -std=c11 -O2 -Wall -Wextra -Werror -Iinclude -o "$folder/graph" benches/graph.c \
    "$target/release/libblockpack.a" -lgcc_s -lutil -lrt -lpthread -lm -ldl

# make_file NAME [OPTION...]: a block file of generated spans, unless it is there.
make_file() {
    local file=$folder/$1-$spans
    shift
    [ -e "$file.bpk" ] && return
    "$target/release/blockpack" generate -n "$spans" "$@" -o "$file.pbd" 2>/dev/null
    "$target/release/blockpack" ingest "$file.pbd" -o "$file.bpk"
    rm "$file.pbd"
}
make_file whole
make_file first --part 1/2
make_file second --part 2/2

say "traces in one block each (load of the machine: $(cut -d ' ' -f 1 /proc/loadavg))"
"$folder/graph" "$folder/whole-$spans.bpk"
say "the same traces, all split over two files (load of the machine: $(cut -d ' ' -f 1 /proc/loadavg))"
"$folder/graph" "$folder/first-$spans.bpk" "$folder/second-$spans.bpk"
