"""A whole run: prepare the folder, conduct the plan over a runtime, judge what was recorded, write it all down."""

import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio

from chaosctl.checkers.verdict import RunVerdict, judge
from chaosctl.errors import ExitCode, Missing, RunBroke
from chaosctl.faults.targets import words_of
from chaosctl.history.recorder import Recorder
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event
from chaosctl.measurements import measure_all
from chaosctl.node.messages import RUNNER
from chaosctl.node.points import EVERY_POINT
from chaosctl.node.settings import ArmedPoint
from chaosctl.runtimes.conductor import Conductor
from chaosctl.runtimes.doubt_watch import watch_doubts
from chaosctl.runtimes.kept import Ending, KeptRun
from chaosctl.runtimes.plan import Plan
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.servers import Servers, remove_data
from chaosctl.runtimes.small_disk import enter_namespace
from chaosctl.servers import installed, missing_broker
from chaosctl.servers.given import given, refuse_faults, remove

Watcher = Callable[[Conductor], Any]
"""An async function that shows a run while it goes on, and is cancelled at its end."""


SELDOM = 100_000
"""While a run in memory goes on, cycles are looked for after so many new objects, and not after 700."""

LAST_WORDS, LONGEST_WORD = 5, 300
"""So many lines of a node's stderr are shown where a run breaks, and so much of each."""


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

    places = given(plan.servers)
    refuse_faults([(fault.kind, words_of(fault.target)) for fault in plan.experiment.faults], places)
    started = {kind for node, kind in plan.servers.items() if node not in places}
    if missing := installed(sorted(started)) or missing_broker(plan.broker):
        raise Missing(f"{plan.experiment.name}: unknown, not run: {missing}")
    if plan.small_disks and (refused := enter_namespace()):
        raise Missing(f"{plan.experiment.name}: unknown, not run: {refused}")
    kept = KeptRun(plan, results, "processes")
    recorder = Recorder.to_folder(kept.folder)
    ending = Ending()
    broke: BaseException | None = None

    interrupts = _Interrupts(ending)

    async def main() -> None:
        with interrupts.running():
            async with Processes(supervisor, plan.seed) as runtime:
                servers = Servers(plan.servers, kept.folder, runtime, plan.broker, plan.small_disks, places)
                blueprint = plan.blueprint(
                    kept.data_directory,
                    origin_ns=runtime.origin_ns,
                    databases=servers.addresses(),
                    broker=servers.broker_address(),
                )
                await _conduct(Conductor(plan, blueprint, runtime, recorder, servers), ending, watch)

    try:
        with interrupts, Supervisor() as supervisor:
            trio.run(main, strict_exception_groups=True)
    except* RunBroke as group:
        broke = _first(group)  # Raised in here it would come wrapped in a group again.
    finally:
        remove_data(kept.folder)
        remove(places)
    if broke is not None:
        with suppress(RunBroke):  # Where the disk is full, that has been said already.
            kept.write_ending(ending)  # What was seen until then stays readable.
        raise RunBroke("\n".join([str(broke), *_last_words(kept, ending)]))
    return _finish(plan, kept, recorder, ending)


def _last_words(kept: KeptRun, ending: Ending) -> list[str]:
    """Return what the nodes that ended or did not answer said last on stderr, and where the rest of it is."""
    words = []
    for node in [node for node, problems in ending.problems.items() if problems.keys() & {"died", "no-init-ok"}]:
        log = Path(kept.data_directory(node)).parent / "stderr.log"
        said = log.read_text("utf-8", "replace").splitlines() if log.is_file() else []
        words += [f"{node}: {plain_line}" for plain_line in map(_printable, said[-LAST_WORDS:])]
    return [*words, f"what was seen is in {kept.folder}"]


