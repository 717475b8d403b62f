# Two commands matter: `make` starts tvd, `make test` tests it. `make help` lists the rest.
# Needs git, make and a Python of at least 3.11 with venv; everything else is brought into .tools and .venv.

.DEFAULT_GOAL := run
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# An installed uv when it works, else one of our own.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .tools/bin/uv)
# The environment is made of what is locked and of the Python that is here.
export UV_PYTHON_DOWNLOADS := never
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

.PHONY: run
run: setup  ## start tvd with config.toml (more: make run ARGS="--port 9000")
	$(PY) -m tvd run $(ARGS)

.PHONY: setup
setup: $(VENV)/.ready  ## build the environment in .venv

.PHONY: setup-dev
setup-dev: $(VENV)/.ready-dev  ## the same with what developing needs

.tools/bin/uv: requirements-tools.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tvd needs Python 3.11 or newer, this is " + sys.version)'
	@$(PYTHON) -m venv .tools || { echo "Python lacks venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	.tools/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $@

$(VENV)/.ready: requirements.lock requirements-build.lock pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements.lock \
		-r requirements-build.lock
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	$(PY) -m compileall -q tvd
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: test
test: setup-dev test-programs  ## install what the tests need and run all of them (more: make test ARGS="-k config")
	@# Empty: told that it runs on CI, pytest ends with whole differences, in which the names of what failed are lost.
	CI= BUILD_NUMBER= $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: e2e
e2e: setup-dev test-programs  ## the browser tests alone
	$(PY) -m pytest -m browser $(ARGS)

.PHONY: test-programs
test-programs:
	@sh tests/programs.sh

.PHONY: check
check: lint types  ## lint and types

.PHONY: lint
lint: setup-dev  ## ruff: rules and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

.PHONY: fmt
fmt: setup-dev  ## format, and mend what can be mended by itself
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

.PHONY: types
types: setup-dev  ## mypy, strict
	$(PY) -m mypy

.PHONY: docs
docs: setup-dev  ## check that docs/ names what exists and nothing else
	$(PY) -m pytest -q tests/test_docs.py

.PHONY: bench
bench: setup-dev  ## measure cost and speed beside references (more: make bench BENCH="channels --seconds 300")
	$(PY) -m bench $(BENCH)

.PHONY: dev
dev: setup-dev  ## tvd, started again (its ffmpeg children too) whenever a file changes
	$(VENV)/bin/watchfiles --sigint-timeout 10 "$(PY) -m tvd run $(ARGS)" tvd templates static

.PHONY: wheel
wheel: setup  ## build dist/tvd-*.whl
	$(UV) build --quiet --wheel --no-build-isolation --python $(PY) --out-dir dist

.PHONY: lock
lock: | $(UV)  ## choose versions anew and pin them by hash (UPGRADE=--upgrade for newer ones)
	$(UV) $(COMPILE) pyproject.toml --output-file requirements.lock
	$(UV) $(COMPILE) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(UV) $(COMPILE) --group build --output-file requirements-build.lock
	$(UV) $(COMPILE) --group tools --output-file requirements-tools.lock

.PHONY: clean
clean:  ## remove what make made (never data/)
	rm -rf .venv .tools build dist .mypy_cache .pytest_cache .ruff_cache

.PHONY: help
help:  ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
