"""What a person waits for before anything runs: `chaosctl --help` and `chaosctl validate`, against the least there is.

The peer of `--help` is the smallest Typer program's, the peer of `validate` is our own `--help`. The file that is
validated is a shipped experiment with faults, grown to 100 lines of further faults.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measuring import Row, conclude, interleave, median_row, options, ratios

SMALLEST = """
import typer

app = typer.Typer()

@app.command()
def hello(name: str) -> None:
    "Greet somebody."

app()
"""

EXPERIMENT = """name = "hundred-lines"
description = "A partition after the other."
duration = "60s"
seed = 1

[system]
pattern = "raft-election"
nodes = 5

[workload]
clients = 8
rate = 100
timeout = "500ms"
"""

FAULT = """
[[faults]]
name = "split-{number}"
kind = "partition"
at = "{at}s"
duration = "500ms"
groups = [["leader"], ["rest"]]
"""


def hundred_lines() -> str:
    """Return an experiment of a hundred lines."""
    faults = "".join(FAULT.format(number=number, at=number + 1) for number in range(13))
    text = EXPERIMENT + faults
    return text + "# \n" * (100 - text.count("\n"))


def run(command: Sequence[str]) -> float:
    """Return how many milliseconds a command takes; it must succeed."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1e3


def main() -> None:
    """Measure, print, and hold the bounds."""
    chosen = options(__doc__ or "", rounds=15)
    ours = str(Path(sys.executable).with_name("chaosctl"))
    with tempfile.TemporaryDirectory() as folder:
        smallest, experiment = Path(folder, "smallest.py"), Path(folder, "experiment.toml")
        smallest.write_text(SMALLEST)
        experiment.write_text(hundred_lines())
        least, help_, validate, python = interleave(
            chosen.rounds,
            lambda: run([sys.executable, str(smallest), "--help"]),
            lambda: run([ours, "--help"]),
            lambda: run([ours, "validate", str(experiment)]),
            lambda: run([sys.executable, "-c", ""]),
        )
    conclude(
        [
            median_row("python -c ''", python, "ms"),
            median_row("the smallest Typer program --help", least, "ms"),
            median_row("chaosctl --help", help_, "ms"),
            median_row("chaosctl validate, 100 lines", validate, "ms"),
            Row("chaosctl --help / smallest Typer program", ratios(help_, least), at_most=1.5),
            Row("chaosctl validate / chaosctl --help", ratios(validate, help_), at_most=1.5),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
