# Everything runs from .venv, which `make venv` builds from requirements.lock; an empty environment will do.

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=
BIN := .venv/bin
STAMP := .venv/installed
export UV_SYSTEM_CERTS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-clients fuzz check properties chaos bench lock clean

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F '\t' '{ printf "make %-12s %s\n", $$1, $$2 }'

venv: $(STAMP)  ## build .venv; costs nothing when it is up to date

# uv comes hashed from the same lock; where it cannot be had or finds no packages, pip does the same, slower.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Caseward needs Python 3.11 or later and $(PYTHON) is older: make venv PYTHON=python3.12" >&2; exit 1; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv || { \
		echo "$(PYTHON) cannot make a virtual environment (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@{ $(BIN)/pip install -q --require-hashes -r .venv/uv.lock && \
		$(BIN)/uv pip install -q -p .venv --require-hashes -r requirements.lock; } || \
		$(BIN)/pip install -q --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q -p .venv --no-deps --no-build-isolation -e . || \
		$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)  ## start a desk with made-up cases to look around in (ARGS=… are passed on)
	$(BIN)/caseward demo $(ARGS)

test: check  ## check, then run every test (ARGS=… go to pytest, WORKERS=2 run side by side)
	$(BIN)/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

test-clients: $(STAMP) tests/clients/.venv/installed tests/clients/node_modules/installed  ## Relay, Apollo, urql, graphql-codegen, graphql-ws, graphql-sse and gql at a desk of their own
	$(BIN)/python -m bench.clients

# Other people's clients, and the Node they run on, have an environment of their own.
tests/clients/.venv/installed: tests/clients/requirements.txt
	@[ -x $(@D)/bin/pip ] || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/pip install -q --require-hashes -r $<
	@touch $@

tests/clients/node_modules/installed: tests/clients/package-lock.json tests/clients/.venv/installed
	@cd tests/clients && PATH="$$PWD/.venv/bin:$$PATH" npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

fuzz: $(STAMP)  ## requests nobody should send, against the whole API (ARGS='--operations 100000 --seed 7')
	$(BIN)/python -m bench.fuzz $(ARGS)

check: $(STAMP)  ## style, types, who imports whom, and the schema is as committed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/caseward schema --check schema.graphql

properties: $(STAMP)  ## property tests, round after round, each from another seed (ARGS='--minutes 10')
	$(BIN)/python -m bench.properties $(ARGS)

chaos: $(STAMP)  ## kill, empty and stop what a busy desk runs on, then check its books (ARGS='--minutes 3 --seed 7')
	$(BIN)/python -m bench.chaos $(ARGS)

bench: $(STAMP) bench/peers/.venv/installed bench/peers/postgraphile/node_modules/installed  ## measure the parts that must be fast, against a peer, a floor or plain SQL
	$(BIN)/python -m bench.business_time
	$(BIN)/python -m bench.clock_fold --events 100000
	$(BIN)/python -m bench.log
	$(BIN)/python -m bench.replay
	$(BIN)/python -m bench.bulk
	$(BIN)/python -m bench.mutations
	$(BIN)/python -m bench.reads

# The peers that are compared with have an environment of their own: nothing of ours depends on them.
bench/peers/.venv/installed: bench/peers/requirements.txt
	@[ -x bench/peers/.venv/bin/pip ] || $(PYTHON) -m venv bench/peers/.venv
	@bench/peers/.venv/bin/pip install -q --require-hashes -r $<
	@touch $@

# Where npm finds no packages, all but PostGraphile is measured.
bench/peers/postgraphile/node_modules/installed: bench/peers/postgraphile/package-lock.json bench/peers/.venv/installed
	@cd $(@D)/.. && PATH="$(CURDIR)/bench/peers/.venv/bin:$$PATH" npm ci --silent --no-audit --no-fund --ignore-scripts && \
		touch $(CURDIR)/$@ || echo "PostGraphile cannot be installed and is left out" >&2

lock: $(STAMP)  ## resolve requirements.lock anew, for every platform and Python from 3.11 on
	printf 'setuptools>=80\nuv\n' | $(BIN)/uv pip compile -q pyproject.toml - --group dev --universal --upgrade \
		--python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements.lock
	@! grep -nE '://|^--' requirements.lock || { echo "requirements.lock must name no host" >&2; exit 1; }

clean:  ## delete .venv, caches and the embedded servers' data, wherever they had to live
	@if $(BIN)/python -c 'import caseward.stack' 2>/dev/null; then $(BIN)/python -m caseward.stack forget; fi
	rm -rf .venv bench/peers/.venv bench/peers/postgraphile/node_modules tests/clients/.venv tests/clients/node_modules tests/clients/generated .caseward build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
