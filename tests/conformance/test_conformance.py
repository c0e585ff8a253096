"""Every shipped experiment ends as its file expects, in both runtimes (processes: a stated sample in CI).

`make conformance` runs the whole library on processes too.
"""

import os

import pytest

from chaosctl.servers.server import SERVERS
from tests.conftest import EXPERIMENTS, text_of
from tests.servers.conftest import need

SHIPPED = sorted(str(path.relative_to(EXPERIMENTS).with_suffix("")) for path in EXPERIMENTS.rglob("*.toml"))

SAMPLE = [
    "paxos/minority-partition",
    "paxos/own-value",
    "raft-election/half-quorum",
    "raft-election/leader-crash",
    "raft-election/leader-in-minority",
    "two-phase-commit/log-after-send",
    "two-phase-commit/manager-crash",
]
"""On processes CI runs these: a crash, a partition and a conviction of each kind."""


def runtimes_of(name: str) -> list[str]:
    """Return where an experiment runs by its own word."""
    lines = [line for line in text_of(name).splitlines() if line.startswith("runtimes")]
    return ["processes", "simulation"] if not lines else [r for r in ("processes", "simulation") if r in lines[0]]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SHIPPED if "simulation" in runtimes_of(name)])
def test_a_shipped_experiment_ends_as_it_expects_in_simulation(name, simulate):
    run = simulate(name)
    assert run.as_expected, run.why


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize("name", SHIPPED if os.environ.get("CHAOSCTL_CONFORMANCE") else SAMPLE)
def test_a_shipped_experiment_ends_as_it_expects_on_processes(name, on_processes):
    if "processes" not in runtimes_of(name):
        pytest.skip("its file says that it runs in simulation alone")
    need(*(kind for kind in SERVERS if f'"{kind}"' in text_of(name)))
    run = on_processes(name)
    assert run.as_expected, run.why
