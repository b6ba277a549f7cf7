# Every target sets up what it needs; the work is done in tools/ and manage.py.
PYTHON ?= python3
SET_UP = $(PYTHON) tools/set_up.py
VENV = .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo run test test-deep bench lint clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

demo: ## the whole product on this machine, with a Salesforce organisation of its own
	@$(SET_UP) && exec $(VENV) manage.py demo $(DEMO_FLAGS)

run: ## web, worker and beat
	@$(SET_UP) && exec $(VENV) manage.py run $(RUN_FLAGS)

test: ## every check and test, on SQLite and on PostgreSQL with Redis
	@$(SET_UP) --dev && exec $(VENV) -m tools.test

test-deep: ## the same with thousands of examples for each property
	@$(SET_UP) --dev && exec env HYPOTHESIS_PROFILE=deep $(VENV) -m tools.test

bench: ## the benchmarks
	@$(SET_UP) --dev && exec $(VENV) -m bench $(BENCH_FLAGS)

lint: ## style, types, imports, migrations
	@$(SET_UP) --dev && exec $(VENV) -m tools.lint

clean: ## remove what can be made again; data under var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles test-results .node
