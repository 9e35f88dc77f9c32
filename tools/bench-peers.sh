#!/usr/bin/env bash
# Compares the library with other engines on the same spans, in one run: tools/bench-peers.sh [SPANS]
#
# Generates a million spans (or SPANS), gives them to each engine in the form it likes best, and asks all the
# same questions, one thread each; the library through the C ABI, on a mapped file. Needs Python and PyPI.
# A million spans become docs/benchmarks.md and docs/benchmarks.svg; other numbers are only printed.
#
# A new line of the table: a question in a file of tools/bench-peers/lines/, and the same key in one of
# tools/bench-peers/ours/ (any *.c there is built and run).
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

spans=${1:-1000000}
folder=$BUILD_DIR/bench-peers
data=$folder/$spans
target=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p "$data"

say "building the library and the blockpack command"
cargo build --quiet --release --locked -p blockpack-capi -p blockpack-cli
for source in tools/bench-peers/ours/*.c; do
    cc -std=gnu11 -O3 -march=native -Wall -Wextra -Werror -I include -I tools/bench-peers/ours -o "$folder/$(basename "$source" .c)" "$source" \
        "$target/release/libblockpack.a" -lgcc_s -lutil -lrt -lpthread -lm -ldl
done

say "installing the other engines in $folder/venv"
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tools/bench-peers/requirements.txt

if [ ! -e "$data/spans.parquet" ]; then
    say "generating $spans spans"
    "$target/release/blockpack" generate -n "$spans" -o "$data/spans.pbd"
    say "making columns of them for the other engines"
    "$folder/venv/bin/python" tools/bench-peers/columns.py "$data/spans.pbd" "$data/spans.parquet"
fi
"$target/release/blockpack" ingest --force "$data/spans.pbd" -o "$data/spans.bpk"

say "asking"
"$folder/venv/bin/python" tools/bench-peers/run.py "$folder" "$data" "$spans"
