# Every target sets up what it needs by itself and can be run again at any time.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
COUNT ?= 40
WORKERS ?= 2

##@ Run

demo: setup ## Send real consultations through the whole system and show each one's journey
	$(BIN)/ventanilla demo --count $(COUNT)

up: setup ## Keep the system running; URLs and demo logins are printed; Ctrl-C stops it, data are kept
	$(BIN)/ventanilla up

bench: setup ## Measure throughput, latency, CPU and memory; one table, ratios first
	$(BIN)/ventanilla bench

model: setup ## Build the classifier's model from the corpus
	$(BIN)/ventanilla model build

##@ Check

test: setup ## Run all tests (the short fault plan included)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow and not e2e and not faults" tests
	$(BIN)/python -m pytest -m "(e2e or faults) and not slow" -p no:randomly tests

test-faults: setup ## Run the full fault plan (about an hour) and write its table
	$(BIN)/python -m pytest -m "faults" -p no:randomly tests/faults

# That each service passes its tests alone is for `test` to show: it is those tests run again, not a boundary to look at.
check: setup ## Lint, types, boundaries
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -p no:randomly --ignore tests/architecture/test_isolation.py tests/architecture

fmt: setup ## Format the code and fix what can be fixed safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

##@ Keep house

setup: .state/installed ## Make the virtual environment from the pinned requirements

lock: ## Pin the requirements again (needs uv)
	requirements/compile.sh

clean: ## Remove everything that was made: environment, data, caches
	rm -rf .venv .state var .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Show this help
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*##/ {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.state/installed: requirements/dev.txt pyproject.toml
	@mkdir -p .state
	@$(PYTHON) -c 'import sys; sys.exit("Ventanilla needs Python 3.11 or newer; set PYTHON=python3.x") if sys.version_info < (3, 11) else None'
	@echo "Installing the pinned requirements into .venv (a minute or two, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo up bench model test test-faults check fmt setup lock clean help
