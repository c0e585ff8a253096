"""A whole run: prepare the folder, conduct the plan over a runtime, judge what was recorded, write it all down."""

import platform
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import trio

from chaosctl import __version__
from chaosctl.checkers.verdict import RunVerdict, judge
from chaosctl.errors import ExitCode, RunBroke
from chaosctl.experiment.dump import dump
from chaosctl.history import folder as run_folder
from chaosctl.history.recorder import Recorder
from chaosctl.history.recording import Declared, Recording
from chaosctl.history.records import Event
from chaosctl.measurements import measure_all
from chaosctl.node.messages import RUNNER
from chaosctl.node.points import EVERY_POINT
from chaosctl.node.settings import ArmedPoint
from chaosctl.runtimes.conductor import Conductor
from chaosctl.runtimes.plan import Plan
from chaosctl.runtimes.source import source_digest

Watcher = Callable[[Conductor], Any]
"""An async function that shows a run while it goes on, and is cancelled at its end."""


@dataclass(frozen=True)
class Finished:
    """A run that came to its end: where it lies (None: nowhere), what it saw, and what that amounts to."""

    folder: Path | None
    plan: Plan
    recording: Recording
    metrics: dict[str, Any]
    verdict: RunVerdict
    interrupted: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """What the process says of this run."""
        return ExitCode.INTERRUPTED if self.interrupted else ExitCode(self.verdict.exit_code)


def run_on_processes(plan: Plan, results: Path, watch: Watcher | None = None) -> Finished:
    """Run a plan on real processes into a new folder below `results`; raises RunBroke where it can't be done."""
    from chaosctl.runtimes.processes import Processes  # noqa: PLC0415 - simulation runs without it.
    from chaosctl.runtimes.supervisor import Supervisor  # noqa: PLC0415

    folder = _new_folder(plan, results)
    recorder = Recorder.to_folder(folder)
    ending = _Ending()
    with Supervisor() as supervisor:

        async def main() -> None:
            async with Processes(supervisor, plan.seed) as runtime:
                conductor = Conductor(plan, _blueprint(plan, folder, runtime.origin_ns), runtime, recorder)
                await _conduct(conductor, ending, watch)

        _run_until_signal(main, ending)
    return _finish(plan, folder, recorder, ending, "processes")


def run_in_simulation(plan: Plan, results: Path | None, *, messages_wanted: bool = True) -> Finished:
    """Run a plan under virtual time, into a new folder or (None) in memory alone."""
    folder = _new_folder(plan, results) if results is not None else None
    recorder = (
        Recorder.to_folder(folder, messages_wanted=messages_wanted)
        if folder is not None
        else Recorder.in_memory(messages_wanted=messages_wanted)
    )
    return _finish(plan, folder, recorder, _simulate(plan, recorder), "simulation")


def judge_in_simulation(plan: Plan, *, messages_wanted: bool, points_told: bool = False) -> tuple[Recording, RunVerdict]:
    """Run a plan under virtual time in memory and judge it; figures are measured only where a threshold asks for one.

    For runs by the thousand. `points_told`: every named point that a node passes is an event, `point_reached`.
    """
    recorder = Recorder.in_memory(messages_wanted=messages_wanted)
    ending = _simulate(plan, recorder, points_told=points_told)
    recording = recorder.recording(plan.declared(ending.load_end_ns, ending.end_ns))
    recording.complete = ending.complete
    expect = plan.experiment.expect
    metrics = measure_all(recording) if expect.thresholds else {}
    return recording, judge(recording, expect, plan.check_names, metrics)


@dataclass
class _Ending:
    """How far a run came, kept outside of it so that an interrupt does not lose it."""

    load_end_ns: int = 0
    end_ns: int = 0
    problems: dict[str, dict[str, int]] | None = None
    complete: bool = False
    interrupted: bool = False


def _simulate(plan: Plan, recorder: Recorder, *, points_told: bool = False) -> _Ending:
    from chaosctl.runtimes.simulation import Simulation, run_simulated  # noqa: PLC0415 - processes run without it.
    from chaosctl.runtimes.virtual_clock import LimitReached  # noqa: PLC0415

    ending = _Ending()

    async def main(runtime: Simulation) -> None:
        conductor = Conductor(plan, plan.blueprint(_no_directory, origin_ns=0), runtime, recorder)
        for node in plan.nodes if points_told else ():
            conductor.members.arm(node, ArmedPoint(EVERY_POINT, 0, "tell"))
        await _conduct(conductor, ending, None)

    try:
        run_simulated(plan.seed, main)
    except LimitReached as limit:
        why = {"why": str(limit)}
        recorder.event(Event(time=ending.end_ns, node=RUNNER, event="limit-reached", role=RUNNER, fields=why))
    return ending


