# `make demo` and `make test` need git, make and Python 3.10 to 3.12; the first run creates $(VENV).

PYTHON ?= $(shell for p in python3.11 python3; do $$p -c "" 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
# Written last, so that a half-finished installation is started again.
INSTALLED := $(VENV)/.installed
# flair, which is only measured against, in an environment of its own.
FLAIR := .venv-flair
# pip-audit, whose own dependencies are not those of this package.
AUDIT := .venv-audit

.PHONY: demo test test-quick test-all lint docs data report bench fuzz audit test-versions clean

demo: $(INSTALLED)
	@$(VENV)/bin/python scripts/demo.py

# worksteal: each worker has the tests of a file one after the other, which share what they trained.
PYTEST := $(VENV)/bin/pytest -n auto --dist worksteal

test: $(INSTALLED)
	$(PYTEST)

test-quick: $(INSTALLED)
	$(PYTEST) -m "not long and not slow and not process and not browser" --hypothesis-profile quick

test-all: $(INSTALLED)
	$(PYTEST) -m ""

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# The site, into build/docs; a warning is an error.
docs: export NO_MKDOCS_2_WARNING = 1
docs: $(INSTALLED)
	@$(VENV)/bin/mkdocs build --strict --quiet
	@echo "Open build/docs/index.html in a browser."

# make data FROM=<folder with prepared corpora>, or make data CONLL2003=<folder with your originals>
# to download the others.
data: $(INSTALLED)
	$(VENV)/bin/allennlp prepare-data $(if $(FROM),--from "$(FROM)")$(if $(CONLL2003), --conll2003 "$(CONLL2003)")

# Tables and figures of all grids in results/, into results/report. MODEL is the folder of the
# transformer that some of them name.
RESULTS = $(filter-out results/demo.jsonl,$(wildcard results/*.jsonl))
report: $(INSTALLED)
	MODEL="$(MODEL)" $(VENV)/bin/allennlp report $(RESULTS) \
	    --spec $(RESULTS:results/%.jsonl=training_config/experiments/%.jsonnet) -o results/report

# make bench goes on where it stopped; AGAIN=1 measures everything anew, ONLY="decoding growth" these.
bench: $(VENV)/.bench $(FLAIR)/.installed
	$(VENV)/bin/python benchmarks/run.py$(if $(AGAIN), --again)$(if $(ONLY), --only $(ONLY))

# 100,000 inputs for each target of fuzz/targets.py, some hours; RUNS=1000 ONLY="columns text" for less.
fuzz: $(VENV)/.fuzz
	$(VENV)/bin/python -m fuzz.run $(ONLY) --runs $(or $(RUNS),100000)

# Known vulnerabilities of the pinned versions; audit.txt says why some do not matter here. Without the
# service that pip-audit asks: ADVISORIES=<folder with a checkout of pypa/advisory-database>
audit: $(if $(ADVISORIES),$(INSTALLED),$(AUDIT)/.installed)
	$(if $(ADVISORIES),$(VENV),$(AUDIT))/bin/python scripts/audit.py $(if $(ADVISORIES),--advisories "$(ADVISORIES)")

# The tests on each Python that there is, and with the oldest torch that pyproject.toml allows.
test-versions: $(INSTALLED)
	@scripts/test_versions

clean:
	rm -rf $(VENV) $(FLAIR) $(AUDIT) .venv-3.* .venv-torch-* results/demo build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# allennlp and allennlp-models come without their dependencies, because their metadata asks for
# versions that no longer install (see pyproject.toml). constraints.txt holds for the tools that
# build the packages without a wheel too.
# allennlp_models tries to download nltk's punkt at import unless it finds this folder; only the
# NarrativeQA metrics use it.
PIP_INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
$(INSTALLED): export PIP_CONSTRAINT = constraints.txt
$(INSTALLED): export PIP_BUILD_CONSTRAINT = constraints.txt
$(INSTALLED): pyproject.toml constraints.txt scripts/quiet_imports.pth
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' || { \
	    echo "Python 3.10, 3.11 or 3.12 is needed, found: '$(PYTHON)'" \
	        "$$($(PYTHON) --version 2>&1). Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	    echo "$(PYTHON) lacks the venv module (on Debian and Ubuntu: the package python3-venv)." >&2; \
	    exit 1; }
	@echo "Installing into $(VENV); this takes some minutes, torch is a large download."
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) pip
	$(PIP_INSTALL) --editable '.[dev]'
	$(PIP_INSTALL) --no-deps allennlp allennlp-models torchvision
	cp scripts/quiet_imports.pth $(VENV)/lib/python*/site-packages/
	mkdir -p $(VENV)/nltk_data/tokenizers/punkt
	@touch $@

$(VENV)/.bench: export PIP_CONSTRAINT = constraints.txt
$(VENV)/.bench: $(INSTALLED)
	$(PIP_INSTALL) --editable '.[bench]'
	@touch $@

$(VENV)/.fuzz: export PIP_CONSTRAINT = constraints.txt
$(VENV)/.fuzz: $(INSTALLED)
	$(PIP_INSTALL) --editable '.[fuzz]'
	@touch $@

$(AUDIT)/.installed:
	rm -rf $(AUDIT)
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@touch $@

$(FLAIR)/.installed: benchmarks/peers/flair-constraints.txt | $(INSTALLED)
	rm -rf $(FLAIR)
	$(PYTHON) -m venv $(FLAIR)
	$(FLAIR)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $< flair torch
	@touch $@
