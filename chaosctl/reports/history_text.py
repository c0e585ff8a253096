"""What checks said of a history, in text: the verdict of each, why, and of a contradiction the order that worked."""

from collections.abc import Iterator
from dataclasses import dataclass

from chaosctl.history.findings import CheckResult, Contradiction
from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation
from chaosctl.reports.words import plain, value_text

MOST_EFFECTS = 12
"""Of an order that worked so many last effects are shown."""


@dataclass(frozen=True)
class Judged:
    """A history, the model that it was judged by, and what each check said."""

    path: str
    format: str
    model: str
    has_times: bool
    recording: Recording
    checks: dict[str, CheckResult]


def text_of(judged: Judged) -> Iterator[str]:
    """Yield the lines, the verdicts first."""
    about = f"{judged.model}, {len(judged.recording.operations)} rows of {judged.format}"
    for name, check in judged.checks.items():
        yield plain(f"{check.valid.upper():8}{name}: {check.why}")
    yield plain(f"        {judged.path} ({about})")
    if not judged.has_times and any(check.evidence for check in judged.checks.values()):
        yield "        the rows have no times: one millisecond is one row"
    for name, check in judged.checks.items():
        if check.valid == "pass" or not check.evidence:
            continue
        yield ""
        yield plain(f"{name}: {check.why}")
        yield from (plain(f"  {finding.text}") for finding in check.evidence)
        if check.contradiction is not None:
            yield from _order(judged.recording, check.contradiction)


def _order(recording: Recording, contradiction: Contradiction) -> Iterator[str]:
    """Yield the last effects of the order that worked, each with the state that it left."""
    if not contradiction.order:
        return
    rows: dict[int, Operation] = {row.index: row for row in recording.operations}
    shown = contradiction.order[-MOST_EFFECTS:]
    more = len(contradiction.order) - len(shown)
    yield "  the last order that worked" + (f", after {more} earlier effects:" if more else ":")
    for effect in shown:
        row = rows[effect.operation]
        asked = "" if row.value is None else f" {value_text(row.value, 40)}"
        who = row.client or f"process {row.process}"
        yield plain(f"    {who:<12} {row.f + asked:<24} leaves {effect.state}")
