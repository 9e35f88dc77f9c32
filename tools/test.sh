#!/usr/bin/env bash
# Runs every check and prints a summary with times.
#
#   tools/test.sh            all steps
#   tools/test.sh rust go    only these
#   tools/test.sh races      one more, see below
#
# A step that cannot run here says why and counts as skipped; with CI=true in the environment a skip is a
# failure.
set -uo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

# Exit status of a step that cannot run on this machine; it has printed why.
SKIP=77
STEPS=(format scripts dependencies lint docs rust c valgrind sanitizers install go python)

step_format() { cargo fmt --all --check; }
step_scripts() { git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck -x; }
step_dependencies() { tools/check-dependencies.sh; }
step_lint() { cargo clippy -q --locked --workspace --all-targets -- -D warnings; }
step_docs() { RUSTDOCFLAGS='-D warnings' cargo doc -q --locked --workspace --no-deps --document-private-items; }
step_rust() { cargo test --locked --workspace; }
step_c() { c_tests "$BUILD_DIR/cmake"; }

# Sees memory that nobody wrote, also in what no sanitizer can be built into. It knows no AVX-512: the library runs
# as on a processor without. What a thread keeps to its end is not lost.
step_valgrind() {
    c_build "$BUILD_DIR/cmake" &&
        find "$BUILD_DIR/cmake/c-tests" -name '*_static' -type f -executable -print0 |
        xargs -0 -r -n 1 -P "$(nproc)" valgrind --quiet --error-exitcode=1 \
            --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect
}

# The library and the tests with AddressSanitizer (and its LeakSanitizer), tests in C and C++ also with UBSan.
step_sanitizers() {
    local folder=$BUILD_DIR/cmake-sanitizers
    local options=detect_stack_use_after_return=1:strict_string_checks=1
    ASAN_OPTIONS=$options c_tests "$folder" -DBLOCKPACK_SANITIZE=address,undefined \
        -DBLOCKPACK_CHECKED=ON -DBLOCKPACK_CARGO_PROFILE=sanitize || return
    if ! find_go >/dev/null || ! GOPROXY=off go list -C go -asan . >/dev/null; then
        echo "there is no Go with -asan here: its tests run without"
        return 0
    fi
    (
        write_pc "$PWD/$folder/lib/libblockpack.a" "$folder/pkgconfig"
        GOPROXY=off go test -C go -asan -count=1 ./...
    )
}

# Not among all steps, as it builds Rust's own library as well: C tests and library with ThreadSanitizer.
step_races() {
    TSAN_OPTIONS=halt_on_error=1 c_tests "$BUILD_DIR/cmake-races" -DBLOCKPACK_SANITIZE=thread \
        -DBLOCKPACK_CHECKED=ON -DBLOCKPACK_CARGO_PROFILE=sanitize
}

step_install() { tools/test-install.sh; }

step_go() {
    if ! find_go >/dev/null; then
        echo "there is no Go >= $GO_MIN here"
        return "$SKIP"
    fi
    tools/test-go.sh
}

step_python() { tools/test-python.sh; }

# c_build FOLDER [CMAKE OPTION...]: builds the C library and its tests in FOLDER.
c_build() {
    local folder=$1
    shift
    cmake -S . -B "$folder" -DBLOCKPACK_CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}" "$@" &&
        cmake --build "$folder" --parallel "$(nproc)"
}

# c_tests FOLDER [CMAKE OPTION...]: builds them and runs the tests.
c_tests() { c_build "$@" && ctest --test-dir "$1" --parallel "$(nproc)" --output-on-failure --no-tests=error; }

tools/bootstrap.sh || exit 1
use_tools

passed=0 failed=0 skipped=0
summary=
run_step() {
    local name=$1 started=$SECONDS status
    say "step $name"
    "step_$name"
    status=$?
    case $status in
        0) word=passed passed=$((passed + 1)) ;;
        "$SKIP") word=skipped skipped=$((skipped + 1)) ;;
        *) word=FAILED failed=$((failed + 1)) ;;
    esac
    summary+=$(printf '%-12s %-8s %4d s' "$name" "$word" $((SECONDS - started)))$'\n'
}

[ $# -gt 0 ] || set -- "${STEPS[@]}"
for name in "$@"; do
    declare -F "step_$name" >/dev/null || die "no step '$name'; there are: ${STEPS[*]}"
done
# The library as it is shipped takes one processor two minutes to optimise, which the steps for C wait for. It is built
# along with all else, since the steps before leave a processor idle now and then; if it fails, they say so.
if [[ " $* " == *" rust c "* ]]; then cargo build --quiet --release --locked -p blockpack-capi 2>/dev/null & fi
for name in "$@"; do run_step "$name"; done
wait

printf '\n%s\nsteps: %d passed, %d failed, %d skipped\n' "$summary" "$passed" "$failed" "$skipped"
if [ "$skipped" -gt 0 ] && [ "${CI:-}" = true ]; then die "a step was skipped, and CI=true allows none"; fi
[ "$failed" -eq 0 ]
