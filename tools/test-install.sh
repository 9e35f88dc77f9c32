#!/usr/bin/env bash
# Installs what build/cmake holds, moves the installed tree elsewhere, and uses it from there as its users
# do: with find_package, pkg-config and Go, shared and static; and builds and runs the examples. Needs
# `cmake --build build/cmake` first.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

target=${CARGO_TARGET_DIR:-$PWD/target}
work=$PWD/$BUILD_DIR/test-install
prefix=$work/moved
rm -rf "$work"

# clean COMMAND...: runs it with no more of the environment than programs are found with.
clean() { env -i HOME="$HOME" PATH="$PATH" "$@"; }

say "install"
cargo build --quiet --locked -p blockpack-cli
install -D "$target/debug/blockpack" "$BUILD_DIR/cmake/bin/blockpack"
BUILT=$BUILD_DIR/cmake PREFIX=/first DESTDIR=$work tools/install.sh >/dev/null
mv "$work/first" "$prefix"
libdir=$(dirname "$(find "$prefix" -name libblockpack.a)")

say "what is installed is what docs/packaging.md says"
lib=${libdir#"$prefix/"}
documented() { awk '/^```installed$/ { on = 1; next } /^```$/ { on = 0 } on' docs/packaging.md | sed "s|^lib/|$lib/|"; }
installed() { find "$prefix" \( -type f -printf '%P\n' \) -o \( -type l -printf '%P -> %l\n' \); }
diff <(documented | sort) <(installed | sort) || die "docs/packaging.md lists other files (<) than are installed (>)"

say "the licences of what is linked in are there"
linked() {
    cargo tree --locked -p blockpack-capi -p blockpack-cli -e normal,no-proc-macro --prefix none --no-dedupe -f '{p}' |
        awk '/^[a-z]/ && !/^blockpack/ { print $1, substr($2, 2) }' | sort -u
}
texts=$(find "$prefix" -name THIRD-PARTY-LICENSES.txt)
diff <(linked) <(sed -n 's/^======== \([^:]*\):.*/\1/p' "$texts" | sort -u) || die "licences of other crates (>) than are linked (<)"

say "only bp_ symbols leave the libraries"
defined() { readelf --wide "$@" | awk '$5 == "GLOBAL" && $7 != "UND" { print $8 }' | sort -u; }
for symbols in "$(defined --syms "$libdir/libblockpack.a")" "$(defined --dyn-syms "$libdir/libblockpack.so")"; do
    if [ -z "$symbols" ] || grep -v '^bp_' <<<"$symbols"; then die "these symbols should not be global"; fi
done

say "find_package"
clean cmake -S c-tests/consumer -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
clean cmake --build "$work/cmake" >/dev/null
env -i "$work/cmake/consumer_shared"
env -i "$work/cmake/consumer_static"

say "add_subdirectory"
cmake -S c-tests/consumer -B "$work/subdirectory" -DBLOCKPACK_SOURCE="$PWD" -DBLOCKPACK_CARGO_TARGET_DIR="$target" >/dev/null
cmake --build "$work/subdirectory" >/dev/null
env -i "$work/subdirectory/consumer_shared"
env -i "$work/subdirectory/consumer_static"

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

say "two Rust libraries in one program"
rustc --edition 2024 --crate-type staticlib -o "$work/libsecond.a" c-tests/consumer/second.rs
# shellcheck disable=SC2046
cc -o "$work/bin/two" c-tests/consumer/two.c "$work/libsecond.a" $(pkg-config --cflags --libs blockpack-static)
env -i "$work/bin/two" 2>/dev/null

say "examples"
"$prefix/bin/blockpack" ingest tests/data/shop.pbd.zst -o "$work/shop.bpk"
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

export GOPROXY=off
say "a Go module elsewhere"
mkdir "$work/elsewhere"
cp -r go "$work/elsewhere/blockpack"
install -D c-tests/consumer/consumer.go "$work/elsewhere/consumer/main.go"
cat >"$work/elsewhere/consumer/go.mod" <<'END'
module example.org/consumer

go 1.24

require github.com/libblockpack/libblockpack/go v0.1.0

replace github.com/libblockpack/libblockpack/go => ../blockpack
END
for tags in '' blockpack_static; do
    clean PKG_CONFIG_PATH="$PKG_CONFIG_PATH" GOPROXY=off GOTOOLCHAIN=local \
        go build -C "$work/elsewhere/consumer" -tags "$tags" -o "$work/bin/consumer_go" .
    env -i LD_LIBRARY_PATH="${tags:-$libdir}" "$work/bin/consumer_go"
done

say "Go, linked in each of the three ways"
LD_LIBRARY_PATH=$libdir go test -C go -count=1 ./...
go test -C go -count=1 -tags blockpack_static -run Example ./...
env -u PKG_CONFIG_PATH CGO_LDFLAGS="-L$target/release" go test -C go -count=1 -tags blockpack_source_tree -run Example ./...

say "Go examples"
go build -C examples/go -tags blockpack_static -o "$work/examples" ./...
for program in summary tour; do
    env -i "$work/examples/$program" "$work/shop.bpk" >"$work/$program.txt"
done
start_service "$work/examples/search" "$work" "$work/search.txt"
stop_service "$work/search.txt"

say "tours"
diff <("$work/examples/c_tour" "$work/shop.bpk") <("$work/examples/cpp_tour" "$work/shop.bpk") || die "the tours in C and C++ differ"
diff <("$work/examples/c_tour" "$work/shop.bpk") "$work/tour.txt" || die "the tours in C and Go differ"
