# `make run` serves the demo, `make test` passes everything. Both set themselves up, from Python and the package index.
PORT ?= 8501
WORKERS ?= 3
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$each -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
RUN := .venv/bin/python
DEV := .venv-test/bin/python
PO := core/locale/es/LC_MESSAGES/straydesk.po
CODE = $(wildcard dashboard.py) core $(if $(wildcard pages/*.py pages/*/*.py),pages) tests

.PHONY: run test tests test-lake check bench bench-more load translations dictionary clean python

run: .venv/.installed
	@exec $(RUN) -m core serve --demo --port $(PORT)

test: .venv-test/.installed
	@$(MAKE) --no-print-directory --jobs=2 check tests

tests: .venv-test/.installed
	$(DEV) -m pytest -n $(WORKERS) --dist loadfile

# The tests of the engine again, with each desk's store on a lake (PostgreSQL and Parquet) instead of a file; an hour or so.
LAKE_TESTS = $(filter-out tests/test_page_% tests/test_demo% tests/test_house.py,$(wildcard tests/test_*.py))
test-lake: .venv-test/.installed
	STRAYDESK_TEST_HOME=lake $(DEV) -m pytest -n $(WORKERS) --dist loadfile $(LAKE_TESTS)

check: .venv-test/.installed
	$(DEV) -m ruff format --check .
	$(DEV) -m ruff check .
	$(DEV) -m mypy $(CODE)

# All sizes in both homes write docs/benchmarks.*; SIZES=10000,100000, HOMES=file and ONLY=queue,routing make it shorter.
bench: .venv-test/.installed
	$(DEV) -m tests.benchmarks $(if $(SIZES),--sizes $(SIZES)) $(if $(HOMES),--homes $(HOMES)) $(if $(ONLY),--only $(ONLY))

# What else is timed: backtests, backups, conflicts, fetching, one very large mailbox.
bench-more: .venv-test/.installed
	$(DEV) -m pytest tests/benchmarks -s -p no:xdist -o timeout=1800

# Many agents at once on both homes, for some minutes; figures into docs/load.json and docs/load.md.
load: .venv-test/.installed
	$(DEV) -m tests.load

# Takes new sentences from the code into the Spanish catalogue and drops those that are gone; then translate the empty ones.
translations: .venv-test/.installed
	$(DEV) -m babel.messages.frontend -q extract -F babel.cfg --no-default-keywords -k _ -k n_:1,2 --no-location \
		--sort-output --project Straydesk -o .venv-test/straydesk.pot dashboard.py core pages
	$(DEV) -m babel.messages.frontend -q update -l es -i .venv-test/straydesk.pot -o $(PO) --no-fuzzy-matching --ignore-obsolete \
		--omit-header
	@$(DEV) -m pytest -q tests/test_house.py -k translat

# The data dictionary is made from the comments of the SQL.
dictionary: .venv-test/.installed
	$(DEV) -m core dictionary > docs/data_dictionary.md

.venv/.installed: requirements.txt | python
	$(PYTHON) -m venv --clear .venv
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv-test/.installed: requirements.txt requirements-dev.txt | python
	$(PYTHON) -m venv --clear .venv-test
	$(DEV) -m pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	@touch $@

python:
	@test -n "$(PYTHON)" || { echo "Straydesk needs Python 3.11 or newer with venv, and none is on PATH. Install it" \
		"(Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python), or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }

# Leaves your data alone, except for the demo's, which is generated.
clean:
	rm -rf .venv .venv-test .mypy_cache .ruff_cache .pytest_cache .hypothesis data/demo
	find core pages tests notebooks -name __pycache__ -type d -prune -exec rm -rf {} +
