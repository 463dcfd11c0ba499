# What people do here. `make` alone says what there is.
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/requirements.lock

.DEFAULT_GOAL := help
.PHONY: help setup demo test explore test-identity check up down clean bench replay chaos contracts new-backend

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## make .venv with exactly what requirements.lock lists; nothing to do when that has not changed
	@cmp -s requirements.lock $(STAMP) || $(MAKE) --no-print-directory .venv-afresh

.PHONY: .venv-afresh
.venv-afresh:
	$(PYTHON) -m embedded.machine
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	cp requirements.lock $(STAMP)

demo: setup ## send a template, let the first site fail, end on the second one; KEEP=1 leaves it standing
	$(PY) -m embedded demo $(if $(KEEP),--keep)

test: static ## all checks and all tests; the integration tests start real Kafka, PostgreSQL and IM
	$(PY) -m pytest

explore: setup ## look for new counter-examples; what `make test` draws is the same every time
	$(PY) -m pytest -q --hypothesis-profile=explore tests/unit tests/contract

test-identity: setup ## log in at a real Keycloak 26 and read from a real Vault (160 MB from Maven, a minute of Go, once)
	CORALE_TEST_IDENTITY=1 $(PY) -m pytest tests/integration/identity

check: static ## what must be clean before a commit: static checks and the tests that touch nothing
	$(PY) -m pytest -q tests/unit tests/contract tests/architecture

.PHONY: static
static: setup ## format, lint, types, import contracts, generated files
	$(PY) -m ruff format --check --quiet .
	$(PY) -m ruff check --quiet .
	$(PY) -m mypy
	@mkdir -p build
	.venv/bin/lint-imports --no-cache > build/imports.txt || { cat build/imports.txt; exit 1; }
	$(PY) -m docs.generate --check

up: setup ## start everything and watch over it until Ctrl-C; DETACH=1 comes back at once
	$(PY) -m embedded up $(if $(DETACH),--detach)

down: setup ## stop everything; the state stays
	$(PY) -m embedded down

clean: setup ## stop everything and remove all state
	$(PY) -m embedded clean

bench: setup ## sagas a second beside DBOS and Flowable, templates beside tosca-parser, ranking; figures in build/bench.json
	$(PY) -m benchmarks

replay: setup ## make kept rankings again; STRATEGY=, RULES=, SINCE=, JSON=1; the ranker's settings are in the environment
	$(PY) -m services.ranker replay $(if $(STRATEGY),--strategy $(STRATEGY)) $(if $(RULES),--rules $(RULES)) $(if $(SINCE),--since $(SINCE)) $(if $(JSON),--json)

chaos: setup ## kill everything at random and audit what is left; N=, KILLS=, SEED= scale and repeat it
	$(PY) -m chaos $(if $(N),--deployments $(N)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

contracts: setup ## write what follows from the contracts: docs/contracts.md, AsyncAPI, schema snapshots
	$(PY) -m docs.generate
	$(PY) -m tests.contract.golden

new-backend: ## copy the simulated backend to a new folder; NAME=openstack_heat
	@test -n "$(NAME)" || { echo "make new-backend NAME=openstack_heat"; exit 2; }
	@test ! -e services/deployer/backends/$(NAME) || { echo "$(NAME) is there already"; exit 2; }
	cp -r services/deployer/backends/simulated services/deployer/backends/$(NAME)
	@echo "now change services/deployer/backends/$(NAME) and run $(PY) -m pytest tests/contract -k $(NAME)"
