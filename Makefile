# Two commands: `make release` makes a release from an invented feed, `make test` passes the tests.
# Everything is installed into .venv from locked versions with hashes.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SCALE  ?= 0.02
FEED   := demo/feed
WONDE  := demo/wonde
KEY    := .publisher-key
JOBS   ?= 2
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help release demo-wonde check test test-full bench bench-full lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

release: $(VENV)/run.ready $(KEY) $(FEED)/schools.parquet ## set up, invent a small feed, ingest it, make a release
	$(BIN)/publisher ingest $(FEED)
	$(BIN)/publisher release

demo-wonde: $(VENV)/run.ready $(KEY) ## the same from a supplier on this machine: invent, pull over HTTP, make a release
	$(BIN)/publisher generate --supplier wonde --out $(WONDE)/pulls --scale 0.001 --from 2025-10-13 --batches 3
	PUBLISHER_SUPPLIER_TOKEN=demonstration $(BIN)/python -m publisher.synthetic.suppliers.serve $(WONDE)/pulls \
	  $(BIN)/publisher ingest {address} --format wonde --store $(WONDE)/store
	$(BIN)/publisher release --store $(WONDE)/store --output $(WONDE)/output

$(FEED)/schools.parquet: | $(VENV)/run.ready
	$(BIN)/publisher generate --out $(FEED) --scale $(SCALE)

$(KEY): | $(VENV)/run.ready
	@$(BIN)/python -c "import pathlib; from publisher.feed.pseudonym import create_key_file; create_key_file(pathlib.Path('$(KEY)'))"
	@echo "A new pseudonym key is in $(KEY), readable by you only. Keep it: without it the store cannot grow."

check: $(VENV)/dev.ready ## style, types and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## check, then the tests
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) --dist loadgroup
	@echo "All tests passed. Next: make release, then open output/2025-week-45/public/index.html."

test-full: check ## all tests, the slow and big ones too
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) --dist loadgroup -m "full or not full"

bench: $(VENV)/dev.ready ## measure speed and memory beside other tools, write docs/performance.md
	$(BIN)/python benchmarks/bench.py $(BENCH)

bench-full: $(VENV)/dev.ready ## the same for a year at full size: hours, 15 GB; BENCH="--feed F --store S"
	$(BIN)/python benchmarks/bench.py --full $(BENCH)

lock: ## choose versions anew (needs uv)
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/run.lock
	uv pip compile pyproject.toml --extra build --extra dev --extra spark --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/dev.lock

clean: ## remove the demonstration: feed, store and releases
	rm -rf demo store output/2*-week-* output/history

$(VENV)/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 3; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.ready: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what publisher needs (about a minute)"
	$(PIP) install --require-hashes -r requirements/run.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.ready: requirements/dev.lock $(VENV)/run.ready
	@echo "Installing what the tests need"
	$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@
