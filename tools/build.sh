#!/usr/bin/env bash
# Builds what is installed, optimised: the C library in build/release and the blockpack command.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

target=${CARGO_TARGET_DIR:-$PWD/target}
say "building the library in $BUILD_DIR/release"
cmake -S . -B "$BUILD_DIR/release" -DBLOCKPACK_BUILD_TESTS=OFF -DBLOCKPACK_CARGO_TARGET_DIR="$target" >/dev/null
cmake --build "$BUILD_DIR/release"
say "building the blockpack command"
cargo build --release --locked -p blockpack-cli
install -D "$target/release/blockpack" "$BUILD_DIR/release/bin/blockpack"
# Line tables, most of them of Rust's own library, are most of it.
strip -S "$BUILD_DIR/release/bin/blockpack"
