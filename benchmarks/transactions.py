"""Five kinds of distributed transactions: what one costs, and how many a second there are by contention and clients.

    python benchmarks/transactions.py --check            # syncs and messages a transaction alone: seconds
    python benchmarks/transactions.py --seeds 5          # and the tables, minutes; the file is transfers/claim

In simulation: a sync takes 1 ms, a message half a round trip, processors no time, so all that is measured is the
protocol. Cold: 600 accounts; hot: two, on two nodes. A cell is the median of the seeds as a multiple of two-phase
commit's in the same row, which is given in transfers a second; with the least and the greatest where seeds differ.
"""

import argparse
import sys
from itertools import product
from pathlib import Path
from statistics import median

from chaosctl.catalogue import catalogue
from chaosctl.experiment.dump import dump
from chaosctl.experiment.load import load
from chaosctl.search.trial import Trial, run_trial

FILE = Path(__file__).parent.parent / "experiments" / "transfers" / "claim.toml"
PATTERNS = ("two-phase-commit", "tcc", "message-transaction", "outbox")
CLIENTS = (1, 4, 16, 64)
ROUND_TRIPS = {"0 ms": "0ms", "5 ms": "2.5ms"}
COSTED = (*PATTERNS, "saga")
MINIMUM = {
    "two-phase-commit": (8, 5),  # Each: prepare, vote, commit, committed. Two prepares, decision, two commits.
    "tcc": (8, 6),  # Each participant: Try, Confirm, and an answer to both. Begin, two Tries, decision, two Confirms.
    "message-transaction": (5, 5),  # Half, its ack, end, deliver, consumed. Half, local, commit, consume, over.
    "outbox": (2, 3),  # Deliver, delivered. Local, consume, mark.
    "saga": (4, 4),  # Each participant: a step and its answer. Begin, two steps, end.
}
"""The fewest messages and syncs that a transfer between two nodes takes, a client's own not counted."""

PASSED_ON = {"message-transaction": 1, "outbox": 1}
"""Messages more where clients talk to holders of accounts: half of the transfers begin at the other, who is asked."""


def figures(pattern: str, seed: int, **settings: str) -> dict[str, float]:
    """Return a run's figures; it must not fail, and may prove nothing where nobody was served."""
    names = {"clients": "workload.clients", "hot": "workload.options.hot", "mean": "network.latency.mean"}
    overrides = [f"{names.get(name, name)}={value}" for name, value in settings.items()]
    text = dump(
        load(FILE.read_text(encoding="utf-8"), catalogue(), overrides=[f"system.pattern='{pattern}'", *overrides])
    )
    result = run_trial(Trial(text, seed))
    assert result.verdict != "fail", result.why
    return result.figures


def costs() -> bool:
    """Print what a transfer costs where nothing else is going on; return whether each pattern is at its minimum."""
    print("| pattern | messages a transfer | at least | syncs a transfer | at least |\n|---|---:|---:|---:|---:|")
    holds = True
    for pattern in COSTED:
        alone = {"system.options.reconcile": "'1h'"} if pattern == "outbox" else {}
        found = figures(pattern, 1, clients="1", hot="1", duration="'3s'", **alone)
        messages, syncs = found["messages-per-operation/all"], found["syncs-per-operation/all"]
        fewest, syncs_fewest = MINIMUM[pattern][0] + PASSED_ON.get(pattern, 0), MINIMUM[pattern][1]
        print(f"| {pattern} | {messages:.2f} | {fewest} | {syncs:.2f} | {syncs_fewest} |", flush=True)
        holds = holds and abs(messages - fewest) < 0.1 and abs(syncs - syncs_fewest) < 0.1
    return holds


def cell(rates: list[float], peers: list[float]) -> str:
    """Return the median ratio over the seeds, with its spread; a dash where two-phase commit served nobody in some."""
    if not all(peers):
        return "-"
    ratios = sorted(rate / peer for rate, peer in zip(rates, peers, strict=True))
    spread = f" ({ratios[0]:.1f} to {ratios[-1]:.1f})" if f"{ratios[0]:.1f}" != f"{ratios[-1]:.1f}" else ""
    return f"{median(ratios):.1f}{spread}"


def table(seeds: int) -> None:
    """Print throughput as multiples of two-phase commit's."""
    print(f"\n| round trip | accounts | clients | 2PC a second | {' | '.join(PATTERNS[1:])} |")
    print(f"|---|---|---:|---:|{'---:|' * len(PATTERNS[1:])}")
    for (shown, mean), hot, clients in product(ROUND_TRIPS.items(), (0, 1), CLIENTS):
        if (mean, hot, clients) == ("0ms", 0, 64):
            continue  # Thousands of transfers: minutes, and nothing that 16 clients don't show.
        rates = {
            pattern: [
                figures(pattern, seed, clients=str(clients), hot=str(hot), mean=f"'{mean}'").get("throughput/all", 0.0)
                for seed in range(1, seeds + 1)
            ]
            for pattern in PATTERNS
        }
        base = rates[PATTERNS[0]]
        cells = " | ".join(cell(rates[pattern], base) for pattern in PATTERNS[1:])
        print(f"| {shown} | {'hot' if hot else 'cold'} | {clients} | {median(base):.0f} | {cells} |", flush=True)


def main() -> int:
    """Print the costs, then the table, unless only the bound is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only the costs; status 1 where the minimum does not hold")
    parser.add_argument("--seeds", type=int, default=5, help="for each cell (default %(default)s)")
    arguments = parser.parse_args()
    holds = costs()
    if not arguments.check:
        table(arguments.seeds)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
