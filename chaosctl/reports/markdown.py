"""A run as Markdown, for a pull request or a CI job's summary. Foreign text is escaped."""

import re

from chaosctl.history.read import StoredRun
from chaosctl.reports import summary
from chaosctl.reports.evidence import evidence
from chaosctl.reports.summary import Statement
from chaosctl.reports.symbols import UNICODE
from chaosctl.reports.timeline import legend, timeline

WIDTH = 100
"""Columns of the timeline: what a page shows without scrolling."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&@])")


def render(run: StoredRun) -> str:
    """Return the report, ending with a newline."""
    blocks = [_heading(run), *_reasons(run)]
    blocks += _statements("Limits", summary.limits(run, UNICODE)) + _statements("Checks", summary.checks(run))
    blocks += [_timeline(run), *_figures(run), *_evidence(run), *_problems(run)]
    blocks.append(f"<sub>{escape(summary.subtitle(run))}</sub>")
    return "\n\n".join(blocks) + "\n"


def escape(text: str) -> str:
    """Return text as it stands, with nothing in it that Markdown or HTML would take for its own."""
    return _SPECIAL.sub(r"\\\1", text)


def _heading(run: StoredRun) -> str:
    word = summary.verdict_word(run)
    sign = UNICODE.verdicts.get(word, "!")
    return f"## {sign} {escape(word.upper())}: {escape(summary.run_name(run))} ({escape(summary.expectation(run))})"


def _reasons(run: StoredRun) -> list[str]:
    return ["\n".join(f"- {escape(reason)}" for reason in found)] if (found := summary.reasons(run)) else []


def _statements(title: str, statements: list[Statement]) -> list[str]:
    if not statements:
        return []
    rows = [
        f"| {UNICODE.verdicts.get(one.valid, '!')} {escape(one.valid)} | {escape(one.name)} | {escape(one.text)} |"
        for one in statements
    ]
    return ["\n".join([f"### {title}", "", "| | | |", "|---|---|---|", *rows])]


def _timeline(run: StoredRun) -> str:
    rows = [f"{row.label}  {row.signs}".rstrip() for row in timeline(run, WIDTH, UNICODE)]
    has_leader = run.recording.declared.leader_event is not None
    shown = "\n".join([*rows, legend(UNICODE, has_leader=has_leader)])
    return f"### Timeline\n\n```text\n{shown.replace('```', '` ` `')}\n```"


def _figures(run: StoredRun) -> list[str]:
    phases, found = summary.figure_table(run)
    if not found:
        return []
    head = ["### Figures", "", f"| | {' | '.join(phases)} |", "|---|" + "---:|" * len(phases)]
    return ["\n".join([*head, *(f"| {escape(row.name)} | {' | '.join(map(escape, row.values))} |" for row in found)])]


def _evidence(run: StoredRun) -> list[str]:
    blocks = []
    for name, exhibits in evidence(run, UNICODE).items():
        lines = [f"### Evidence: {escape(name)}", ""]
        for exhibit in exhibits:
            lines += [f"- {escape(exhibit.text)}", *(f"  - {escape(row)}" for row in exhibit.rows)]
        blocks.append("\n".join(lines))
    return blocks


def _problems(run: StoredRun) -> list[str]:
    found = summary.problems(run)
    return ["\n".join(["### Problems", "", *(f"- {escape(problem)}" for problem in found)])] if found else []
