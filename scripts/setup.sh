#!/bin/sh
# Makes .venv and node_modules. Does nothing when both fit their pins. Needs python3 (3.11) with venv, node, npm and a C compiler.
set -eu
cd "$(dirname "$0")/.."

python=python3
if command -v python3.11 >/dev/null 2>&1; then python=python3.11; fi

missing=""
need() { missing="$missing $1"; echo "setup: $2 is missing; on Debian: apt-get install $1" >&2; }
command -v "$python" >/dev/null 2>&1 || need python3 "Python 3.11"
command -v node >/dev/null 2>&1 || need nodejs "node"
command -v npm >/dev/null 2>&1 || need npm "npm"
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || need gcc "a C compiler"
case " $missing " in
  *" python3 "*) ;;
  *) "$python" -c 'import ensurepip, venv' 2>/dev/null || need python3-venv "Python's venv module"
     "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
       echo "setup: $("$python" --version) found, Python 3.11 is needed" >&2; missing="$missing python3.11"; } ;;
esac
[ -z "$missing" ] || exit 1

pins="pyproject.toml scripts/toolchain/constraints.txt scripts/toolchain/without_dependencies.txt"
# The folder is part of the stamp because an editable install points to it.
python_stamp=$({ pwd; cat $pins; } | sha256sum | cut -d' ' -f1)
node_stamp=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)

if [ "$(cat .venv/.stamp 2>/dev/null || true)" != "$python_stamp" ]; then
  echo "setup: installing Python packages into .venv (one to a few minutes)"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  rm -f .venv/.stamp
  .venv/bin/python -m pip install --quiet -c scripts/toolchain/constraints.txt -e '.[dev]'
  .venv/bin/python -m pip install --quiet --no-deps -r scripts/toolchain/without_dependencies.txt
  echo "$python_stamp" >.venv/.stamp
fi
if [ "$(cat node_modules/.stamp 2>/dev/null || true)" != "$node_stamp" ]; then
  echo "setup: installing the compiler, the chain and the contract library into node_modules"
  npm ci --no-audit --no-fund
  echo "$node_stamp" >node_modules/.stamp
fi
