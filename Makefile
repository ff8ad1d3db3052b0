# The one vocabulary of tasks, for people, hooks and CI. `make help` prints it.

PYTHON ?= python3
SIZE ?= L
EVALUATE ?=

BIN := .venv/bin
# An environment does not survive a move: its stamps carry a checksum of where it was made.
HERE := $(shell pwd -P | cksum | cut -d ' ' -f 1)
MADE := .venv/.made-$(HERE)
TO_RUN := .venv/.to-run-$(HERE)
TO_TEST := .venv/.to-test-$(HERE)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
# A file of tests stays on one core: its tests share what was made for them.
SPREAD := --numprocesses auto --dist loadfile --no-loadscope-reorder
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
ROOMS := features models serving pipelines

# What is said before anything is installed, instead of a long traceback afterwards.
define FIT
import sys
here = "python3 is %d.%d (%s)" % (sys.version_info[0], sys.version_info[1], sys.executable)
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(here + "; jejak needs 3.11, 3.12 or 3.13: make PYTHON=python3.13 ...")
import ctypes, importlib.util
if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
    sys.exit(here + " has no venv; install it: apt-get install python3-venv")
try:
    ctypes.CDLL("libgomp.so.1")
except OSError:
    sys.exit("LightGBM needs the library libgomp1; install it: apt-get install libgomp1")
endef
export FIT

.DEFAULT_GOAL := help
.PHONY: help demo test quick check format bench kills loops protocols picture lock system clean

help:  ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(TO_RUN)  ## customers at risk from a year of real shopping, in the folder demo/
	@test -e demo/jejak.toml || $(BIN)/jejak init demo --example complete-journey
	@$(BIN)/jejak ingest --workspace demo
	@$(BIN)/jejak retrain --workspace demo
	@$(BIN)/jejak score --workspace demo

test: $(TO_TEST)  ## the whole test suite
	$(BIN)/python -m pytest $(SPREAD)

quick: $(TO_TEST)  ## the tests that need under two minutes
	JEJAK_EXAMPLES=quick $(BIN)/python -m pytest -m "not slow" $(SPREAD)

check: $(TO_TEST)  ## format, lint, types and layers, changing nothing
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m basedpyright
	$(BIN)/lint-imports --no-logo --no-cache

format: $(TO_TEST)  ## put the source in order
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

bench: $(TO_TEST)  ## speed against named rivals (SIZE=M for a quick look) into build/bench.jsonl
	$(BIN)/python tests/benchmarks/panel_core.py $(SIZE)
	$(BIN)/python tests/benchmarks/scale.py $(SIZE)
	$(BIN)/python tests/benchmarks/whole.py $(SIZE)
	$(BIN)/python tests/benchmarks/increment.py $(SIZE)
	$(BIN)/python tests/benchmarks/ingest.py $(SIZE)
	$(BIN)/python tests/benchmarks/learning.py $(SIZE)
	$(BIN)/python tests/benchmarks/delivery.py $(SIZE)
	$(BIN)/python tests/benchmarks/delivery_sql.py $(SIZE)
	$(BIN)/python tests/benchmarks/journey_map.py $(SIZE)
	$(BIN)/python tests/benchmarks/closed_loop.py $(SIZE)
	$(BIN)/python tests/benchmarks/start_up.py
	@$(BIN)/python tests/benchmarks/newest.py

kills: $(TO_TEST)  ## kill nights everywhere, race, harm the network; ends with one line of JSON
	@PYTHONPATH=.:tests $(BIN)/python -m kills.run

loops: $(TO_TEST)  ## try the closed loop against known truth; ends with one line of JSON
	@PYTHONPATH=.:tests $(BIN)/python -m loops.run

protocols: $(TO_TEST)  ## predictions for EVALUATE=path/to/evaluate.py, measured into build/protocols.jsonl
	$(BIN)/python tests/benchmarks/measure_protocols.py "$(EVALUATE)"

picture: $(TO_RUN)  ## draw the picture in the README from the demo's own words
	$(BIN)/python docs/pictures/draw.py docs/pictures/demo.svg

lock:  ## resolve the dependencies into the two locks; pins that still fit stay
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(call compile,--extra examples --group build,requirements.lock)
	$(call compile,--extra examples --group dev --constraint requirements.lock,requirements-dev.lock)

define compile
build/lock/bin/uv pip compile pyproject.toml $(1) --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" --output-file $(2)
endef

system:  ## install what the full test suite needs beyond Python: Chromium, Java 17, PostgreSQL, libgomp1
	$(AS_ROOT) apt-get update
	$(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
		chromium openjdk-17-jre-headless postgresql libgomp1

clean:  ## remove what was built; the environment and demo/ stay
	rm -rf build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find $(ROOMS) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(PYTHON) -c "$$FIT"
	$(PYTHON) -m venv --clear .venv
	@touch $@

$(TO_RUN): $(MADE) requirements.lock pyproject.toml
	$(INSTALL) --require-hashes --no-deps --requirement requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(TO_TEST): $(TO_RUN) requirements-dev.lock
	$(INSTALL) --require-hashes --no-deps --no-build-isolation --requirement requirements-dev.lock
	@touch $@
