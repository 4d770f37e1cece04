#!/bin/bash
# Every suite, one after the other; ends with the closing line of each. A suite that fails, skips or has no tests fails the run.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PWD/node_modules/@foundry-rs/anvil-linux-amd64/bin:$PATH"
export ETH_HASH_BACKEND=pysha3 TALLYSTICK_FORBID_SKIPS=1 SOLCX_BINARY_PATH="$PWD/scripts/toolchain"
logs=build/test-logs
rm -rf "$logs" && mkdir -p "$logs"
summary=""
failed=0

suite() {
  local name=$1 log="$logs/$1.log" verdict=ok
  shift
  printf '\n== %s ==\n' "$name"
  "$@" 2>&1 | tee "$log" || verdict=FAILED
  grep -Eq '[1-9][0-9]* passed' "$log" || verdict="FAILED: no test passed"
  [ "$verdict" = ok ] || failed=1
  summary+=$(printf '%-12s %s  %s' "$name" "$(grep -E '(passed|failed|error|no tests ran).* in [0-9]' "$log" | tail -n 1)" "$verdict")$'\n'
}

case "${1:-all}" in
  all | offchain) suite offchain pytest -p no:pytest-brownie tests/architecture tests/offchain tests/bench ;;&
  all | integration) suite integration pytest -p no:pytest-brownie tests/integration ;;&
  all | prove) suite prove pytest -p no:pytest-brownie tests/prove ;;&
  all | contracts) suite contracts brownie test tests/contracts --network anvil ;;&
  all | browser) suite browser pytest -p no:pytest-brownie tests/browser ;;&
  all | offchain | integration | prove | contracts | browser) ;;
  *) echo "usage: scripts/test.sh [offchain|integration|prove|contracts|browser]" >&2; exit 2 ;;
esac

printf '\n== closing lines ==\n%s' "$summary"
exit "$failed"
