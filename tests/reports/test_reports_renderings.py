"""What a reader gets: the verdict first, nothing hidden, nothing obeyed that a node wrote."""

import io
import json

import msgspec
import pytest
from rich.console import Console
from written import Written

from chaosctl.cli.report import report
from chaosctl.errors import BadInput
from chaosctl.history.read import read_run
from chaosctl.reports import document, markdown, terminal

ESCAPE = "\x1b[2J[red]*n3* <script>|`x`"


def failing():
    """Return a run that split n1 off, and the verdict on it."""
    written = Written().event(0, "n1", "became_leader", term=1).event(4500, "n2", "became_leader", term=1)
    for at_ms in range(0, 10_000, 50):
        bad = 4000 <= at_ms < 6000
        written.call(at_ms, 5, "fail:temporarily-unavailable" if bad else "ok", value={"key": ESCAPE})
    written.fault(4000, 6000, "partition", name="split", groups=[["n1"], ["n2", "n3"]])
    written.message(4400, "n1", "n2", body=msgspec.Raw(json.dumps({"type": "vote", "x": ESCAPE}).encode()))
    written.message(4401, "n1", "n2", "dropped", id=0, why="cut")
    found = {"text": f"n1 and n2 led term 1 {ESCAPE}", "operations": [0, 1], "events": ["n1/0/0", "n2/0/1"]}
    verdict = {
        "verdict": "fail",
        "expected": "pass",
        "as_expected": False,
        "exit_code": 1,
        "why": "election-safety failed",
        "reasons": ["availability was below its limit"],
        "checks": {
            "terms-grow": {"valid": "pass", "why": "2 terms"},
            "progress": {"valid": "unknown", "why": "nobody asked"},
            "election-safety": {
                "valid": "fail",
                "why": "two leaders in term 1",
                "evidence": [found | {"messages": [0], "faults": [0], "time_ns": 4_500_000_000}],
            },
        },
        "thresholds": [
            {
                "metric": "availability",
                "phase": "faults",
                "min": 0.95,
                "value": 0.94996,
                "samples": 40,
                "valid": "fail",
            },
            {"metric": "takeover-time", "max": 1, "value": None, "samples": 0, "valid": "unknown", "why": "no crash"},
        ],
    }
    return written, verdict


def shown(run, width=80, encoding="utf-8", **options):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace")
    console = Console(file=file, width=width, highlight=False, **options)
    terminal.render(run, console)
    file.flush()
    return raw.getvalue().decode(encoding)


def words(text):
    """Return a text without its layout."""
    return " ".join(text.split())


def test_the_verdict_comes_first_with_what_was_expected_and_why(store):
    first, second, *_ = shown(store(*failing())).splitlines()
    assert "FAIL" in first
    assert "expected pass" in first
    assert "election-safety failed" in second


def test_the_worst_checks_come_first_and_each_says_why(store):
    text = words(shown(store(*failing())))
    order = ["✗ election-safety two leaders in term 1", "? progress nobody asked", "✓ terms-grow 2 terms"]
    places = [text.index(line) for line in order]
    assert places == sorted(places)


def test_a_limit_stands_beside_what_was_measured_and_is_never_rounded_up_to_it(store):
    text = words(shown(store(*failing())))
    assert "availability (faults) 94.99% < 95% (40 samples)" in text
    assert "takeover-time no sample, wanted ≤ 1" in text


def test_a_limit_on_one_type_of_a_figure_says_which(store):
    written, verdict = failing()
    of_type = {"metric": "abort-rate", "type": "check-back", "phase": "faults"}
    verdict["thresholds"].append(of_type | {"max": 0.5, "value": 0.25, "samples": 8, "valid": "pass"})
    assert "abort-rate check-back (faults) 0.25 ≤ 0.5 (8 samples)" in words(shown(store(written, verdict)))


def test_evidence_shows_the_rows_it_rests_on(store):
    text = words(shown(store(*failing()), width=400))
    assert "4.500 s: n1 and n2 led term 1" in text
    assert "operation 0: 0.000 s c0 at n1: read" in text
    assert text.count("operation 0:") == 1, "an operation named by both of its rows is shown once"
    assert "event n2/0/1: 4.500 s n2 became_leader term 1" in text
    assert "dropped 4.401 s (cut)" in text
    assert "fault split (partition) n1 | n2,n3: applied 4.000 s, healed 6.000 s" in text


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_report_keeps_to_its_width_and_to_what_the_terminal_can_show(store, width, encoding):
    text = shown(store(*failing()), width, encoding)
    assert max(map(len, text.splitlines())) <= width


def test_the_name_of_a_figure_is_broken_at_its_hyphens_and_in_no_word(store):
    lines = shown(store(*failing()), width=50).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("gilbert-lynch-"))
    assert lines[at].split()[0] == "gilbert-lynch-"
    assert lines[at + 1].split()[0] == "availability"


def test_latency_without_a_value_says_why(store):
    written, verdict = failing()
    written.event(5000, "runner", "delays_off", role="runner", median_ns=7_000_000, configured_mean_ns=1_000_000)
    text = words(shown(store(written, verdict), width=200))
    assert "latency has no value: messages came 7.0 ms later than meant (median), and the links' mean is 1.0 ms" in text


def test_a_terminal_obeys_nothing_that_a_node_wrote(store):
    text = shown(store(*failing()), width=400, force_terminal=True, color_system="truecolor")
    assert "\x1b[2J" not in text
    assert "\\x1b[2J[red]*n3*" in text


def test_no_color_leaves_every_word_and_sign(store, monkeypatch):
    run = store(*failing())
    plain = shown(run)
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(run, force_terminal=True)
    assert "\x1b[3" not in text, "no colour"
    assert [sign for sign in "✓✗?" if sign in text] == [sign for sign in "✓✗?" if sign in plain]


