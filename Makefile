# Two commands matter: `make up` and `make test`. Both install what they need and can be run again after an interruption.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STACK ?= local
CONSOLE := $(BIN)/python -m console --stack $(STACK)
RUNTIME := $(VENV)/runtime.stamp
TESTING := $(VENV)/testing.stamp
AUDIT := .venv-audit
# Tests on real stacks mostly wait, so they run beside each other; what shares a stack stays in one process, which takes about 2 GB.
AT_ONCE := --numprocesses logical --maxprocesses 4 --dist loadgroup
SOURCES := components platforms settings console options embedded flinksql modelgateway webproxy cluster

.PHONY: help up down preview status watch feed doctor logs test lint audit licences unit contract embedded test-kubernetes bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUNTIME): requirements/runtime.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is %s. Use: make PYTHON=/path/to/python3.11 ..." % sys.version.split()[0])'
	@echo "Installing the Python packages of requirements/runtime.lock into $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: install it (on Debian and Ubuntu: apt-get install python3-venv) and run make again."; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.lock
	@touch $@

$(TESTING): requirements/test.lock $(RUNTIME)
	@echo "Installing the test tools of requirements/test.lock into $(VENV) (once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.lock
	@touch $@

up: $(RUNTIME) ## start everything, feed the samples of the bundle, show their results
	@$(CONSOLE) demo

down: $(RUNTIME) ## stop everything and remove every resource of the stack
	@$(CONSOLE) down

preview: $(RUNTIME) ## say what `up` would change
	@$(CONSOLE) preview

status: $(RUNTIME) ## processes, topics and jobs, with their health
	@$(CONSOLE) status

watch: $(RUNTIME) ## results as they come
	@$(CONSOLE) watch

feed: $(RUNTIME) ## send the samples once more
	@$(CONSOLE) feed

doctor: $(RUNTIME) ## look for what would stop `up`, with the fix for each finding
	@$(CONSOLE) doctor

logs: $(RUNTIME) ## the processes' logs
	@$(CONSOLE) logs

test: lint ## everything: lint, types, import contracts, unit, contract, program and embedded end-to-end tests
	@$(CONSOLE) toolchain
	@# Stacks of tests are copies of the sources: compiled here once, and not in each of their commands where PYTHONDONTWRITEBYTECODE is set.
	@$(BIN)/python -m compileall -q $(SOURCES)
	@$(BIN)/python -m pytest $(AT_ONCE)

lint: $(TESTING) ## style, strict types, import contracts, settings, reference pages, dead code, names, shell scripts, Dockerfiles
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m settings.lint
	@$(BIN)/python -m console.reference
	@$(BIN)/vulture
	@$(BIN)/python -m lint.names
	@[ ! -x $(BIN)/shellcheck ] || $(BIN)/shellcheck .ci/run docker/flink/fetch-jars.sh sql/*/functions/build.sh
	@$(BIN)/hadolint --config docker/hadolint.yaml docker/*/Dockerfile

$(AUDIT)/stamp: requirements/audit.lock
	@echo "Installing the tools of requirements/audit.lock into $(AUDIT) (once)"
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.lock
	@touch $@

audit: $(AUDIT)/stamp ## known weaknesses of the packages of all lock files; asks the package index for its advisories
	@for name in runtime model-gateway java llamacpp; do echo "requirements/$$name.lock"; $(AUDIT)/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r requirements/$$name.lock || exit 1; done

licences: $(AUDIT)/stamp $(TESTING) ## the licence of each installed package, as a table
	@$(AUDIT)/bin/pip-licenses --python $(BIN)/python --from=mixed --with-urls --order=license

unit: $(TESTING) ## the tests that need no running process
	@$(BIN)/python -m pytest tests/unit tests/program

contract: $(TESTING) ## one suite against the misbehaving fake gateway and the real one
	@$(BIN)/python -m pytest tests/contract

embedded: $(TESTING) ## real stacks end to end
	@$(BIN)/python -m pytest tests/embedded

test-kubernetes: $(TESTING) ## the stack on a real cluster: make test-kubernetes FLINK_REVIEWS_CONTEXT=kind-kind
	@$(BIN)/python -m tests.kubernetes
	@$(CONSOLE) toolchain
# These tests take minutes: the dump of all stacks after 280 s would come in the middle of most, and can crash an interpreter whose threads run.
	@$(BIN)/python -m pytest tests/kubernetes -o faulthandler_timeout=0

bench: $(RUNTIME) ## the benchmarks, as ratios in one run; a page with all figures is .data/benchmarks.md
	@mkdir -p .data
	@$(BIN)/python -m benchmarks --pairs 1 --markdown .data/benchmarks.md

lock: $(TESTING) ## resolve requirements/*.in into hash-locked files again
	@$(BIN)/pip install --quiet uv
	@for name in runtime java llamacpp object-store audit; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras requirements/$$name.in -o requirements/$$name.lock; done
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-deps requirements/smollm2.in -o requirements/smollm2.lock
	@for name in test model-gateway; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras -c requirements/runtime.lock requirements/$$name.in -o requirements/$$name.lock; done

clean: ## remove downloads, logs and the virtual environment; refused while a stack has resources, which `make down` ends
	@[ -e $(RUNTIME) ] || [ ! -d .data -a ! -d .state ] || $(MAKE) --no-print-directory $(RUNTIME)
	@[ ! -e $(RUNTIME) ] || $(CONSOLE) clean
	@rm -rf $(VENV) $(AUDIT)