def _printable(line: str) -> str:
    """Return a node's line as a terminal can show it without obeying it."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line[:LONGEST_WORD])


def run_in_simulation(
    plan: Plan, results: Path | None, *, messages_wanted: bool = True, recorder: Recorder | None = None
) -> Finished:
    """Run a plan under virtual time, into a new folder or (None) in memory alone, there with a recorder of yours."""
    if results is None:
        _forget_the_last_run()
        recorder = recorder or Recorder.in_memory(messages_wanted=messages_wanted)
        return _finish(plan, None, recorder, _simulate(plan, recorder))
    kept = KeptRun(plan, results, "simulation")
    recorder = Recorder.to_folder(kept.folder, messages_wanted=messages_wanted)
    return _finish(plan, kept, recorder, _simulate(plan, recorder, is_interruptible=True))


def judge_in_simulation(
    plan: Plan, *, messages_wanted: bool, points_told: bool = False
) -> tuple[Recording, RunVerdict]:
    """Run a plan under virtual time in memory and judge it; figures are measured only where a threshold asks for one.

    For runs by the thousand. `points_told`: every named point that a node passes is an event, `point_reached`.
    """
    _forget_the_last_run()
    recorder = Recorder.in_memory(messages_wanted=messages_wanted)
    ending = _simulate(plan, recorder, points_told=points_told)
    recording = recorder.recording(plan.declared(ending.load_end_ns, ending.end_ns))
    recording.complete = ending.complete
    expect = plan.experiment.expect
    metrics = measure_all(recording) if expect.thresholds else {}
    return recording, judge(recording, expect, plan.check_names, metrics)


def _forget_the_last_run() -> None:
    """Free what a process's run before this one left in cycles, some 1,000 objects.

    Hardly a young object lives still, so that this is quick, and memory that is used again at once is still in the
    processor's cache: runs by the thousand take a tenth less time than where cycles are looked for now and then.
    """
    gc.collect(0)
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])


def _simulate(plan: Plan, recorder: Recorder, *, points_told: bool = False, is_interruptible: bool = False) -> Ending:
    from chaosctl.node.node import Node  # noqa: PLC0415 - processes run without these four.
    from chaosctl.runtimes.simulated_node import SimulatedHost  # noqa: PLC0415
    from chaosctl.runtimes.simulation import Simulation, run_simulated  # noqa: PLC0415
    from chaosctl.runtimes.virtual_clock import LimitReached  # noqa: PLC0415

    ending = Ending()
    interrupts = _Interrupts(ending) if is_interruptible else None

    async def main(runtime: Simulation) -> None:
        conductor = Conductor(plan, plan.blueprint(_no_directory, origin_ns=0), runtime, recorder)
        for node in plan.nodes if points_told else ():
            conductor.members.arm(node, ArmedPoint(EVERY_POINT, 0, "tell"))
        try:
            with interrupts.running() if interrupts else nullcontext():
                await _conduct(conductor, ending, None)
        finally:
            ending.stderr = {node: runtime.stderr(node) for node in plan.nodes}

    def start(launch: Launch, host: SimulatedHost) -> Node:
        assert plan.pattern is not None, "simulation refuses commands before it asks for a node"
        return Node(host, plan.pattern, launch.settings)

    try:
        with interrupts or nullcontext():
            run_simulated(plan.seed, main, start)
    except LimitReached as limit:
        why = {"why": str(limit)}
        recorder.event(Event(time=ending.end_ns, node=RUNNER, event="limit-reached", role=RUNNER, fields=why))
    return ending


async def _conduct(conductor: Conductor, ending: Ending, watch: Watcher | None) -> None:
    try:
        async with trio.open_nursery() as nursery:
            if watch is not None:
                nursery.start_soon(watch, conductor)
            if conductor.servers.names:
                nursery.start_soon(watch_doubts, conductor.servers.addresses(), conductor.journal)
            await conductor.conduct()
            ending.complete = True
            nursery.cancel_scope.cancel()
    finally:
        ending.load_end_ns = conductor.load_end_ns
        ending.end_ns = conductor.ended_ns or conductor.journal.now_ns()
        for (node, problem), count in sorted(conductor.journal.problems.items()):
            ending.problems.setdefault(node, {})[problem] = count


class _Interrupts:
    """Ends a run in order on Ctrl-C and SIGTERM; while that ends, an impatient second one changes nothing.

    Entered in the main thread around the whole of `trio.run`, whose own code no signal may come into: not before its
    first task stands, nor while its last is tidied up. What `running` surrounds inside it is what ends. A simulation
    gets no task of its own for this: it would draw from the scheduler's chance.
    """

    def __init__(self, ending: Ending) -> None:
        self._ending = ending
        self._scope = trio.CancelScope()
        self._token: trio.lowlevel.TrioToken | None = None

    def __enter__(self) -> None:
        self._previous = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @contextmanager
    def running(self) -> Iterator[None]:
        """What is done inside ends at the first signal, also one that came before it began."""
        self._token = trio.lowlevel.current_trio_token()
        try:
            with self._scope:
                yield
        finally:
            self._token = None

    def _stop(self, _number: int, _frame: object) -> None:
        self._ending.interrupted = True
        if self._token is None:
            self._scope.cancel()
        else:
            self._token.run_sync_soon(self._scope.cancel)


def _first(group: BaseException) -> BaseException:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group


def _no_directory(_node: str) -> str:
    """Return nothing: a simulated disk is memory."""
    return ""


def _finish(plan: Plan, kept: KeptRun | None, recorder: Recorder, ending: Ending) -> Finished:
    if kept is not None:
        kept.write_ending(ending)
    recorder.close()
    recording = recorder.recording(plan.declared(ending.load_end_ns, ending.end_ns))
    recording.complete = ending.complete
    metrics = measure_all(recording)
    verdict = judge(recording, plan.experiment.expect, plan.check_names, metrics)
    if kept is not None:
        kept.write_findings(metrics, verdict)
    return Finished(kept.folder if kept else None, plan, recording, metrics, verdict, interrupted=ending.interrupted)
