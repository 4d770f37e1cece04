#!/bin/bash
# Every suite, in two lanes side by side; a suite's output is shown when it ends, the closing lines last.
# A suite that fails, skips or has no tests fails the run.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PWD/node_modules/@foundry-rs/anvil-linux-amd64/bin:$PATH"
export ETH_HASH_BACKEND=pysha3 TALLYSTICK_FORBID_SKIPS=1 SOLCX_BINARY_PATH="$PWD/scripts/toolchain"
logs=build/test-logs
rm -rf "$logs" && mkdir -p "$logs"

command_of() {
  case $1 in
    offchain) echo pytest -p no:pytest-brownie tests/architecture tests/offchain tests/bench ;;
    integration | prove | browser) echo pytest -p no:pytest-brownie "tests/$1" ;;
    contracts) echo env "PATH=$PWD/scripts/toolchain:$PATH" brownie test tests/contracts --network anvil ;;
    *) echo "usage: scripts/test.sh [offchain|integration|prove|contracts|browser]" >&2; exit 2 ;;
  esac
}

suite() {
  local log="$logs/$1.log" verdict=ok closing
  $(command_of "$1") >"$log" 2>&1 || verdict=FAILED
  grep -Eq '[1-9][0-9]* passed' "$log" || verdict="FAILED: no test passed"
  closing=$(grep -E '(passed|failed|error|no tests ran).* in [0-9]' "$log" | tail -n 1 || true)
  (flock 9; printf '\n== %s ==\n' "$1"; cat "$log") 9>"$logs/.shown"
  printf '%-12s %s  %s\n' "$1" "$closing" "$verdict" >"$logs/$1.verdict"
}

lane() { for name in "$@"; do suite "$name"; done; }

if [ $# -gt 0 ]; then
  command_of "$1" >/dev/null
  wanted=("$1")
  suite "$1"
else
  wanted=(offchain integration prove contracts browser)
  lane offchain integration &
  others=$!
  trap 'tail -n 40 "$logs"/*.log; exit 1' TERM
  lane contracts prove browser
  wait "$others"
fi

printf '\n== closing lines ==\n'
for name in "${wanted[@]}"; do cat "$logs/$name.verdict"; done
! grep -qs FAILED "$logs"/*.verdict
