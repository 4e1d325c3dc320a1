# Only Python 3.11 or newer, git and make are needed. `make` lists the targets.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
# Processes that share the tests; 0 runs them in one, as a debugger wants it.
JOBS ?= auto
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# Who has done stays not idle: tests are of very different lengths.
SHARED_OUT := -n $(JOBS) --dist worksteal --durations 10

export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help venv demo tutorial pages test lint format types layers tidy migrations services faults faults-quick faults-mutate browser verifiers bench bench-quick fuzz matrix clean drawing messages

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# pip runs again only when the metadata has changed. The extras of each stamp are
# those of the target that needs it, so that the demo does not wait for linters.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Python 3.11 or newer is needed, this is %d.%d. Name another one: make PYTHON=python3.12" % v[:2])'
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
		rm -rf $(VENV) \
		&& $(PYTHON) -m venv --without-pip $(VENV) \
		&& $(PYTHON) -m pip --python $(BIN)/python install -qq pip; \
	} || { \
		rm -rf $(VENV); \
		echo "$(PYTHON) has neither ensurepip nor pip. On Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; \
	}

$(VENV)/.installed-%: setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing seacucumber[$*] into $(VENV) ..."
	@$(PIP) install --editable '.[$*]'
	@touch $@

venv: $(VENV)/.installed-dev ## Make .venv with everything a contributor needs

demo: $(VENV)/.installed-demo,beat ## Show the whole thing at work; ARGS=--exit ends with a verdict
	@$(BIN)/python -m demo_site.demo $(ARGS)

tutorial: $(VENV)/.installed-dev ## Do what docs/tutorial.rst says, from a wheel; ARGS="--django 6.1"
	$(BIN)/python -m tests.tutorial $(ARGS)

# COVERAGE=1 measures and enforces the floor in setup.cfg.
test: $(VENV)/.installed-test,beat ## Run the tests that need no service; ARGS="-k name"
ifdef COVERAGE
	@$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest $(SHARED_OUT) $(ARGS)
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report
else
	$(BIN)/python -m pytest $(SHARED_OUT) $(ARGS)
endif

lint: $(VENV)/.installed-dev ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed-dev ## Repair style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed-dev ## Check types, strictly
	$(BIN)/mypy

layers: $(VENV)/.installed-dev ## Check that imports point down
	$(BIN)/lint-imports

# GNU gettext's xgettext has to be there. What it writes is no source: languages are added
# once the pages are settled.
messages: $(VENV)/.installed-dev ## Build the catalogue of all texts; ARGS="-l de" for a language
	mkdir -p seacucumber/locale
	cd seacucumber && $(abspath $(BIN))/django-admin makemessages $(or $(ARGS),-l en)

drawing: $(VENV)/.installed-dev ## Draw the layers anew, for docs/architecture.rst
	$(BIN)/python docs/layers.py

pages: $(VENV)/.installed-dev ## Write the tables of docs/from-*.rst anew
	PYTHONPATH=. $(BIN)/python docs/other_backends.py

tidy: $(VENV)/.installed-dev ## Show files that are hard to find: too small, too many, misnamed
	$(BIN)/python -m tests.tidy

# What a rolling upgrade cannot bear: a process of the release before on the new tables,
# a table that is locked for long.
migrations: $(VENV)/.installed-dev ## Check on PostgreSQL and MariaDB that migrations let older code run
	SEACUCUMBER_TEST_DB=postgres $(BIN)/python -m django lintmigrations seacucumber --settings tests.migration_settings
	SEACUCUMBER_TEST_DB=mariadb $(BIN)/python -m django lintmigrations seacucumber --settings tests.migration_settings

# What never touches a database is the same on all of them.
NO_DATABASE := tests/envelope tests/dns tests/ses tests/testing
SERVICES_PYTEST := $(BIN)/python -m pytest $(SHARED_OUT) -m "not browser and not verifier and not faults" $(addprefix --ignore ,$(NO_DATABASE))

# Servers on their standard ports of this machine, or as SEACUCUMBER_TEST_* names them
# (tests/services.py).
services: $(VENV)/.installed-test,beat ## Run all tests on PostgreSQL and MariaDB, with Redis and RabbitMQ
	SEACUCUMBER_TEST_STATES=200 SEACUCUMBER_TEST_DB=postgres $(SERVICES_PYTEST) $(ARGS)
	SEACUCUMBER_TEST_DB=mariadb $(SERVICES_PYTEST) $(ARGS)

# PostgreSQL, MariaDB, Redis and RabbitMQ are met where this machine has them.
faults-quick: $(VENV)/.installed-test,beat ## Have the world misbehave: each scenario once; ARGS="-- -k outage"
	$(BIN)/python -m tests.faults quick $(ARGS)

faults: $(VENV)/.installed-test,beat ## The same on every database, with every broker and pool (hours)
	$(BIN)/python -m tests.faults full $(ARGS)

faults-mutate: $(VENV)/.installed-test,beat ## Take guards out of a copy, and see a scenario go red for each
	$(BIN)/python -m tests.faults mutate $(ARGS)

# Chromium is Debian's, or what CHROMIUM names; the screenshots are left in .browser.
browser: $(VENV)/.installed-test,beat,browser .browser/node_modules/axe-core ## Drive the admin in Chromium, with axe-core
	$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

# What the documentation shows, from the same pages.
SHOTS := dashboard:dashboard-light dashboard-dark:dashboard-dark domain:domain-light \
	message:message-light message-bounced:message-bounced-light \
	suppression:suppression-light dkim-key:key-light

screenshots: $(VENV)/.installed-test,beat,browser ## Renew the pictures in docs/screenshots
	$(BIN)/python -m pytest -m browser tests/browser/test_screenshots.py -k "light or dark"
	@for pair in $(SHOTS); do \
		cp .browser/shots/$${pair#*:}.png docs/screenshots/$${pair%:*}.png; \
	done

.browser/node_modules/axe-core:
	@command -v npm >/dev/null || { echo "npm is missing, and axe-core comes from it. On Debian and Ubuntu: apt install npm" >&2; exit 1; }
	@mkdir -p .browser
	@npm install --prefix .browser --no-save --no-audit --no-fund --silent axe-core@4

# Readers and verifiers that share no code with ours.
verifiers: $(VENV)/.installed-test,beat .verifiers/.installed ## Have mailauth and postal-mime (npm), gpg and openssl judge our mail
	@command -v gpg >/dev/null || { echo "gpg is missing, which judges PGP/MIME. On Debian and Ubuntu: apt install gnupg" >&2; exit 1; }
	@command -v openssl >/dev/null || { echo "openssl is missing, which judges S/MIME. On Debian and Ubuntu: apt install openssl" >&2; exit 1; }
	$(BIN)/python -m pytest -m verifier tests/oracles $(ARGS)

.verifiers/.installed: Makefile
	@command -v npm >/dev/null || { echo "npm is missing, and mailauth and postal-mime come from it. On Debian and Ubuntu: apt install npm" >&2; exit 1; }
	@mkdir -p .verifiers
	@npm install --prefix .verifiers --no-save --no-audit --no-fund --silent mailauth@4 postal-mime@2
	@touch $@

bench: $(VENV)/.installed-test,bench ## Measure everything, beside other backends
	$(BIN)/python -m benchmarks full $(ARGS)

bench-quick: $(VENV)/.installed-test,bench ## Measure CPU per message and rates, in one short run
	$(BIN)/python -m benchmarks quick $(ARGS)

fuzz: $(VENV)/.installed-dev ## Give every field hostile text, 50,000 times on each pair of tox.ini
	SEACUCUMBER_TEST_EXAMPLES=50000 $(BIN)/tox run $(ARGS) -- tests/envelope/test_strict.py -k no_text --timeout 0

matrix: $(VENV)/.installed-dev ## Run the tests on every Python and Django (tox)
	$(BIN)/tox run $(ARGS)

clean: ## Remove what these targets have made
	rm -rf $(VENV) .tox .demo .browser .verifiers .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf build dist *.egg-info .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
