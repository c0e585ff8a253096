"""How fast isolation is judged: 100,000 transactions, of a serial store and of one with snapshots, at two levels.

    python benchmarks/elle.py --check

Generated as Maelstrom's txn workloads are: 1 to 4 micro-operations, half of them reads, on 5 keys at a time, of which
one is replaced after 16 writes; 20 clients, each with one transaction at a time, whose steps and commits are mixed at
random. Seeded. What is timed is `judge_check`: from rows in memory to the verdict, with its evidence where there is
some; in processor time, for other jobs share the machine. Memory is the peak of the whole process, rows included.
"""

import resource
import sys
import time
from pathlib import Path
from random import Random

from measuring import Row, conclude, options

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chaosctl.checkers.verdict import judge_check
from tests.checkers.txn_stores import Serial, Snapshot, history

TRANSACTIONS, SECONDS, MEGABYTES = 100_000, 5, 1024


def main() -> None:
    """Print the table."""
    arguments = options(__doc__, rounds=1)
    rows = []
    for store in (Serial, Snapshot):
        for kind in ("list-append", "rw-register"):
            recording = history(store(), kind, Random(1), count=TRANSACTIONS, clients=20)
            for level in ("serializable", "strict-serializable"):
                begun = time.process_time()
                judgement = judge_check(level, recording)
                took = time.process_time() - begun
                what = f"{kind}, {store.__name__.lower()} store, {level}: {judgement.valid}"
                rows.append(Row(what, took, "s", at_most=SECONDS))
            del recording
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    conclude([*rows, Row("peak memory of the process", peak, "MB", at_most=MEGABYTES)], check=arguments.check)


if __name__ == "__main__":
    main()