def test_a_run_without_a_verdict_says_that_it_broke_off(store):
    written, _ = failing()
    run = store(written, complete=False)
    for text in (shown(run), markdown.render(run)):
        assert "BROKEN" in text
        assert "did not end in order" in text


def test_a_demonstration_that_was_convicted_is_as_expected(store):
    written, verdict = failing()
    run = store(written, verdict | {"expected": "fail", "as_expected": True})
    assert "as expected" in shown(run).splitlines()[0]
    run = store(written, verdict | {"expected": "fail", "as_expected": False})
    assert "not as expected" in shown(run).splitlines()[0]


def test_problems_tell_of_faults_that_hurt_nothing_and_nodes_that_misbehaved(store):
    written, verdict = failing()
    written.fault(7000, 7100, "pause", name="nap", touched=0).fault(8000, None, "crash", name="boom", why="no leader")
    written.recording.faults[-1].phase = "never"
    text = words(shown(store(written, verdict, problems={"n2": {"malformed-line": 3}}), width=200))
    assert "fault nap (pause), healed at 7.100 s, touched nothing" in text
    assert "fault boom (crash) never happened: no leader" in text
    assert "n2: malformed-line 3x" in text


def test_figures_are_tabled_by_phase_and_side_with_gaps_for_no_sample(store):
    written, verdict = failing()
    run = store(written, verdict)
    line = next(line for line in shown(run, 200).splitlines() if line.startswith("availability in 1 s, minority"))
    assert line.split() == ["availability", "in", "1", "s,", "minority", "0%", "0%"]


def test_evidence_of_a_thousand_rows_shows_the_first_and_how_many_more(store):
    written, verdict = failing()
    verdict["checks"]["election-safety"]["evidence"][0]["operations"] = list(range(0, 400, 2))
    text = shown(store(written, verdict), width=200)
    assert "and 190 more" in text


def test_rows_that_are_not_there_are_no_error(store):
    written, verdict = failing()
    found = {"text": "gone", "operations": [9999], "events": ["x/0/9"], "messages": [77], "faults": [8]}
    verdict["checks"]["election-safety"]["evidence"] = [found]
    assert "gone" in shown(store(written, verdict))


def test_a_damaged_message_log_hides_no_verdict(store):
    run = store(*failing())
    (run.folder / "messages.jsonl").write_bytes(b"{]\n")
    text = words(shown(read_run(run.folder), width=200))
    assert "FAIL" in text
    assert "not a row of messages.jsonl" in text


def test_two_runs_stand_side_by_side_where_there_is_room_and_under_one_another_where_not(store):
    one, two = store(*failing()), store(Written().call(0, 5), {"verdict": "pass", "why": "all held"})
    for width, beside in ((140, True), (80, False)):
        file = io.StringIO()
        terminal.side_by_side([one, two], Console(file=file, width=width, highlight=False))
        text = file.getvalue()
        assert ("PASS" in text.splitlines()[0]) == beside
        assert "evidence: election-safety" in text
        assert "PASS" in text
        assert max(map(len, text.splitlines())) <= width


def test_markdown_shows_verdict_limits_timeline_and_evidence(store):
    text = markdown.render(store(*failing()))
    assert text.startswith("## ✗ FAIL: by-hand (expected pass)\n")
    assert "| ✗ fail | availability (faults) | 94.99% \\< 95% (40 samples) |" in text
    assert "```text\navailability" in text
    assert "### Evidence: election-safety" in text


def test_markdown_lays_out_nothing_that_a_node_wrote(store):
    text = markdown.render(store(*failing()))
    assert "<script>" not in text
    assert "\x1b" not in text
    evidence = next(line for line in text.splitlines() if "led term 1" in line)
    assert "\\*n3\\*" in evidence
    assert "\\`x\\`" in evidence


def test_json_holds_what_the_files_say_and_what_reports_work_out(store):
    run = store(*failing())
    content = json.loads(msgspec.json.encode(document.as_json(run)))
    assert (content["schema"], content["verdict"]["verdict"], content["complete"]) == (1, "fail", True)
    assert [row["node"] for row in content["leaders"]] == ["n1", "n2"]
    assert sum(window["started"] for window in content["availability"]) == 200
    assert content["metrics"]["availability"]["unit"] == "share"
    assert [row["phase"] for row in content["faults"]] == ["applied", "healed"]


def test_the_report_command_refuses_two_forms_at_once(tmp_path):
    with pytest.raises(BadInput, match="choose one"):
        report([], as_json=True, as_markdown=True, results=tmp_path)


def test_the_report_command_prints_the_newest_run(store, capsys):
    run = store(*failing())
    report(None, as_json=True, as_markdown=False, results=run.folder.parent.parent)
    assert json.loads(capsys.readouterr().out)["folder"] == str(run.folder)
    report(["by-hand"], as_json=False, as_markdown=True, results=run.folder.parent.parent)
    assert capsys.readouterr().out.startswith("## ")


def test_a_run_without_faults_has_one_column_of_figures(store):
    run = store(Written().call(0, 5), {"verdict": "pass"})
    lines = [line for line in shown(run).splitlines() if line.startswith("availability") and "%" in line]
    assert [row.split() for row in lines] == [["availability", "in", "1", "s", "100%"]]


def test_a_time_that_the_sentence_tells_is_not_told_twice(store):
    written, verdict = failing()
    verdict["checks"]["election-safety"]["evidence"] = [{"text": "n1 led at 4.500 s", "time_ns": 4_500_000_000}]
    assert shown(store(written, verdict)).count("4.500 s") == 1
