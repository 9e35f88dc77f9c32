#!/usr/bin/env bash
# Tests the Go package with the C library as cargo builds it for tests: with its checks of handles on. Leaves build/pkgconfig behind, with which the package is worked on:
#
#   PKG_CONFIG_PATH=$PWD/build/pkgconfig go test -C go ./...
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

export GOPROXY=off

say "the C library"
cargo build --quiet --locked -p blockpack-capi
write_pc "${CARGO_TARGET_DIR:-$PWD/target}/debug/libblockpack.a"

say "form"
if unformatted=$(gofmt -l go examples/go) && [ -n "$unformatted" ]; then die "not formatted by gofmt: $unformatted"; fi
for module in go examples/go; do
    go vet -C "$module" ./...
    CGO_ENABLED=0 go vet -C "$module" ./...
done
say "examples, with the race detector"
go test -C examples/go -race -count=1 ./...
cd go
say "without cgo"
CGO_ENABLED=0 go test -count=1 ./...
say "with the race detector"
go test -race -count=1 ./...
say "with all checks of pointers passed to C"
GOEXPERIMENT=cgocheck2 go test -count=1 ./...
