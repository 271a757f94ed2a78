# `make demo` and `make test` are all a newcomer needs: each makes the environment it runs in.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SERVE ?= 1
export TF_CPP_MIN_LOG_LEVEL ?= 2
# Real data for tests and benchmarks, where the folder is there.
ifneq ($(wildcard ../shared/data),)
export KERASIG_DATA ?= $(abspath ../shared/data)
endif

.PHONY: demo test lint bench clean
.DELETE_ON_ERROR:

# A stamp per set of extras: rebuilt when the package's requirements change.
$(VENV)/.base: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

$(VENV)/.demo: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --editable ".[tf,demo]"
	@touch $@

$(VENV)/.test: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@

$(VENV)/.bench: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --editable ".[tf,bench]"
	@touch $@

demo: $(VENV)/.demo
	$(BIN)/python examples/planted_tag.py $(if $(filter 0,$(SERVE)),--no-serve,)

test: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# SMOKE=1: seconds, to see that they run.
bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks $(if $(SMOKE),--smoke,)

clean:
	rm -rf $(VENV) build dist *.egg-info logs
