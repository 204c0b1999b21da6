# Two commands set everything up: `make review` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install test lint docs eval review

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

test: install lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: install
	$(BIN)/ruff check agent tools prompts evals tests
	$(BIN)/ruff format --check agent tools prompts evals tests
	$(BIN)/mypy

docs: install
	$(BIN)/python -m pytest tests/test_docs.py

eval: install
	$(BIN)/dbengineer eval

review: install
	$(BIN)/dbengineer review --demo todo --rows copy
