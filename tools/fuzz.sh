#!/usr/bin/env bash
# Runs the coverage-guided fuzzers in fuzz/: tools/fuzz.sh [SECONDS] [TARGET...]
#
# Each target for SECONDS (60), one after another, from the seeds in fuzz/seeds/TARGET and what is made of test data;
# what it learns stays in build/fuzz. Inputs that crash are kept in fuzz/seeds/TARGET, so that they are tried for
# ever after: commit them with what mends them. Works with stable Rust: no sanitizer is needed, as nearly all
# of what is run is safe code.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- query otlp block file
target=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
triple=$(rustc -vV | sed -n 's/^host: //p')

say "building the fuzzers"
coverage='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1'
RUSTFLAGS=${coverage//$'\n'/ } cargo build --quiet --release --manifest-path fuzz/Cargo.toml --target-dir "$target" --target "$triple"

# seeds TARGET FOLDER: writes what test data has for the target.
seeds() {
    case $1 in
    query) python3 - "$2" <<'END' ;;
import json, pathlib, sys
for name in ("eval", "parse"):
    for number, line in enumerate(open(f"tests/traceql/{name}.jsonl")):
        (pathlib.Path(sys.argv[1]) / f"{name}-{number}").write_text(json.loads(line)["query"])
END
    otlp) cp tests/data/shop-small.jsonl tests/traceql/traces.json "$2" ;;
    block) tail -c +65 tests/golden/example/1.bpk | head -c 3968 >"$2/example" ;;
    file) cp tests/golden/example/1.bpk "$2" ;;
    esac
}

failed=
for name in "$@"; do
    corpus=$BUILD_DIR/fuzz/$name
    kept=fuzz/seeds/$name
    mkdir -p "$corpus" "$kept"
    seeds "$name" "$corpus"
    say "fuzzing $name for $seconds s"
    "$target/$triple/release/$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=16384 \
        -artifact_prefix="$kept/" -print_final_stats=1 "$corpus" "$kept" 2>"$BUILD_DIR/fuzz/$name.log" || failed+=" $name"
    grep -E 'SUMMARY|panicked|stat::number_of_executed_units|DONE' "$BUILD_DIR/fuzz/$name.log" || true
done
[ -z "$failed" ] || die "these found something, see $BUILD_DIR/fuzz/*.log and fuzz/seeds:$failed"
