#!/bin/sh
# What must hold before a commit, in about a minute: format, lint, types, layers and the off-chain tests that are not slow.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export PATH

ruff format --check .
ruff check .
lint-imports --no-cache --no-logo
types=$(mktemp)
trap 'rm -f "$types"' EXIT
mypy >"$types" 2>&1 &
pytest -q -p no:pytest-brownie -m 'not ml and not integration and not slow' -n 2 tests/architecture tests/offchain tests/bench tests/prove
wait $! || { cat "$types"; exit 1; }
tail -n 1 "$types"
