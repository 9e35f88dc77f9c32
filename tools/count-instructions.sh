#!/usr/bin/env bash
# Counts the instructions that the loops of scans take for a row, with Callgrind: tools/count-instructions.sh
# Valgrind knows no AVX-512, so these are the loops for AVX2.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

cargo bench --quiet --bench kernels --no-run
program=$(find "${CARGO_TARGET_DIR:-target}/release/deps" -name 'kernels-*' -executable -type f -printf '%T@ %p\n' |
    sort -n | tail -n 1 | cut -d ' ' -f 2)

# instructions LOOP TIMES: those of the whole program.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" --count "$1" "$2" 2>&1 |
        sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p'
}

"$program" --count '' | while read -r name; do
    once=$(instructions "$name" 1)
    often=$(instructions "$name" 11)
    awk -v name="$name" -v all=$((often - once)) 'BEGIN { printf "%-34s %8.3f instructions a row\n", name, all / 1e7 }'
done
