#!/usr/bin/env bash
# Compares docs/dependencies.md with the truth: each direct dependency has a row, the library links as many
# crates as the page says, and everything shipped is under a licence that goes with Apache-2.0.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"
use_tools

page=docs/dependencies.md
licences='Apache-2.0( WITH LLVM-exception)?|MIT|BSD-[23]-Clause|0BSD|BSL-1.0|Zlib|Unlicense|Unicode-3.0'

# tree FORMAT OPTION...: what `cargo tree` says of other people's crates, each once.
tree() {
    local format=$1
    shift
    cargo tree --locked --prefix none --no-dedupe -f "$format" "$@" | grep -v -e '^blockpack' -e '^$' | sort -u
}

failed=0
for name in $(tree '{p}' --workspace --depth 1 -e normal,build,dev | cut -d ' ' -f 1); do
    if ! grep -q "^| \`$name\` |" "$page"; then
        echo "$page has no row for $name" >&2
        failed=1
    fi
done

linked=$(tree '{p}' -p blockpack-capi -e normal,no-proc-macro | wc -l)
if ! grep -q "all levels: \*\*$linked\*\*" "$page"; then
    echo "$page says another number of linked crates than $linked" >&2
    failed=1
fi

# Of alternatives one is enough; of licences that hold together each must be on the list.
refused=$(tree '{p}: {l}' -p blockpack-capi -p blockpack-cli -e normal,no-proc-macro |
    awk -F ': ' -v allowed="^($licences)\$" '{
        parts = split($2, all, " AND ")
        for (i = 1; i <= parts; i++) {
            gsub(/[()]/, "", all[i])
            found = 0
            alternatives = split(all[i], any, / OR |\//)
            for (k = 1; k <= alternatives; k++) if (any[k] ~ allowed) found = 1
            if (!found) { print; next }
        }
        if (parts == 0) print
    }')
if [ -n "$refused" ]; then
    printf 'not under a licence of the list:\n%s\n' "$refused" >&2
    failed=1
fi
exit $failed
