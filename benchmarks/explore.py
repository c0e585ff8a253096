"""Schedules a second of one core: single faults and pairs of faults in each kind of distributed transaction.

A schedule is a whole run with its verdict: three nodes start, a client transfers from n2's account to n3's, the faults
hit, all heals, a second transfer (but where it is said to be one) and two audits follow, the pattern's checks judge. Of
each pattern two shipped experiments: one whose transfer has cover, and one whose transfer is refused (transactions.md
2.1). A rate is of CPU time, from a job to its outcome. The time to complete coverage is of all CPU, the runs from whose
trace the second fault is drawn included; where not all pairs were tried, the rest is reckoned from those that were, in
an order that the seed drew.
There is no peer: the goal is 500 schedules a second of one transfer by two-phase commit, over at least 20,000, and what
a run of nothing costs stands beside it. How fast this machine just counts does too: its speed swings by a factor of two
and more, so rates of two days compare by what they are to that.
"""

import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from measuring import Row, conclude, options

from chaosctl.catalogue import catalogue
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load_file
from chaosctl.runtimes.simulation import Simulation, run_simulated
from chaosctl.search.attempt import Attempt, Outcome, try_schedule
from chaosctl.search.exploration import Exploration
from chaosctl.search.explore import Breadth, explore

COUNTED = 20_000
EMPTY_RUNS = 500
COUNT_TO = 5_000_000
HELD_TO = "two-phase-commit/explore"
ONE_TRANSFER = (
    'workload.script=[{ at = "10ms", node = "n1", f = "transfer", value = { from = "a0", to = "a1", amount = 10 } }]'
)
SEEDS = (1, 2)
"""One seed has 12,500 schedules of one transfer."""

AT_MOST = {"outbox": 3_000}
"""So many schedules of a pattern whose pairs would take a quarter of an hour; of the others all."""


class Here:
    """Attempts in this process, one after another: what a single core does. `spent` is CPU time by what was tried."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    def run(self, jobs: Iterable[Attempt]) -> Iterator[tuple[Attempt, Outcome]]:
        """Yield each job with its outcome."""
        for job in jobs:
            outcome = try_schedule(job)
            self.spent[kind_of(job)] += outcome.cpu_s
            yield job, outcome


def kind_of(job: Attempt) -> str:
    """Return what an attempt is for: its verdict, with one fault or two, or its trace."""
    if job.told:
        return "traces"
    return "singles" if len(job.harms) == 1 else "pairs"


def explored(name: str, here: Here, limit: int | None, overrides: Sequence[str] = (), seed: int = 1) -> Exploration:
    """Explore a shipped experiment, by so many schedules at most; nothing may be convicted."""
    done = explore(load_file(find(name), catalogue(), overrides), seed, Breadth(pairs=True, limit=limit), here)
    assert done.baseline.verdict == "pass", done.baseline.why
    assert not done.convictions, done.convictions[0]
    return done


def empty_run_ms() -> float:
    """Return the CPU time of a simulation in which nothing happens."""

    async def nothing(_: Simulation) -> None:
        return

    begun = time.process_time()
    for _ in range(EMPTY_RUNS):
        run_simulated(1, nothing)
    return (time.process_time() - begun) / EMPTY_RUNS * 1e3


def counting_s() -> float:
    """Return the CPU time of counting to COUNT_TO."""
    begun = time.process_time()
    for _ in range(COUNT_TO):
        pass
    return time.process_time() - begun


def held_row() -> Row:
    """Return the line that has a bound: all schedules of one transfer, with each seed."""
    tried, spent_s = 0, 0.0
    for seed in SEEDS:
        done = explored(HELD_TO, Here(), None, [ONE_TRANSFER], seed)
        tried, spent_s = tried + done.tried, spent_s + done.cpu_s
    assert tried >= COUNTED, f"only {tried:,} schedules to count"
    return Row(f"one transfer by two-phase commit: all {tried:,} schedules", tried / spent_s, "/s", at_least=500)


def rows_of(name: str, done: Exploration, spent: Counter[str]) -> list[Row]:
    """Return the table's lines for an exploration."""
    apart = done.missed + sum(done.unknown.values())
    singles, pairs = done.singles, done.pairs
    left_s = (pairs.total - pairs.tried) * spent["pairs"] / pairs.tried
    told = f"({'projected' if left_s else 'measured'}; {apart:,} of {done.tried:,} tried without a verdict)"
    return [
        Row(f"{name}: single faults", singles.tried / spent["singles"], "/s", f"({singles.tried:,}, all)"),
        Row(f"{name}: pairs", pairs.tried / spent["pairs"], "/s", f"({pairs.tried:,} of {pairs.total:,})"),
        Row(f"{name}: to complete coverage", spent.total() + left_s, "s", told),
    ]


def main() -> None:
    """Measure, print, and hold the bound."""
    chosen = options(__doc__ or "", rounds=1)  # A round takes minutes.
    if chosen.profile:
        profile = cProfile.Profile()
        profile.runcall(explored, HELD_TO, Here(), 1_000, [ONE_TRANSFER])
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        return
    rows = [
        Row("a simulation in which nothing happens", empty_run_ms(), "ms"),
        Row(f"counting to {COUNT_TO:,}", counting_s(), "s"),
        held_row(),
    ]
    for pattern in ("two-phase-commit", "tcc", "message-transaction", "outbox", "saga"):
        for name in (f"{pattern}/explore", f"{pattern}/explore-refused"):
            here = Here()
            rows += rows_of(name, explored(name, here, AT_MOST.get(pattern)), here.spent)
    conclude(rows, check=chosen.check)


if __name__ == "__main__":
    main()
