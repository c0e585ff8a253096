"""Schedules a second of one core: every single fault and pair of a two-phase-commit transfer, in one process.

A schedule is a whole run with its verdict: three nodes start, a client transfers from n2's account to n3's, the faults
hit, all heals, two audits, seven checks. Fixed experiments: the transfer that is committed and the one that has no
cover, as in transactions.md 2.1. At least 20,000 schedules are counted. The time is CPU time, from a job to its
outcome. There is no peer: the goal is 500 schedules a second, and what a run of nothing costs stands beside it.
In "committed" and "refused" a second transfer follows when all has healed, so that an abort proves something; "alone"
has none, and most of its aborts are `unknown`.
"""

import cProfile
import pstats
import time
from collections.abc import Iterable, Iterator

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
TRANSFER = '{{at = "10ms", node = "n1", f = "transfer", value = {{ from = "a0", to = "a1", amount = {amount} }}}}'
LATER = '{at = "399ms", node = "n1", f = "transfer", value = { from = "a1", to = "a0", amount = 5 }}'


class Here:
    """Attempts in this process, one after another: what a single core does."""

    def run(self, jobs: Iterable[Attempt]) -> Iterator[tuple[Attempt, Outcome]]:
        """Yield each job with its outcome."""
        return ((job, try_schedule(job)) for job in jobs)


def explored(limit: int, *steps: str) -> Exploration:
    """Explore the shipped experiment with these operations."""
    script = f"workload.script=[{', '.join(steps)}]"
    experiment = load_file(find("two-phase-commit/explore"), catalogue(), [script])
    done = explore(experiment, 1, Breadth(pairs=True, limit=limit), Here())
    assert done.baseline.verdict != "fail", done.baseline.why
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


def rows_of(what: str, done: Exploration) -> list[Row]:
    """Return the table's lines for an exploration."""
    apart = done.missed + sum(done.unknown.values())
    counts = (
        f"({done.singles.tried:,} single, {done.pairs.tried:,} of {done.pairs.total:,} pairs; {apart:,} no verdict)"
    )
    return [
        Row(f"{what}: schedules tried", done.tried, "", counts),
        Row(f"{what}: schedules a second of CPU time", done.tried / done.cpu_s, "/s", at_least=500),
    ]


def main() -> None:
    """Measure, print, and hold the bound."""
    chosen = options(__doc__ or "", rounds=1)  # A round takes a minute and more.
    covered, uncovered = TRANSFER.format(amount=10), TRANSFER.format(amount=1_000)
    if chosen.profile:
        profile = cProfile.Profile()
        profile.runcall(explored, 1_000, covered, LATER)
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        return
    rows = [Row("a simulation in which nothing happens", empty_run_ms(), "ms")]
    tried = 0
    for what, steps in (("committed", (covered, LATER)), ("refused", (uncovered, LATER)), ("alone", (covered,))):
        done = explored(max(1_000, COUNTED - tried), *steps)
        tried += done.tried
        rows += rows_of(what, done)
    assert tried >= COUNTED, f"only {tried:,} schedules to count"
    conclude(rows, check=chosen.check)


if __name__ == "__main__":
    main()
