#!/usr/bin/env bash
# Records the shop afresh: tests/data/shop.pbd.zst and what is derived from it.
# Needs Python 3.11 or newer and pip; everything else goes into a throw-away environment.
# Arguments go to the load generator, for instance: record.sh --requests 200 --seed 1
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
data=$(cd "$here/../../tests/data" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PYTHONDONTWRITEBYTECODE=1

python3 -m venv "$scratch/venv"
python="$scratch/venv/bin/python"
"$python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"

"$python" "$here/run.py" --out "$data/shop.pbd.zst" "$@"
"$python" "$here/extract.py" "$data/shop.pbd.zst" --out "$data/shop-small.jsonl"
"$python" "$here/leaks.py" "$data/shop.pbd.zst" "$data/shop-small.jsonl"
"$python" "$here/describe.py" "$data/shop.pbd.zst" --json "$data/shop.counts.json" --readme "$data/README.md"
