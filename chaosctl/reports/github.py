"""A run inside GitHub Actions: annotations at the lines of the experiment that were not met, and a step summary.

Workflow commands as GitHub documents them ("Workflow commands for GitHub Actions", Setting an error message).
"""

from collections.abc import Iterator

from chaosctl.experiment.positions import locate
from chaosctl.history.read import StoredRun
from chaosctl.reports import summary
from chaosctl.reports.symbols import UNICODE
from chaosctl.reports.words import plain


def annotations(run: StoredRun, file: str, text: str) -> Iterator[str]:
    """Yield a line for each threshold and check that is not as the file expects; `text` is the experiment's.

    A threshold is shown at its own line, all else at `[expect]`, or at the first line where there is none.
    """
    if run.verdict is None or run.verdict.as_expected:
        return
    keys = locate(text).keys
    expect = keys[("expect",)].line if ("expect",) in keys else 1
    said = 0
    for number, limit in enumerate(run.verdict.thresholds):
        place = keys.get(("expect", "thresholds", number))
        if limit.valid != "pass":
            (statement,) = summary.limits_of(run, [limit], UNICODE)
            line = place.line if place is not None else expect
            yield _command(limit.valid, file, line, statement.name, statement.text)
            said += 1
    for name, check in run.verdict.checks.items():
        if check.valid != "pass":
            yield _command(check.valid, file, expect, plain(name), plain(check.why))
            said += 1
    if not said:
        yield _command("fail", file, expect, summary.run_name(run), summary.expectation(run))


def _command(valid: str, file: str, line: int, title: str, message: str) -> str:
    level = "error" if valid == "fail" else "warning"
    place = f"file={_property(file)},line={line},title={_property(title)}"
    return f"::{level} {place}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
