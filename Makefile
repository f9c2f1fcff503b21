# make run: install and run the default config; make test: install and run all tests;
# make bench: install and run all benchmarks, about an hour on two cores;
# make dashboard: studies in a browser, while they run. STUDY: a journal of results/*/studies/ or
# the URL of a database; without it, the journal that changed last. PORT: 8080 unless given.
# make bench-gpu: training on a GPU against the processor; make docs: pages of the library for users,
# docs/api/index.html, from its docstrings.
.PHONY: run test bench bench-gpu dashboard docs install install-test lock format check
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin

run: install
	$(BIN)/python -m snakemake --cores all

test: install-test
	$(BIN)/python tests/in_two.py

BENCHMARKS := efficiency time_to_quality growth state_space quality peers tuning
bench: .venv/installed-bench
	for name in $(BENCHMARKS); do $(BIN)/python benchmarks/$$name.py || exit 1; done

bench-gpu: install
	$(BIN)/python benchmarks/gpu.py

# A path is checked here: with a typo in it optuna-dashboard ends with a traceback.
PORT ?= 8080
dashboard: install
	@study="$${STUDY:-$$(ls -t results/*/studies/*/*/*.journal 2> /dev/null | head -n 1)}"; \
	expected="expected a journal or the URL of a database in STUDY"; \
	case "$$study" in \
		*://*) ;; \
		"") echo "results/*/studies: found no journal of a study, $$expected." >&2; exit 1;; \
		*) test -f "$$study" || { echo "STUDY: found no file $$study, $$expected." >&2; exit 1; };; \
	esac; \
	exec $(BIN)/optuna-dashboard --host 127.0.0.1 --port $(PORT) "$$study"

docs: install-test
	PDOC_ALLOW_EXEC=1 PYTHONPATH=workflow/scripts $(BIN)/python -W error -m pdoc \
		--no-show-source -o docs/api nma.run nma.results.dynamics nma.results.network nma.io.errors

install: .venv/installed

install-test: .venv/installed-test

# The environment is rebuilt when the lock changes, so that no old package stays behind.
.venv/installed: requirements.lock
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --progress-bar on -r requirements.lock
	PYTHONPATH=workflow/scripts $(BIN)/python -c "from nma.maps.umap import compile_maps; compile_maps()"
	touch $@

.venv/installed-test: .venv/installed requirements-test.lock
	$(BIN)/python -m pip install -r requirements-test.lock
	touch $@

.venv/installed-bench: .venv/installed requirements-bench.lock
	$(BIN)/python -m pip install -r requirements-bench.lock
	touch $@

check: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/python -m snakemake --lint
	PYTHONPATH=workflow/scripts $(BIN)/lint-imports --no-cache

format: install-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

# Resolve requirements.in again, and write the exact versions found.
lock:
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -r requirements.in
	$(BIN)/python -m pip freeze | sed 's/+cpu$$//' > requirements.lock
	$(BIN)/python -m pip install -r requirements-test.in
	$(BIN)/python -m pip freeze | sed 's/+cpu$$//' | grep -vxFf requirements.lock > requirements-test.lock
	$(BIN)/python -m pip install -r requirements-bench.in
	$(BIN)/python -m pip freeze | sed 's/+cpu$$//' | grep -vxFf requirements.lock -f requirements-test.lock > requirements-bench.lock
	touch .venv/installed .venv/installed-test .venv/installed-bench
