"""What a second core gains a sweep, against what it gains two processes that only count.

Seeds a second of `paxos/lossy` by a pool with one worker and with two, from the moment all are warm; beside them, loops
a second of one process and of two. A machine's second core is seldom a whole one, so the ratio of both gains counts.
"""

import multiprocessing
import os
import time
from itertools import count, islice
from typing import Any

from measuring import Row, conclude, interleave, median_row, options, ratios

from chaosctl.experiment.library import find
from chaosctl.search.pool import Pool
from chaosctl.search.trial import Trial, run_trial

SECONDS = 4.0
WARM = 30
"""So many seeds are run before time is taken: workers have started, and loaded what they need."""


def seeds_a_second(workers: int) -> float:
    """Return how many seeds a pool runs."""
    text = find("paxos/lossy").read_text(encoding="utf-8")
    outcomes = Pool(run_trial, workers=workers).run(Trial(text, seed) for seed in count())
    assert len(list(islice(outcomes, WARM))) == WARM
    begun, done = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - begun) < SECONDS:
        next(outcomes)
        done += 1
    outcomes.close()
    return done / elapsed


def loops_a_second(processes: int) -> float:
    """Return how often processes of their own can count to a number, together."""
    context = multiprocessing.get_context("spawn")
    ends = [context.Pipe() for _ in range(processes)]
    counting = [context.Process(target=loop, args=(theirs,)) for _, theirs in ends]
    for process in counting:
        process.start()
    for ours, _ in ends:
        ours.recv()
    for ours, _ in ends:
        ours.send("go")
    total = sum(ours.recv() for ours, _ in ends)
    for process in counting:
        process.join()
    return float(total)


def loop(connection: Any) -> None:
    """Count until the time is over, and say how often a second."""
    connection.send("ready")
    connection.recv()
    begun, done = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - begun) < SECONDS:
        for number in range(10_000):
            number * number
        done += 1
    connection.send(done / elapsed)


def main() -> None:
    """Measure, print, and hold the bound."""
    chosen = options(__doc__ or "", rounds=5)
    one, two, counts_one, counts_two = interleave(
        chosen.rounds,
        lambda: seeds_a_second(1),
        lambda: seeds_a_second(2),
        lambda: loops_a_second(1),
        lambda: loops_a_second(2),
    )
    gains, plain_gains = (
        [b / a for a, b in zip(*pair, strict=True)] for pair in ((one, two), (counts_one, counts_two))
    )
    conclude(
        [
            median_row("seeds a second, one worker", one, "/s"),
            median_row("seeds a second, two workers", two, "/s"),
            median_row("gain of a second worker", gains, ""),
            median_row("gain of a second process that only counts", plain_gains, ""),
            Row("gain / gain of counting", ratios(gains, plain_gains), "", f"({os.cpu_count()} cores)", at_least=0.9),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
