"""What there is to draw of a check: why no order of effects fits (lanes), or transactions in a cycle (cycle)."""

from chaosctl.history.findings import CheckResult
from chaosctl.history.recording import Recording
from chaosctl.reports import cycle, lanes


def drawing_of(recording: Recording, check: CheckResult, most: int = lanes.MOST_DRAWN) -> str | None:
    """Return the picture as SVG, with so many operations at most; None where there is none to draw."""
    if check.contradiction is not None:
        return lanes.draw(lanes.picture_of(recording, check.contradiction, most))
    return None if check.cycle is None else cycle.draw(recording, check.cycle)
