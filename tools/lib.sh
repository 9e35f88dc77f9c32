# shellcheck shell=bash
# Shared by the scripts in tools/: minimum versions, where tools are found, how progress is told.
# Sourced, never run.

RUST_MIN=1.89
GO_MIN=1.24
CMAKE_MIN=3.22

# Everything a script installs or builds outside cargo's target folder goes here; `make clean` removes it.
BUILD_DIR=build
# A Go toolchain that tools/bootstrap.sh installed for this project alone.
LOCAL_PYTHON=$BUILD_DIR/tools/python

say() { printf '==> %s\n' "$*"; }
die() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# at_least MIN VERSION: whether VERSION is MIN or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# first_version: the first thing in standard input that looks like a version.
first_version() { grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1; }

rust_is_good() {
    local version
    version=$(cargo --version 2>/dev/null | first_version)
    [ -n "$version" ] && at_least "$RUST_MIN" "$version" &&
        cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1
}

cmake_is_good() {
    local version
    version=$(cmake --version 2>/dev/null | first_version)
    [ -n "$version" ] && at_least "$CMAKE_MIN" "$version"
}

# go_is_good GO: whether the program GO runs and is new enough (without fetching another Go by itself).
go_is_good() {
    local version
    version=$(GOTOOLCHAIN=local "$1" version 2>/dev/null | first_version)
    [ -n "$version" ] && at_least "$GO_MIN" "$version"
}

# find_go: prints the path of the first Go that is new enough: on PATH, where go.dev's archive goes, where
# Debian and Ubuntu put theirs, or the project's own.
find_go() {
    local go
    for go in "$(command -v go)" /usr/local/go/bin/go /usr/lib/go-*/bin/go \
        "$PWD/$LOCAL_PYTHON"/lib/python3*/site-packages/go/bin/go; do
        if [ -x "$go" ] && go_is_good "$go"; then
            printf '%s\n' "$go"
            return 0
        fi
    done
    return 1
}

# use_tools: puts the tools found onto PATH, for the rest of the calling script.
use_tools() {
    local go
    if [ -d "$HOME/.cargo/bin" ]; then PATH=$HOME/.cargo/bin:$PATH; fi
    if ! rust_is_good && rustup which cargo --toolchain stable >/dev/null 2>&1; then
        export RUSTUP_TOOLCHAIN=stable
    fi
    if go=$(find_go); then
        PATH=$(dirname "$go"):$PATH
        # The Go found is the Go used.
        export GOTOOLCHAIN=local
    fi
    export PATH
}

# example_input PROGRAM FILE: what an example is run on: FILE, the recorded traces as a block file, or these traces
# as they were recorded.
example_input() {
    case $1 in
    *storage_engine) echo tests/data/shop.pbd.zst ;;
    *) echo "$2" ;;
    esac
}

# start_service PROGRAM FOLDER LOG: runs the search service over FOLDER in the background, on a free port; sets
# `service` to its process and `address` to its URL.
start_service() {
    "$1" -listen 127.0.0.1:0 "$2" >"$3" 2>&1 &
    service=$!
    # shellcheck disable=SC2034 # for the calling script
    until address=$(grep -om 1 'http://[0-9.:]*' "$3"); do
        kill -0 "$service" 2>/dev/null || die "the search service ended: $(cat "$3")"
        sleep 0.1
    done
}

# stop_service LOG: asks the service to end, which must leave nothing behind.
stop_service() {
    kill -TERM "$service"
    wait "$service" || die "the search service failed: $(cat "$1")"
    grep -qx 'bytes held in the end: 0' "$1" || die "the search service leaves memory behind"
}

# write_pc LIBRARY [FOLDER]: lets pkg-config find this static library as `blockpack`, for the rest of the calling
# script; through a file in FOLDER (build/pkgconfig).
write_pc() {
    export PKG_CONFIG_PATH=$PWD/${2:-$BUILD_DIR/pkgconfig}
    mkdir -p "$PKG_CONFIG_PATH"
    cat >"$PKG_CONFIG_PATH/blockpack.pc" <<END
Name: blockpack
Description: The C library as built in $(dirname "$1")
Version: 0
Cflags: -I$PWD/include
Libs: $1 -lgcc_s -lutil -lrt -lpthread -lm -ldl
END
}

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
