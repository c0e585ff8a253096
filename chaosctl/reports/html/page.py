"""The page of one run: the verdict first and why, then what happened over time, then figures and the evidence."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chaosctl.history.read import StoredRun
from chaosctl.measurements.phases import Phases
from chaosctl.reports import summary
from chaosctl.reports.drawing import drawing_of
from chaosctl.reports.evidence import evidence
from chaosctl.reports.html import lanes
from chaosctl.reports.html.lamport import lamports
from chaosctl.reports.html.scale import Scale
from chaosctl.reports.html.series import MOST_BANDS, bands, series
from chaosctl.reports.lanes import MOST_DRAWN
from chaosctl.reports.symbols import UNICODE
from chaosctl.reports.words import plain

HERE = Path(__file__).parent

MOST_AT_ONCE = 16
"""Operations of a contradiction that a page, or a sheet of paper, has room for; the picture of more is folded away."""


def render(run: StoredRun) -> str:
    """Return the page of a run, whole: whatever a node or a file wrote stays text in it."""
    phases = Phases.of(run.recording)
    scale = Scale(0, max(1, phases.end_ns))
    columns = series(run, phases)
    found = bands(phases, scale)
    drawn = [
        {"name": band.name, "start": band.start_ns / 1e9, "end": max(band.end_ns, band.start_ns + 1) / 1e9}
        for band in found
    ]
    return fill(
        "run.html.j2",
        title=f"{summary.verdict_word(run)}: {summary.run_name(run)}",
        run=run,
        word=summary.verdict_word(run),
        summary=summary,
        symbols=UNICODE,
        scale=scale,
        bands=found,
        bands_left_out=max(0, len(phases.occurrences) - MOST_BANDS),
        series=columns,
        charts={"columns": columns, "bands": drawn, "end": phases.end_ns / 1e9},
        nodes=lanes.nodes(run, phases, scale),
        clients=lanes.clients(run, scale),
        evidence=_evidence(run, phases),
        folder=plain(str(run.folder)),
    )


def fill(template: str, **values: Any) -> str:
    """Return a template filled in; every text is escaped but what this package itself brings along."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name, path in (
        ("page_css", "templates/page.css"),
        ("page_js", "templates/page.js"),
        ("chart_css", "vendor/uPlot.min.css"),
        ("chart_js", "vendor/uPlot.iife.min.js"),
        ("chart_licence", "vendor/uPlot.LICENSE"),
    ):
        environment.globals[name] = Markup((HERE / path).read_text(encoding="utf-8"))  # noqa: S704 - our own files.
    return environment


def _markup(svg: str | None) -> Markup | None:
    return None if svg is None else Markup(svg)  # noqa: S704 - a drawing escapes all that it shows.


def _evidence(run: StoredRun, phases: Phases) -> list[dict[str, Any]]:
    """Return what there is to see of each check that did not pass: sentences, the contradiction, the messages."""
    checks = run.verdict.checks if run.verdict is not None else {}
    exhibits = evidence(run, UNICODE)
    found = []
    for name, check in checks.items():
        if check.valid == "pass" or not (check.evidence or check.contradiction):
            continue
        drawn, whole = (drawing_of(run.recording, check, most) for most in (MOST_AT_ONCE, MOST_DRAWN))
        found.append(
            {
                "name": plain(name),
                "valid": check.valid,
                "why": plain(check.why),
                "exhibits": exhibits.get(plain(name), []),
                "drawing": _markup(drawn),
                "whole": _markup(whole) if whole != drawn else None,
                "lamports": lamports(run, check, phases) if check.valid == "fail" else [],
            }
        )
    return sorted(found, key=lambda each: each["valid"] != "fail")
