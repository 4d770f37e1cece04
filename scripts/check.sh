#!/bin/sh
# What must hold before a commit, in under a minute: format, lint, types, layers, architecture and off-chain tests without the model.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export PATH

ruff format --check .
ruff check .
mypy
lint-imports --no-cache --no-logo
pytest -q -p no:pytest-brownie -m 'not ml and not integration' -n 2 tests/architecture tests/offchain tests/bench tests/prove
