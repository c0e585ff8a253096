"""The same run again: the seed and the experiment of a recorded simulation must give its files byte for byte.

Where they do not, either the code has changed since, which run.json tells, or a run is no function of its seed.
"""

import json
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.errors import BadInput
from chaosctl.experiment.load import load_file
from chaosctl.history.folder import EVENTS, EXPERIMENT, FAULTS, HISTORY, MESSAGES, METRICS, RUN
from chaosctl.history.read import read_run
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.run import run_in_simulation

COMPARED = (FAULTS, EVENTS, MESSAGES, HISTORY, METRICS)
"""These files are a function of experiment, seed and code."""


@dataclass(frozen=True)
class Divergence:
    """Where a replay first differs from the recorded run: a file's line, from 1, as recorded and as it came now."""

    file: str
    line: int
    recorded: str
    replayed: str

    @property
    def time_ns(self) -> float:
        """The run time of the earlier of both rows; figures come after all of them."""
        return min(_time_of(text) for text in (self.recorded, self.replayed))


@dataclass(frozen=True)
class Replay:
    """What a replay gave: no divergence, or the first one in the run's time, and what may have brought it about."""

    divergence: Divergence | None
    reasons: list[str]


def replay(folder: Path) -> Replay:
    """Run a recorded simulation again and compare; raises BadInput where the folder holds no run of the simulation."""
    about = read_run(folder).about
    if about.get("runtime") != "simulation":
        raise BadInput(f"{folder}: ran on {about.get('runtime')}: only what was simulated can be run again as it was")
    experiment = load_file(folder / EXPERIMENT, catalogue())
    assert experiment.system.pattern is not None, "only patterns run in simulation"
    plan = make_plan(experiment, int(about["seed"]), load_pattern(experiment.system.pattern), load_workload)
    with TemporaryDirectory(prefix="chaosctl-replay-") as results:
        again = run_in_simulation(plan, Path(results)).folder
        assert again is not None, "a run into a folder has one"
        divergences = [found for name in COMPARED if (found := _compare(name, folder, again)) is not None]
        if not divergences:
            return Replay(None, [])
        first = min(divergences, key=lambda divergence: divergence.time_ns)
        return Replay(first, _reasons(about, json.loads((again / RUN).read_bytes())))


def _compare(name: str, recorded: Path, replayed: Path) -> Divergence | None:
    with _opened(recorded / name) as one, _opened(replayed / name) as other:
        for number, (line, again) in enumerate(zip_longest(one, other, fillvalue=b""), 1):
            if line != again:
                return Divergence(name, number, *(_text(each) for each in (line, again)))
    return None


def _opened(path: Path) -> Any:
    """Return a file; raises BadInput where the run has lost it."""
    try:
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror}") from error


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").rstrip("\n") if line else "nothing more"


def _time_of(text: str) -> float:
    try:
        return float(json.loads(text)["time"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


def _reasons(recorded: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what has changed between two runs, in words."""
    reasons = [
        f"{name}: {before} recorded it, and this is {after}"
        for part in ("versions", "machine")
        for name, after in now[part].items()
        if (before := (recorded.get(part) or {}).get(name, "an unknown one")) != after
    ]
    if not recorded.get("complete"):
        reasons.append("the recorded run did not come to its end")
    return reasons or ["code and versions are the same: `chaosctl sweep --check-determinism` finds what a run leaks"]
