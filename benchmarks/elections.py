"""Bully, ring, Raft and a lease under the same faults at their leader: how long each step back to service takes.

    python benchmarks/elections.py --seeds 20      # some minutes; the files are experiments/elections/*.toml

In simulation, each pattern with its own timeouts as they come. A cell is the mean over the seeds; in brackets the
greatest. `chaosctl compare elections/leader-crash --vary system.pattern=bully,ring` shows two of them in full.
"""

import argparse
from pathlib import Path
from statistics import mean

from chaosctl.catalogue import catalogue
from chaosctl.experiment.dump import dump
from chaosctl.experiment.load import load
from chaosctl.search.trial import Trial, run_trial

FILES = Path(__file__).parent.parent / "experiments" / "elections"
PATTERNS = ("bully", "ring", "raft-election", "lease")
TIMES = (
    "detect-time/all",
    "takeover-time/all",
    "first-served-time/all",
    "leaderless-time/faults",
    "dual-leader-time/faults",
)
OTHERS = ("elections/all", "messages-per-election/all", "availability/faults", "fenced-writes/all")


def cell(figures: list[dict[str, float]], name: str) -> str:
    """Return a figure's mean over the seeds that have it: times in ms with the greatest, shares in per cent."""
    values = [found[name] for found in figures if name in found]
    if not values:
        return "-"
    if name in TIMES:
        return f"{1e3 * mean(values):.0f} ({1e3 * max(values):.0f})"
    return f"{mean(values):.0%}" if name.startswith("availability") else f"{mean(values):.1f}"


def main() -> None:
    """Print the table as Markdown: a row for each fault and pattern."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="for each row (default %(default)s)")
    arguments = parser.parse_args()
    heads = [*(f"{name.partition('-time')[0]}, ms" for name in TIMES), *(name.partition("/")[0] for name in OTHERS)]
    print(f"| fault | pattern | {' | '.join(heads)} |")
    print("|---|---|" + "---:|" * len([*TIMES, *OTHERS]))
    for path in sorted(FILES.glob("*.toml")):
        for pattern in PATTERNS:
            override = [f"system.pattern='{pattern}'"]
            text = dump(load(path.read_text(encoding="utf-8"), catalogue(), overrides=override))
            results = [run_trial(Trial(text, seed)) for seed in range(arguments.seeds)]
            assert all(result.verdict == "pass" for result in results), [result.why for result in results]
            cells = [cell([result.figures for result in results], name) for name in (*TIMES, *OTHERS)]
            print(f"| {path.stem} | {pattern} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
