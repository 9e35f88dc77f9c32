#!/usr/bin/env bash
# Installs library, headers and command below PREFIX (and DESTDIR, for packagers). Builds first if nothing
# was built yet, so `make build && sudo make install` needs no Rust as root. BUILT is where it was built, if
# not by tools/build.sh.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

: "${PREFIX:=/usr/local}" "${DESTDIR:=}" "${BUILT:=$BUILD_DIR/release}"
[ -e "$BUILT/bin/blockpack" ] || tools/build.sh
DESTDIR=$DESTDIR cmake --install "$BUILT" --prefix "$PREFIX"
install -v -D "$BUILT/bin/blockpack" "$DESTDIR$PREFIX/bin/blockpack"
if [ -z "$DESTDIR" ] && [ "$(id -u)" -eq 0 ]; then ldconfig; fi
