"""A transcript: what happened, in order, in words that a trigger understands; and golden ones, a pattern each.

A golden transcript stands beside its experiment in tests/transcripts/. After a change that is meant:
`REWRITE_GOLDEN=1 pytest tests/reports/test_reports_transcript.py`, and read the diff as the protocol's author would.
"""

import json
import os
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner
from written import Written

from chaosctl.cli.app import app
from chaosctl.reports.transcript import transcript
from tests.conftest import SHIPPED_PATTERNS

GOLDEN = Path(__file__).parent.parent / "transcripts"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.toml"))
MOST_LINES, WIDEST = 240, 128


def body(**fields):
    return msgspec.Raw(json.dumps({"type": "vote", "msg_id": 7} | fields).encode())


def chaosctl(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def told(store):
    """Return a function that gives a written run's lines, times and header apart."""

    def lines(written, *window):
        return [line[12:] for line in transcript(store(written), *window) if not line.startswith("#")]

    return lines


@pytest.mark.parametrize("name", NAMES)
def test_a_pattern_does_what_its_golden_transcript_says(name, tmp_path):
    chaosctl("run", GOLDEN / f"{name}.toml", "--simulate", "--quiet", "--results", tmp_path)
    shown = chaosctl("report", name, "--transcript", "--results", tmp_path).stdout
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_transcript_can_be_read_in_one_go(name):
    lines = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= WIDEST


def test_a_message_is_called_as_a_trigger_would_aim_at_it(told):
    written = Written().message(1, "n1", "n2", body=body(term=1)).message(2, "n1", "n3", body=body(term=1))
    written.message(3, "n1", "n2", body=body(term=2)).message(4, "n1", "n2", "delivered", id=2)
    assert told(written) == [
        "n1    sent       vote n1>n2#1  term 1",
        "n1    sent       vote n1>n3#1  term 1",
        "n1    sent       vote n1>n2#2  term 2",
        "n2    delivered  vote n1>n2#2",
    ]


def test_a_message_that_is_lost_says_why_and_by_which_fault(told):
    written = Written().fault(0, 9, "partition", name="split", groups=[["n1"], ["n2", "n3"]], touched=1)
    written.message(1, "n1", "n2", body=body()).message(1, "n1", "n2", "dropped", id=0, why="cut", faults=[0])
    assert told(written) == [
        "      applied    split (partition)  n1 | n2,n3",
        "n1    sent       vote n1>n2#1",
        "n2    lost       vote n1>n2#1  cut by split",
        "      healed     split (partition)  touched 1",
    ]


def test_operations_are_told_with_their_values_and_how_they_ended(told):
    written = Written().call(1, 2, value={"key": 3}).call(5, 1, "fail:abort")
    assert told(written) == [
        'c0    invoked    read {"key":3} at n1',
        'c0    ok         read {"key":3}',
        "c2    invoked    read at n1",
        "c2    fail       read abort",
    ]


def test_a_node_acts_before_it_sends_and_dies_after_it_in_the_same_instant(told):
    written = Written().event(1, "n1", "became_leader", term=2).fault(1, None, "crash", targets=["n1"])
    written.event(1, "n1", "killed", "runner").message(1, "n1", "n2", body=body())
    assert told(written) == [
        "n1    emitted    became_leader  term 2",
        "n1    sent       vote n1>n2#1",
        "      applied    crash  n1",
        "n1    killed",
    ]


def test_a_window_shows_what_happened_in_it_and_counts_what_came_before(told):
    written = Written()
    for at_ms in (1, 2, 3):
        written.message(at_ms, "n1", "n2", body=body())
    assert told(written, 2_000_000, 3_000_000) == ["n1    sent       vote n1>n2#2"]


def test_what_nodes_wrote_is_shortened_and_never_obeyed(told):
    [line] = told(Written().message(1, "n1", "n2", body=body(x="\x1b[2J" + 1000 * "y")))
    assert "\x1b" not in line
    assert len(line) < WIDEST


@pytest.mark.parametrize(
    ("options", "complaint"),
    [(["--json"], "choose one"), (["--from", "soon"], "--from: must be a duration with a unit")],
)
def test_options_that_make_no_transcript_are_refused(options, complaint, store, tmp_path):
    store(Written())
    refused = chaosctl("report", "--transcript", "--results", tmp_path, *options)
    assert complaint in str(refused.exception)


def test_every_pattern_has_a_golden_transcript():
    assert set(NAMES) == set(SHIPPED_PATTERNS)
