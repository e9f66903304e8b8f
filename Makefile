# run, test, lint, bench, screenshots: the whole vocabulary.
.DEFAULT_GOAL := run
.PHONY: run test lint bench screenshots lock clean messages

PYTHON ?= python3
PORT ?= 8000
SIMULATOR_PORT ?= 9100
VENV := .venv
BIN := $(VENV)/bin

$(VENV)/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is required. Try: make run PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing dependencies…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements-dev.txt
	@echo "Installing development dependencies…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

# The demo: simulated Jiras and Tempo, web and worker in the foreground; Ctrl-C ends all of it.
run: export DEBUG := 1
run: export DEMO := 1
run: export ALLOW_PRIVATE_HOSTS := 1
# A .env beside is of the installation: the demo must not touch its database.
run: export DATABASE_URL := sqlite:///$(CURDIR)/var/worklogs.sqlite3
run: export PORT := $(PORT)
run: export SITE_URL := http://127.0.0.1:$(PORT)
run: export SIMULATOR_PORT := $(SIMULATOR_PORT)
run: export PATH := $(CURDIR)/$(BIN):$(PATH)
run: $(VENV)/.runtime
	@python manage.py migrate --verbosity 0
	@echo "Starting on http://127.0.0.1:$(PORT) - Choose a user on the sign-in page. Press Ctrl-C to stop."
	@honcho start --env /dev/null --no-prefix web simulator demo || { code=$$?; test $$code -gt 128 && echo "Stopped." || exit $$code; }

test: $(VENV)/.development
	$(BIN)/python -m tests

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(BIN)/lint-imports
	DEBUG=1 $(BIN)/mypy .
	DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=$$(head -c 48 /dev/urandom | base64 -w0) CREDENTIALS_KEY=$$(head -c 48 /dev/urandom | base64 -w0) \
		SITE_URL=https://hours.example EMAIL_URL=smtp://mail.example $(BIN)/python manage.py check --deploy --fail-level WARNING

# One company of 500,000 worklogs a year; `make bench LARGE=--large` builds ten.
bench: $(VENV)/.development
	$(BIN)/python -m tests.bench $(LARGE)

screenshots: $(VENV)/.development
	$(BIN)/python -m tests.screenshots

# Takes every text that users read into locale/, and compiles what is translated there.
messages: $(VENV)/.development
	$(BIN)/python -m tests.catalogues

# Needs uv. Writes the locked requirements anew.
lock:
	for name in requirements requirements-server requirements-dev; do \
		uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet $$name.in -o $$name.txt; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
