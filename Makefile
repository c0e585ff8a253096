# Everything a fresh clone needs: Python >= 3.11, git and make. `make demo` and `make test` set up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEEDS := 10000
BLIND := --seeds 1000 --seconds 20

.PHONY: demo test check setup conformance soak convictions bench clean

demo: $(VENV)/.installed  ## One system survives its leader's crash and a partition; its broken twin is convicted.
	@$(BIN)/chaosctl run --quiet demo/survives demo/convicted
	@$(BIN)/chaosctl report demo-survives demo-convicted
	@echo
	@echo "next: $(BIN)/chaosctl list experiments   $(BIN)/chaosctl run raft-election/leader-in-minority"

test: $(VENV)/.developer  ## The tests, ruff and mypy, as CI runs them.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup

conformance: $(VENV)/.developer  ## Every shipped experiment in both runtimes, and the same bytes twice.
	CHAOSCTL_CONFORMANCE=1 $(BIN)/pytest -n 2 tests/conformance tests/search/test_search_determinism.py

soak: $(VENV)/.developer  ## 10,000 seeds of each pattern under a swarm of faults; interrupted, it goes on where it stopped.
	$(BIN)/chaosctl sweep --swarm --seeds $(SEEDS) $(wildcard tests/soak/*.toml)

convictions: $(VENV)/.developer  ## Every broken variant and mutant convicted: aimed, and blind within a bound (BLIND).
	$(BIN)/python benchmarks/first_violation.py --check $(BLIND)

bench: $(VENV)/.developer  ## The speeds we claim, as ratios.
	for file in benchmarks/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

setup: $(VENV)/.developer

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.developer: pyproject.toml $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist
