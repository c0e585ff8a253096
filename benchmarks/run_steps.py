"""What a small simulated run costs, step by step: a transfer by two-phase commit over three nodes, audited and judged.

Each line is the processor time of the run up to there, least of many short rounds; the last is the whole, as `explore`
makes it by the thousand, loading apart. The bound is what 500 schedules a second would take.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from measuring import Row, conclude, options

from chaosctl.catalogue import catalogue
from chaosctl.checkers.verdict import judge
from chaosctl.experiment.dump import dump
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load_file
from chaosctl.history.recorder import Recorder
from chaosctl.node.node import Node
from chaosctl.node.pattern import Pattern
from chaosctl.runtimes.conductor import Conductor
from chaosctl.runtimes.plan import Plan
from chaosctl.runtimes.run import judge_in_simulation
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.simulated_node import SimulatedHost
from chaosctl.runtimes.simulation import Simulation, run_simulated
from chaosctl.search.attempt import plan_of, prepared

SCRIPT = 'workload.script=[{at = "10ms", node = "n1", f = "transfer", value = { from = "a0", to = "a1", amount = 10 }}]'
RUNS = 25


def milliseconds(step: Callable[[], object], rounds: int) -> float:
    """Return the least processor time of a call, as the mean of RUNS.

    The thread's own: the process's is counted in ticks of 4 ms once a simulation has had an interval timer on it.
    """
    best = float("inf")
    for _ in range(rounds):
        begun = time.thread_time()
        for _ in range(RUNS):
            step()
        best = min(best, (time.thread_time() - begun) / RUNS * 1e3)
    return best


def start_node(pattern: Pattern, launch: Launch, host: SimulatedHost) -> Node:
    """Return a node's program."""
    return Node(host, pattern, launch.settings)


def conductor_of(plan: Plan, runtime: Simulation, recorder: Recorder) -> Conductor:
    """Return what drives one run."""
    return Conductor(plan, plan.blueprint(lambda _: "", origin_ns=0), runtime, recorder)


def steps(plan: Plan, pattern: Pattern) -> dict[str, Callable[[], object]]:
    """Return the run up to each of its steps, as a call."""
    start = partial(start_node, pattern)

    async def nothing(_: Simulation) -> None: ...

    async def made(runtime: Simulation) -> None:
        conductor_of(plan, runtime, Recorder.in_memory(messages_wanted=False))

    async def started(runtime: Simulation) -> None:
        await conductor_of(plan, runtime, Recorder.in_memory(messages_wanted=False))._start()

    async def conducted(runtime: Simulation) -> Any:
        recorder = Recorder.in_memory(messages_wanted=False)
        conductor = conductor_of(plan, runtime, recorder)
        await conductor.conduct()
        return recorder.recording(plan.declared(conductor.load_end_ns, conductor.ended_ns))

    recording = run_simulated(1, conducted, start)
    return {
        "the plan": lambda: plan_of(plan.experiment, 1, pattern),
        "a run of nothing": lambda: run_simulated(1, nothing, start),
        "and the conductor made": lambda: run_simulated(1, made, start),
        "and three nodes started, and ended": lambda: run_simulated(1, started, start),
        "and a transfer, healing, two audits": lambda: run_simulated(1, conducted, start),
        "the verdict of that, seven checks": lambda: judge(recording, plan.experiment.expect, plan.check_names, {}),
    }


def main() -> None:
    """Measure, print, and hold the bound."""
    chosen = options(__doc__ or "", rounds=20)
    text = dump(load_file(find("two-phase-commit/explore"), catalogue(), [SCRIPT]))
    experiment, pattern, _ = prepared(text)
    assert pattern is not None
    plan = plan_of(experiment, 1, pattern)
    rows = [Row(name, milliseconds(step, chosen.rounds), "ms") for name, step in steps(plan, pattern).items()]
    whole = milliseconds(
        lambda: judge_in_simulation(plan_of(experiment, 1, pattern), messages_wanted=False), chosen.rounds
    )
    conclude([*rows, Row("the whole, as explore makes it", whole, "ms", at_most=2)], check=chosen.check)


if __name__ == "__main__":
    main()