async def _conduct(conductor: Conductor, ending: _Ending, watch: Watcher | None) -> None:
    try:
        async with trio.open_nursery() as nursery:
            if watch is not None:
                nursery.start_soon(watch, conductor)
            await conductor.conduct()
            ending.complete = True
            nursery.cancel_scope.cancel()
    finally:
        ending.load_end_ns = conductor.load_end_ns
        ending.end_ns = conductor.ended_ns or conductor.journal.now_ns()
        ending.problems = {}
        for (node, problem), count in sorted(conductor.journal.problems.items()):
            ending.problems.setdefault(node, {})[problem] = count


def _run_until_signal(main: Callable[[], Any], ending: _Ending) -> None:
    """Run under trio; Ctrl-C and SIGTERM end the run in order, and what was measured stays."""

    async def guarded() -> None:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async with trio.open_nursery() as nursery:

                async def stop_on_signal() -> None:
                    async for _ in signals:
                        ending.interrupted = True
                        nursery.cancel_scope.cancel()

                nursery.start_soon(stop_on_signal)
                await main()
                nursery.cancel_scope.cancel()

    try:
        trio.run(guarded, strict_exception_groups=True)
    except* RunBroke as group:
        raise _first(group) from None


def _first(group: BaseException) -> BaseException:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group


def _new_folder(plan: Plan, results: Path) -> Path:
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    folder = run_folder.create(results, plan.experiment.name, plan.seed, started)
    try:
        (folder / run_folder.EXPERIMENT).write_text(dump(plan.experiment), encoding="utf-8")
        for node in plan.nodes:
            (folder / "nodes" / node / "data").mkdir(parents=True)
    except OSError as error:
        raise RunBroke(f"{folder}: the run's folder can't be written: {error.strerror}") from error
    return folder


def _no_directory(_node: str) -> str:
    """Return nothing: a simulated disk is memory."""
    return ""


def _blueprint(plan: Plan, folder: Path, origin_ns: int) -> Any:
    return plan.blueprint(lambda node: str(folder / "nodes" / node / "data"), origin_ns=origin_ns)


def _finish(plan: Plan, folder: Path | None, recorder: Recorder, ending: _Ending, runtime: str) -> Finished:
    declared = plan.declared(ending.load_end_ns, ending.end_ns)
    if folder is not None:
        _write_run(plan, folder, declared, ending, runtime)
    recorder.close()
    recording = _recording(folder, recorder, declared)
    recording.complete = ending.complete
    metrics = measure_all(recording)
    verdict = judge(recording, plan.experiment.expect, plan.check_names, metrics)
    if folder is not None:
        run_folder.write_json(folder / run_folder.METRICS, metrics)
        run_folder.write_json(folder / run_folder.VERDICT, verdict)
    return Finished(folder, plan, recording, metrics, verdict, interrupted=ending.interrupted)


def _recording(folder: Path | None, recorder: Recorder, declared: Declared) -> Recording:
    if folder is None:
        return recorder.recording(declared)
    from chaosctl.history.read import read_run  # noqa: PLC0415 - a run in memory reads no files.

    return read_run(folder).recording


def _write_run(plan: Plan, folder: Path, declared: Declared, ending: _Ending, runtime: str) -> None:
    content = {
        "format": run_folder.FORMAT,
        "experiment": plan.experiment.name,
        "seed": plan.seed,
        "runtime": runtime,
        "mechanism": "message",
        "complete": ending.complete,
        "interrupted": ending.interrupted,
        "declared": msgspec.to_builtins(declared),
        "problems": ending.problems,
        "versions": {
            "chaosctl": __version__,
            "source": source_digest(),
            "python": platform.python_version(),
            "trio": trio.__version__,
        },
        "machine": {
            "system": platform.system(),
            "machine": platform.machine(),
            "implementation": sys.implementation.name,
        },
    }
    run_folder.write_json(folder / run_folder.RUN, content)
