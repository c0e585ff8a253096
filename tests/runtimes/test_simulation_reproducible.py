"""One (experiment, seed) is one sequence of bytes, in any process: cold or warm, whatever strings hash to.

In any Python, too: `make versions` sets CHAOSCTL_PYTHONS to interpreters in which chaosctl is installed for developers.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load_file
from chaosctl.history.recorder import Recorder
from chaosctl.node.node import Node
from chaosctl.runtimes import guard
from chaosctl.runtimes.conductor import Conductor
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.simulation import Simulation, run_simulated

LIBRARY = Path(__file__).parent.parent.parent / "experiments"
MIXED = [  # Of each pattern a run with losses or crashes, and one with a pause or a partition.
    "raft-election/leader-crash",
    "raft-election/leader-pause",
    "paxos/all-crash",
    "paxos/minority-partition",
    "two-phase-commit/manager-crash",
    "two-phase-commit/partition",
]

PYTHONS = os.environ.get("CHAOSCTL_PYTHONS", "").split()


def digest(name: str, seed: int) -> str:
    """Run an experiment of the library, and return the hash of all that was recorded of it, in order."""
    experiment = load_file(LIBRARY / f"{name}.toml", catalogue())
    assert experiment.system.pattern is not None
    plan = make_plan(experiment, seed, load_pattern(experiment.system.pattern), load_workload)
    written = Written()

    async def main(simulation: Simulation) -> None:
        blueprint = plan.blueprint(lambda _: "", origin_ns=0)
        await Conductor(plan, blueprint, simulation, written).conduct()

    run_simulated(seed, main, lambda launch, host: Node(host, plan.pattern, launch.settings))
    assert written.rows > 20, f"{name}: nothing to compare"
    return written.hash.hexdigest()


class Written(Recorder):
    """Hashes rows instead of keeping them."""

    def __init__(self) -> None:
        super().__init__(None, messages_wanted=True)
        self.hash = hashlib.sha256()
        self.rows = 0
        self._encode = msgspec.json.Encoder().encode
        self.operation = self.event = self.message = self.fault = self.take  # type: ignore[method-assign, assignment]

    def take(self, row: object) -> None:
        self.rows += 1
        self.hash.update(self._encode(row))


def digest_elsewhere(names: list[str], seed: int, hash_seed: str, python: str = sys.executable) -> list[str]:
    """Return the digests that a new process computes, one after another."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    program = [python, __file__, str(seed), *names]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=3600, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_signals_that_reach_the_process_meanwhile_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = digest("multi-paxos/crash", 7)
    monkeypatch.setattr(guard, "WATCH_S", 0.001)  # The watch over busy nodes then signals hundreds of times.
    assert digest("multi-paxos/crash", 7) == quiet


@pytest.mark.slow
@pytest.mark.parametrize("name", MIXED)
def test_a_warm_process_records_the_same_bytes_again_and_others_for_another_seed(name: str) -> None:
    first = digest(name, 7)
    other = digest(name, 8)
    assert digest(name, 7) == first
    assert other != first


@pytest.mark.slow
def test_processes_that_hash_strings_differently_record_the_same_bytes() -> None:
    digests = [digest_elsewhere(MIXED, 7, hash_seed) for hash_seed in ("0", "1", "4294967295")]
    assert digests[0] == digests[1] == digests[2]
    assert digests[0] == [digest(name, 7) for name in MIXED], "and a cold process the same as this warm one"


@pytest.mark.slow
def test_what_ran_before_in_a_process_changes_nothing() -> None:
    assert digest_elsewhere(MIXED, 7, "0") == digest_elsewhere(MIXED[::-1], 7, "0")[::-1]


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
def test_other_versions_of_python_record_the_same_bytes(python: str) -> None:
    shipped = {path: load_file(path, catalogue()) for path in sorted(LIBRARY.glob("*/*.toml"))}
    simulated = [path for path, file in shipped.items() if file.system.pattern and "simulation" in file.expect.runtimes]
    names = [path.relative_to(LIBRARY).with_suffix("").as_posix() for path in simulated]
    theirs = digest_elsewhere(names, 7, "5", python)
    assert dict(zip(names, theirs, strict=True)) == {name: digest(name, 7) for name in names}


if __name__ == "__main__":
    for each in sys.argv[2:]:
        sys.stdout.write(f"{digest(each, int(sys.argv[1]))}\n")
