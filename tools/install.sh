#!/usr/bin/env bash
# Installs library, headers and command below PREFIX (and DESTDIR, for packagers). Builds first if nothing
# was built yet, so `make build && sudo make install` needs no Rust as root.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

: "${PREFIX:=/usr/local}" "${DESTDIR:=}"
[ -e "$BUILD_DIR/release/bin/blockpack" ] || tools/build.sh
DESTDIR=$DESTDIR cmake --install "$BUILD_DIR/release" --prefix "$PREFIX"
install -v -D "$BUILD_DIR/release/bin/blockpack" "$DESTDIR$PREFIX/bin/blockpack"
if [ -z "$DESTDIR" ] && [ "$(id -u)" -eq 0 ]; then ldconfig; fi
