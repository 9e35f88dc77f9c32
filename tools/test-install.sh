#!/usr/bin/env bash
# Installs what build/cmake holds, moves the installed tree elsewhere, and uses it from there as its users
# do: with find_package and with pkg-config, shared and static; and builds and runs the examples. Needs
# `cmake --build build/cmake` first.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

work=$PWD/$BUILD_DIR/test-install
prefix=$work/moved
rm -rf "$work"
cmake --install "$BUILD_DIR/cmake" --prefix "$work/first" >/dev/null
mv "$work/first" "$prefix"
libdir=$(dirname "$(find "$prefix" -name libblockpack.a)")

say "find_package"
cmake -S c-tests/consumer -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$work/cmake" >/dev/null
env -i "$work/cmake/consumer_shared"
env -i "$work/cmake/consumer_static"

say "pkg-config"
export PKG_CONFIG_PATH=$libdir/pkgconfig
mkdir "$work/bin"
for package in blockpack blockpack-static; do
    # shellcheck disable=SC2046 # the flags are words
    cc -o "$work/bin/$package" c-tests/consumer/consumer.c $(pkg-config --cflags --libs "$package")
done
env -i LD_LIBRARY_PATH="$libdir" "$work/bin/blockpack"
env -i "$work/bin/blockpack-static"

say "what the static program needs at run time"
if ldd "$work/bin/blockpack-static" | grep libblockpack; then die "the static program uses the shared library"; fi

say "examples"
cargo run --quiet --locked -p blockpack-cli -- ingest tests/data/shop.pbd.zst -o "$work/shop.bpk"
cmake -S examples -B "$work/examples" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$work/examples" >/dev/null
for program in "$work"/examples/c_* "$work"/examples/cpp_*; do
    output=$(env -i "$program" "$(example_input "$program" "$work/shop.bpk")")
    [[ $output == *'bytes held in the end: 0' ]] || die "$program leaves memory behind"
done
if ! find_go >/dev/null; then
    say "Go is left out: there is no Go >= $GO_MIN here"
    exit
fi
say "Go"
LD_LIBRARY_PATH=$libdir go test -C go -count=1 ./...
go test -C go -count=1 -tags blockpack_static ./...
for folder in examples/go/*/; do
    program=$work/examples/go_$(basename "$folder")
    go build -C examples/go -tags blockpack_static -o "$program" "./$(basename "$folder")"
    env -i "$program" "$work/shop.bpk" >/dev/null
done

say "tours"
for language in cpp go; do
    diff <("$work/examples/c_tour" "$work/shop.bpk") <("$work/examples/${language}_tour" "$work/shop.bpk") ||
        die "the tours in C and $language differ"
done
