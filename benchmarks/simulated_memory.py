"""Memory of ten simulated minutes with the message log on disk: while they pass, and when the run is judged (Linux).

The greatest resident memory of a process until 1, 5 and 10 simulated minutes, each system in a process of its own,
imports included. Rows go to files, so the run itself must not follow its length, and is held to that with single-decree
Paxos under faults, where nothing is kept. A transaction manager keeps what it did, on a disk that is memory here.
Judging has the operations and events in memory, and reads the messages one by one.
"""

import multiprocessing
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import Row, conclude, options
from simulation import CHAOS

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.checkers.verdict import judge
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load
from chaosctl.history.recorder import Recorder
from chaosctl.measurements import measure_all
from chaosctl.node.node import Node
from chaosctl.runtimes.conductor import Conductor
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.simulation import run_simulated

MINUTES = (1, 5, 10)
HELD_TO = "paxos under faults"
KEEPS = "two-phase-commit/no-fault"


@dataclass(frozen=True)
class Seen:
    """What a run needed: MiB until each of MINUTES, and until its verdict; MiB that it wrote; its operations."""

    until: dict[int, float]
    judged: float
    written: float
    operations: int


def peak_mib() -> float:
    """Return the greatest resident memory of this process so far."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def seen_of(text: str) -> Seen:
    """Run an experiment for as long as is measured, judge it, and return what that needed."""
    experiment = load(text, catalogue(), overrides=["duration='10m'"])
    assert experiment.system.pattern is not None
    pattern = load_pattern(experiment.system.pattern)
    plan = make_plan(experiment, 1, pattern, load_workload)
    until: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder.to_folder(Path(folder))

        async def main(runtime: Any) -> Conductor:
            conductor = Conductor(plan, plan.blueprint(lambda _: "", origin_ns=0), runtime, recorder)
            for mark in MINUTES:
                runtime.call_at(mark * 60_000_000_000, lambda mark=mark: until.update({mark: peak_mib()}))
            await conductor.conduct()
            return conductor

        ran = run_simulated(1, main, lambda launch, host: Node(host, pattern, launch.settings))
        recorder.close()
        recording = recorder.recording(plan.declared(ran.load_end_ns, ran.ended_ns))
        verdict = judge(recording, experiment.expect, plan.check_names, measure_all(recording))
        assert verdict.verdict != "fail", verdict.why
        written = sum(path.stat().st_size for path in Path(folder).iterdir()) / (1 << 20)
    return Seen(until, peak_mib(), written, len(recording.operations) // 2)


def main() -> None:
    """Measure, print, and hold the bound."""
    chosen = options(__doc__ or "", rounds=1)
    texts = {HELD_TO: CHAOS, KEEPS: find(KEEPS).read_text(encoding="utf-8")}
    first, *_, last = MINUTES
    rows = []
    for name, text in texts.items():
        with multiprocessing.get_context("spawn").Pool(1) as fresh:
            seen = fresh.apply(seen_of, (text,))
        rows += [Row(f"{name}: until {minute} min", mib, "MiB") for minute, mib in seen.until.items()]
        written = f"({seen.operations:,} operations, {seen.written:.0f} MiB written)"
        rows.append(Row(f"{name}: until its verdict", seen.judged, "MiB", written))
        growth = seen.until[last] / seen.until[first]
        rows.append(Row(f"{name}: {last} min / {first} min", growth, at_most=1.1 if name == HELD_TO else None))
    conclude(rows, check=chosen.check)


if __name__ == "__main__":
    main()
