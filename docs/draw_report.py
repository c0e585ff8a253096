"""Draw docs/report.svg: the two runs of `make demo`, simulated, as `chaosctl report` shows them side by side.

    python docs/draw_report.py

tests/reports/test_reports_picture.py says when it is time to.
"""

import html
import io
import re
import tempfile
from pathlib import Path

from rich.console import Console

from chaosctl.cli.running import load_plan
from chaosctl.history.read import StoredRun, find_runs, read_run
from chaosctl.reports import terminal
from chaosctl.runtimes.run import run_in_simulation

PICTURE = Path(__file__).with_name("report.svg")
FOLDER = Path(__file__).parents[1] / "examples" / "split-brain"
EXPERIMENTS = (FOLDER / "both-sides-serve.toml", FOLDER / "smaller-side-refuses.toml")
COLUMNS = 120


def draw() -> Console:
    """Return a console on which the report has been printed."""
    console = Console(file=io.StringIO(), width=COLUMNS, record=True, force_terminal=True, color_system="truecolor")
    console.highlighter = None
    with tempfile.TemporaryDirectory() as folder:
        terminal.side_by_side([_simulate(path, Path(folder) / path.stem) for path in EXPERIMENTS], console)
    return console


def words_of(svg: str) -> str:
    """Return what stands in a picture, without spaces: Rich cuts lines where the style changes."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg.partition('-matrix">')[2])
    return "".join("".join(html.unescape(text).split()) for text in texts)


def _simulate(path: Path, results: Path) -> StoredRun:
    plan = load_plan(path, seed=None, overrides=(), simulate=True)
    run_in_simulation(plan, results)
    return read_run(find_runs([plan.experiment.name], results)[0])


if __name__ == "__main__":
    PICTURE.write_text(draw().export_svg(title="chaosctl report", unique_id="report"), encoding="utf-8")
