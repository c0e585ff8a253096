# Everything a fresh clone needs: Python >= 3.11, git and make. `make demo` and `make test` set up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEEDS := 10000
# Tests: half of the time of most is waiting for processes, in real time.
AT_ONCE := 3
PYTHONS := python3.12 python3.13
DEMO := examples/split-brain/both-sides-serve.toml examples/split-brain/smaller-side-refuses.toml
BLIND := --seeds 1000 --seconds 20

.PHONY: demo test check setup conformance databases soak convictions versions bench browser servers clean

demo: $(VENV)/.installed  ## Split brain, twice: both sides of a cut take the money; then the smaller side refuses.
	@echo "One account on five nodes, one seed, one cut, two runs. Their files differ in one line:"
	@diff $(DEMO); [ $$? -eq 1 ]
	@$(BIN)/chaosctl run --quiet $(DEMO); [ $$? -eq 1 ]  # 1: one of them is not as its file expects.
	@$(BIN)/chaosctl report $$(ls -d results/split-brain/2* | tail -n 2)
	@echo
	@echo "next: $(BIN)/chaosctl list experiments   $(BIN)/chaosctl run raft-election/leader-in-minority"

test: $(VENV)/.developer  ## The tests, ruff and mypy, as CI runs them.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n $(AT_ONCE) --dist loadgroup

conformance: $(VENV)/.developer  ## Every shipped experiment in both runtimes, and the same bytes twice.
	CHAOSCTL_CONFORMANCE=1 $(BIN)/pytest -n 2 tests/conformance tests/search/test_search_determinism.py \
		tests/reports/test_reports_tables.py tests/cli/test_cli_docs.py tests/controls/test_controls_correct.py

databases: $(VENV)/.developer servers  ## The transaction library on PostgreSQL and MariaDB too; writes the table of docs/databases.md.
	$(BIN)/python docs/write_databases.py

soak: $(VENV)/.developer  ## 10,000 seeds of each pattern under a swarm of faults; interrupted, it goes on where it stopped.
	$(BIN)/chaosctl sweep --swarm --seeds $(SEEDS) $(wildcard tests/soak/*.toml)

versions: $(VENV)/.developer  ## The same bytes from other versions of Python (PYTHONS) as from this one.
	for each in $(PYTHONS); do $$each -m venv $(VENV)/$$each && $(VENV)/$$each/bin/pip install -q -e '.[dev]' || exit 1; done
	CHAOSCTL_PYTHONS="$(PYTHONS:%=$(CURDIR)/$(VENV)/%/bin/python)" \
		$(BIN)/pytest -n 2 tests/runtimes/test_simulation_reproducible.py

convictions: $(VENV)/.developer  ## Every broken variant and mutant convicted: aimed, and blind within a bound (BLIND).
	$(BIN)/python benchmarks/first_violation.py --check $(BLIND)

browser:  ## Debian's Chromium for the tests of pages; without it they are skipped, with the reason.
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
		chromium chromium-driver >/dev/null; } || \
		{ echo "not installed: needs root and Debian: apt-get install chromium chromium-driver"; exit 1; }

servers:  ## Debian's database servers and message brokers for the tests on real ones; without them those are skipped, with the reason.
	@ls /usr/lib/postgresql/*/bin/initdb /usr/sbin/mariadbd /usr/bin/redis-server /usr/sbin/nats-server >/dev/null 2>&1 || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
		postgresql mariadb-server redis-server nats-server >/dev/null; } || \
		{ echo "not installed: needs root and Debian: apt-get install postgresql mariadb-server redis-server nats-server"; exit 1; }

bench: $(VENV)/.developer  ## The speeds we claim, as ratios.
	for file in $(filter-out %/measuring.py %/ping_pong.py,$(wildcard benchmarks/*.py)); do $(BIN)/python $$file || exit 1; done

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
