# Sanshen: `make help` lists what can be done. Needed: Python >= 3.11 with venv, make, git.
SHELL := /bin/sh
.DEFAULT_GOAL := help
# The first interpreter that is new enough; if there is none, python3 says so in one sentence.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; \
	done; echo python3)
BIN := .venv/bin
PORT ?= 8000
TESTS ?=
# 0: one after the other; more: so many at once, file by file
WORKERS ?= 0
BENCH ?=

.PHONY: help demo demo-reset setup setup-dev test lint format lock lock-check bench mutants certify clean

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the locked runtime packages into .venv
	@$(PYTHON) requirements/install.py runtime

setup-dev: setup ## install what the tests and checks need as well
	@$(PYTHON) requirements/install.py dev

demo: setup ## start the demo county on http://127.0.0.1:8000 (PORT=… for another port); data are kept
	@$(BIN)/sanshen demo --port $(PORT)

demo-reset: setup ## throw the demo data away and start afresh
	@$(BIN)/sanshen demo --port $(PORT) --reset

test: setup-dev ## the whole suite, on SQLite and on PostgreSQL (TESTS=… for a part, WORKERS=2 for two at once)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

lint: setup-dev ## ruff, mypy (strict) and the layer rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	--no-header --generate-hashes

lock: setup-dev ## make the lock files anew from requirements/*.in (add UPGRADE=--upgrade for newer versions)
	$(LOCK) $(UPGRADE) -o requirements/runtime.lock requirements/runtime.in
	$(LOCK) $(UPGRADE) -o requirements/dev.lock requirements/dev.in

lock-check: setup-dev ## are the lock files what requirements/*.in asks for, and free of addresses?
	@for name in runtime dev; do \
		cp requirements/$$name.lock .venv/$$name.lock && \
		$(LOCK) -o .venv/$$name.lock requirements/$$name.in > /dev/null && \
		diff -u requirements/$$name.lock .venv/$$name.lock || \
		{ echo "requirements/$$name.lock is not current: run make lock"; exit 1; }; \
	done
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements/*.lock requirements/*.in || \
		{ echo "a lock file names an address"; exit 1; }

bench: setup-dev ## measure acts, lists and steps on both databases (BENCH="--quick --json bench.json" for less and for a file)
	@$(BIN)/python -m tests.run_bench $(BENCH)

mutants: setup-dev ## judge every mutant of the shipped chain twice and write docs/mutants.md (about half an hour)
	@$(BIN)/python -m tests.run_mutants

certify: setup-dev ## prove the shipped processes anew and keep the certificates with them (about half a minute)
	@$(BIN)/sanshen definitions verify --afresh --keep bpmn/certificates.json

clean: ## remove .venv, caches and build results (var/ with your data stays)
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
