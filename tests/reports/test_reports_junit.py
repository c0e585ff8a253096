"""What a CI server's reporter gets: XML it can read, and a failure exactly where the exit code is not 0."""

from xml.etree import ElementTree as ET

import pytest
from test_reports_renderings import failing
from written import Written

from chaosctl.cli.report import report
from chaosctl.reports import junit


def parsed(run):
    return ET.fromstring(junit.render(run))  # noqa: S314 - our own document.


def cases(run):
    """Return what each case holds, by name: failure, error, skipped or system-out."""
    return {case.get("name"): [part.tag for part in case] for case in parsed(run).iter("testcase")}


def test_each_check_and_limit_is_a_case_and_the_verdict_decides(store):
    found = cases(store(*failing()))
    assert found == {
        "verdict": ["failure"],
        "election-safety": ["failure"],
        "progress": ["skipped"],
        "terms-grow": ["system-out"],
        "availability (faults)": ["failure"],
        "takeover-time": ["skipped"],
    }


def test_counts_are_those_of_the_cases(store):
    suites = parsed(store(*failing()))
    for element in (suites, suites.find("testsuite")):
        counts = {name: element.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert counts == {"tests": "6", "failures": "3", "errors": "0", "skipped": "2"}


def test_what_a_node_wrote_is_text_that_xml_allows(store):
    failure = next(parsed(store(*failing())).iterfind(".//testcase[@name='election-safety']/failure"))
    assert "<script>" in failure.text
    assert "\\x1b[2J" in failure.text


def test_a_demonstration_that_is_convicted_as_expected_has_no_failure(store):
    written, verdict = failing()
    assert cases(store(written, verdict | {"expected": "fail", "as_expected": True, "exit_code": 0}))["verdict"] == [
        "system-out"
    ]


@pytest.mark.parametrize("verdict", [None, {"verdict": "unknown", "as_expected": False, "exit_code": 4}])
def test_a_run_that_proves_nothing_is_an_error_and_no_pass(store, verdict):
    assert cases(store(Written(), verdict))["verdict"] == ["error"]


def test_the_file_lies_in_the_runs_folder(store, capsys):
    run = store(*failing())
    report([str(run.folder)], as_junit=True)
    assert capsys.readouterr().out.strip() == str(run.folder / "junit.xml")
    assert (run.folder / "junit.xml").read_text() == junit.render(run)


def test_a_run_that_was_interrupted_is_an_error_though_nothing_failed(store):
    assert cases(store(Written(), {"verdict": "pass"}, complete=False))["verdict"] == ["error"]
