# Everything happens in .venv and .cache; nothing outside this folder is written. `make help` lists the targets.
SHELL := bash
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VENV ?= .venv
# The first of these that runs, is new enough and can make virtual environments.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$python && break; done)
PYTEST_ARGS ?= -n 2
# More processes than cores: many unit tests wait for time-outs.
QUICK_ARGS ?= -n 6
MATRIX_ARGS ?=
DEMO_ARGS ?=
FAULTS_ARGS ?= --scenarios 2000 --processes 2
BENCH_ARGS ?=
ACCEPTANCE_ARGS ?=
TENANT ?=

# What must hold: `make test` runs the quick ones first, in this order, and then the long ones beside pytest.
QUICK := ruff shellcheck yamllint changelog
LONG := mypy ansible-lint plugin-docs importer sanity
STEPS := $(QUICK) $(LONG) pytest unit unit-quick

RUN := VENV="$(VENV)" tests/tools/run
READY := $(VENV)/.ready
INSTALLED := .cache/installed
COLLECTION := .cache/collections/ansible_collections/qlikops/cloud
BASH_SCRIPTS := .ci/run tests/tools/browser tests/tools/build tests/tools/check-types tests/tools/docs tests/tools/lock tests/tools/pytest tests/tools/run tests/tools/venv
# Folders are listed too: their time changes when a file goes.
SOURCES := $(shell find $(wildcard extensions) plugins roles playbooks meta docs/ changelogs galaxy.yml README.md LICENSE requirements.txt CHANGELOG.md \
	-name __pycache__ -prune -o -name '.*' -prune -o -print 2>/dev/null)

.PHONY: help venv install test check test-matrix test-faults test-rulebooks acceptance demo bench docs format release lock clean $(STEPS)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r name text; do \
		printf '%-14s %s\n' "$$name" "$$text"; done

demo: $(INSTALLED) ## show what the collection does, against an emulated Qlik Cloud
	@$(RUN) python -m tests.demo $(DEMO_ARGS)

test: $(INSTALLED) ## everything that must hold; stops at the first step that fails
	@MAKE="$(MAKE)" $(VENV)/bin/python tests/tools/steps.py $(QUICK) -- $(LONG) -- pytest

check: $(INSTALLED) ## what most changes break, in two minutes: ruff, mypy, unit and property tests with fewer examples
	@MAKE="$(MAKE)" $(VENV)/bin/python tests/tools/steps.py ruff -- mypy -- unit-quick

test-matrix: $(INSTALLED) ## pytest and sanity with every ansible-core that the collection supports; CORE=2.21 for one; MATRIX_ARGS=--all for every Python too
	@$(RUN) python -m tests.tools.matrix $(CORE:%=--core=%) $(MATRIX_ARGS)

test-faults: $(INSTALLED) ## the long campaign of drawn faults, and how well rate limits are used; FAULTS_ARGS="--seed 7 --scenarios 100"
	@$(RUN) python -m tests.faults $(FAULTS_ARGS)
	@$(RUN) python -m tests.faults.rate

acceptance: $(INSTALLED) ## try the collection on a tenant: TENANT=https://… and a key, or an emulated one; ACCEPTANCE_ARGS="--like profile.json"
	@$(RUN) env PYTHONPATH=.cache/collections python -m tests.tools.acceptance $(TENANT:%=--tenant=%) $(ACCEPTANCE_ARGS)

test-rulebooks: $(INSTALLED) ## the rulebooks of Event-Driven Ansible by ansible-rulebook itself; needs Java 17
	@[[ -e .cache/rulebooks-venv/.ready && ! requirements-rulebooks.txt -nt .cache/rulebooks-venv/.ready ]] || \
		VENV=.cache/rulebooks-venv PYTHON="$(PYTHON)" tests/tools/venv requirements-rulebooks.txt
	@$(RUN) env RULEBOOKS_MUST_RUN=1 python -m pytest tests/integration/test_rulebooks.py

bench: $(INSTALLED) ## measure, and write docs/performance.md (20 minutes); BENCH_ARGS=--quick for a short look
	@$(RUN) env PYTHONPATH=.cache/collections python -m tests.bench $(BENCH_ARGS)

venv: $(READY) ## make the virtual environment (.venv) with the pinned tools

$(READY): requirements-dev.txt
	@VENV="$(VENV)" PYTHON="$(PYTHON)" tests/tools/venv requirements-dev.txt

install: $(INSTALLED) ## build the collection and install it into .cache/collections

$(INSTALLED): $(READY) $(SOURCES) tests/tools/build
	@$(RUN) tests/tools/build
	@touch $@

ruff: $(READY) ## Python: rules and format
	@$(RUN) ruff check
	@$(RUN) ruff format --check --diff

shellcheck: $(READY) ## the scripts of the build
	@$(RUN) shellcheck --enable=all --exclude=SC2250,SC2310,SC2312 $(BASH_SCRIPTS)

yamllint: $(READY) ## YAML: form
	@$(RUN) yamllint --strict .

changelog: $(READY) ## changelog fragments
	@$(RUN) antsibull-changelog lint
	@$(RUN) antsibull-changelog lint-changelog-yaml --no-semantic-versioning changelogs/changelog.yaml

mypy: $(READY) ## types of plugins and tests
	@$(RUN) tests/tools/check-types

ansible-lint: $(INSTALLED) ## roles and playbooks, production profile
	@$(RUN) ansible-lint --profile production --offline --strict

# Of what was built: the guides' pages for the documentation site are in no repository.
plugin-docs: $(INSTALLED) ## documentation of modules, plugins and roles
	@$(RUN) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self --disallow-unknown-collection-refs $(COLLECTION)

importer: $(INSTALLED) ## what Galaxy checks of an upload
	@$(RUN) python -m tests.tools.importer

sanity: $(INSTALLED) ## ansible-test sanity, without exceptions
	@$(RUN) python -m tests.tools.sanity

pytest: $(INSTALLED) ## unit, property and integration tests; PYTEST_ARGS="-k name" for some of them
	@$(RUN) tests/tools/pytest $(PYTEST_ARGS)

unit: $(INSTALLED) ## unit and property tests alone
	@$(RUN) tests/tools/pytest $(PYTEST_ARGS) tests/unit tests/property

docs: $(INSTALLED) ## the documentation site, in .cache/docs/build/html; a warning fails
	@VENV=.cache/docs-venv PYTHON="$(PYTHON)" tests/tools/docs

unit-quick: $(INSTALLED) ## the same, with fewer examples and fewer cases of what is exhaustive
	@TESTS_QUICK=1 $(RUN) tests/tools/pytest $(QUICK_ARGS) tests/unit tests/property

format: $(READY) ## put Python into form, and mend what can be mended safely
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

release: $(INSTALLED) ## turn the changelog fragments into CHANGELOG.md, for the version in galaxy.yml
	@$(RUN) antsibull-changelog release

lock: ## pin the newest development requirements
	@tests/tools/lock

clean: ## remove all that was made
	rm -rf .cache .venv .ansible
	find . -name __pycache__ -prune -exec rm -rf {} +
