#!/usr/bin/env bash
# Tests the Python package and its example with the C library as cargo builds it for tests: with its checks of handles on.
# pyarrow, DuckDB and Polars come from PyPI into build/python; where they cannot be had, it says so and exits with 77.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

target=${CARGO_TARGET_DIR:-$PWD/target}
python=$PWD/$BUILD_DIR/python/bin/python

say "what reads Arrow"
[ -x "$python" ] || python3 -m venv "$BUILD_DIR/python"
if ! "$python" -m pip install --quiet --disable-pip-version-check -r python/requirements-test.txt; then
    echo "the packages of python/requirements-test.txt cannot be installed here"
    exit 77
fi

say "the C library and the command"
cargo build --quiet --locked -p blockpack-capi
cargo build --quiet --locked -p blockpack-cli
export BLOCKPACK_LIBRARY=$target/debug/libblockpack.so
[ -e "$BLOCKPACK_LIBRARY" ] || BLOCKPACK_LIBRARY=$target/debug/libblockpack.dylib
export BLOCKPACK_COMMAND=$target/debug/blockpack
export PYTHONPATH=$PWD/python PYTHONWARNINGS=error::ResourceWarning PYTHONDONTWRITEBYTECODE=1

say "the package"
"$python" -m unittest discover --start-directory python/tests

say "the example"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BLOCKPACK_COMMAND" ingest tests/data/shop.pbd.zst -o "$work/shop.bpk"
output=$("$python" examples/python/analysis.py "$work/shop.bpk")
[[ $output == *'bytes held in the end: 0' ]] || die "the example leaves memory behind"
