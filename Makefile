# `make test` proves everything; its parts can be run alone.
SHELL := /bin/bash
VENV = $(shell ./slipway --venv requirements-dev.lock --yes)
PYTEST = $(VENV)/bin/python -m pytest -q
export PYTHONPATH := $(CURDIR):$(CURDIR)/platform

.PHONY: test unit browser lab lint bench bench-install bench-scheduler bench-kueue bench-jobs pack client lock

test: unit browser lab

unit: ## hermetic and quick; real PostgreSQL for what the platform stores
	$(VENV)/bin/python -m tests.prerequisites postgresql
	$(PYTEST) -m "not lab and not browser" -n 2

browser: ## the web page in Chromium
	$(VENV)/bin/python -m tests.prerequisites chromium
	$(PYTEST) -m browser

lab: ## machines, a real cluster, the whole way; packs first, which takes half an hour where nothing was packed before
	$(VENV)/bin/python -m tests.prerequisites lab
	./slipway pack -o build/bundle --yes
	$(PYTEST) -m lab

lint:
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: ## the quick ones, some minutes; docs/performance.md says what is measured
	$(VENV)/bin/python -m tests.prerequisites postgresql
	$(VENV)/bin/python -m tests.bench.serve
	$(VENV)/bin/python -m tests.bench.latency
	$(VENV)/bin/python -m tests.bench.rounds
	$(VENV)/bin/python -m tests.bench.kueue --part 0.1
	@echo "The long ones, each alone on a quiet machine: make bench-install bench-scheduler bench-kueue bench-jobs"

bench-install: ## slipway install beside a bare script, on lab nodes
	$(VENV)/bin/python -m tests.prerequisites lab
	$(VENV)/bin/python -m tests.bench.install

bench-scheduler: ## the pure decision
	$(VENV)/bin/python -m tests.bench.scheduler_core

bench-kueue: ## Kueue's load through API, PostgreSQL and scheduler
	$(VENV)/bin/python -m tests.prerequisites postgresql
	$(VENV)/bin/python -m tests.bench.kueue

bench-jobs: ## the same as Jobs of a control plane whose programs are in the cache of `make pack`; builds kwok
	$(VENV)/bin/python -m tests.prerequisites postgresql
	$(VENV)/bin/python -m tests.bench.kueue --jobs --part 0.1

pack:
	./slipway pack -o build/bundle

client: ## writes the API's typed client anew; after every change of a route
	$(VENV)/bin/python platform/client/generate.py

lock: ## pins every dependency with its hashes; needs uv
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements.in -o requirements.lock
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements.lock platform/requirements.in -o platform/requirements.lock
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c platform/requirements.lock platform/operators/requirements.in -o platform/operators/requirements.lock
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements.lock -c platform/requirements.lock -c platform/operators/requirements.lock requirements-dev.in -o requirements-dev.lock
