# `make demo` tells the whole story, `make test` runs every test. `make` alone lists what there is.
.PHONY: help setup demo test check bench prove gas-snapshot test-contracts test-browser clean
.DEFAULT_GOAL := help
export ETH_HASH_BACKEND := pysha3

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: ## make .venv and node_modules; nothing when both fit
	@sh scripts/setup.sh

demo: setup ## data to paid, traced, claimed answers; DATA=file or folder, MODEL=folder
	@.venv/bin/tallystick demo $(if $(DATA),--data "$(DATA)") $(if $(MODEL),--model "$(MODEL)")

test: setup ## every suite: off-chain, integration, contracts, browser
	@bash scripts/test.sh

test-contracts: setup ## the contracts alone, by Brownie on anvil
	@bash scripts/test.sh contracts

test-browser: setup ## the studio in headless Chromium, which it installs on Debian
	@command -v chromium >/dev/null || { apt-get update && apt-get install -y --no-install-recommends chromium; }
	@bash scripts/test.sh browser

check: setup ## format, lint, types, layers, the tests that are not slow: about a minute
	@sh scripts/check.sh

gas-snapshot: setup ## write the committed gas of every operation anew
	@PYTHONPATH=scripts:offchain .venv/bin/python -m bench.costs.snapshot --write

bench: setup ## measure against the bars of scripts/bench/bars.toml; NAME=one of them
	@PYTHONPATH=scripts .venv/bin/python -m bench $(NAME)

prove: setup ## continue the long proofs of the contracts and say where they stand; NAME=one of them, MINUTES=10, RECORD=1
	@PYTHONPATH=scripts nice -n 10 .venv/bin/python -m prove $(NAME) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RECORD),--record)

clean: ## remove what was made, but not .venv, node_modules, build/models and build/prove
	@rm -rf build/test-logs build/bench build/contracts reports .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find offchain scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
