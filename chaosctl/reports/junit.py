"""A run as JUnit XML, as Jenkins, GitLab and GitHub's reporters read it: a suite a run, a case a check and a limit.

JUnit has no word for `unknown`. The case `verdict` fails exactly where chaosctl exits with other than 0: a failure
where something is not as expected, an error where nothing was proven or the run broke. A check that says unknown is
skipped, with its reason. A demonstration that is convicted as its file expects has no failures: the conviction is
output.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from chaosctl.history.read import StoredRun
from chaosctl.reports import summary
from chaosctl.reports.evidence import evidence
from chaosctl.reports.summary import Statement
from chaosctl.reports.symbols import UNICODE

OUTCOMES = {"failure": "failures", "error": "errors", "skipped": "skipped"}
"""What a case may hold, and the suite's attribute that counts it."""


def render(run: StoredRun) -> str:
    """Return the document, ending with a newline. Foreign text is made plain, so it holds no sign that XML forbids."""
    suites = Element("testsuites", name="chaosctl")
    suite = SubElement(suites, "testsuite", name=summary.run_name(run))
    _verdict(suite, run)
    exhibits = evidence(run, UNICODE)
    shown = {name: [line for one in found for line in (one.text, *one.rows)] for name, found in exhibits.items()}
    for check in summary.checks(run):
        _statement(suite, run, "checks", check, shown.get(check.name, []))
    for limit in summary.limits(run, UNICODE):
        _statement(suite, run, "limits", limit, [])
    counts = {total: str(len(list(suite.iter(tag)))) for tag, total in OUTCOMES.items()}
    counts |= {"tests": str(len(suite)), "time": f"{run.recording.declared.end_ns / 1e9:.3f}"}
    for element in (suites, suite):
        element.attrib.update(counts)
    properties = Element("properties")
    for name in ("seed", "runtime", "mechanism"):
        SubElement(properties, "property", name=name, value=str(run.about.get(name, "")))
    suite.insert(0, properties)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _verdict(suite: Element, run: StoredRun) -> None:
    """Add the case that decides: what the run was to show as a whole."""
    case = SubElement(suite, "testcase", classname=summary.run_name(run), name="verdict")
    message = f"{summary.verdict_word(run)}: {summary.expectation(run)}"
    lines = [*summary.reasons(run), *summary.problems(run), summary.subtitle(run)]
    is_proven = run.verdict is not None and run.verdict.verdict != "unknown" and run.recording.complete
    if run.verdict is not None and run.verdict.as_expected and run.recording.complete:
        _say(SubElement(case, "system-out"), lines)
        return
    _say(SubElement(case, "failure" if is_proven else "error", message=message, type="verdict"), lines)


def _statement(suite: Element, run: StoredRun, group: str, one: Statement, lines: list[str]) -> None:
    """Add a case for a check or a limit."""
    case = SubElement(suite, "testcase", classname=f"{summary.run_name(run)}.{group}", name=one.name)
    is_expected = run.verdict is not None and run.verdict.as_expected
    if one.valid == "unknown":
        SubElement(case, "skipped", message=f"unknown: {one.text}")
    elif one.valid == "fail" and not is_expected:
        _say(SubElement(case, "failure", message=one.text, type=group), lines)
    else:
        convicted = ["convicted, as the experiment expects"] if one.valid == "fail" else []
        _say(SubElement(case, "system-out"), [*convicted, one.text, *lines])


def _say(element: Element, lines: Sequence[str]) -> None:
    element.text = "\n".join(lines)
