"""A sweep's text says first what is proven, then why not, and never more than the document."""

import pytest

from chaosctl.reports import sweep_text
from chaosctl.reports.symbols import ASCII

DOCUMENT = {
    "experiment": "split",
    "expected": "pass",
    "as_expected": True,
    "is_interrupted": False,
    "first_seed": 0,
    "swarm": False,
    "seeds": 2000,
    "earlier": 0,
    "passed": 2000,
    "failed": 0,
    "rate_below": 0.001497,
    "doubts": [],
    "groups": [],
    "unknown": [],
    "broken": [],
    "died": {},
    "medians": {"hit": 3, "lost": 17.5, "leaders": 2},
    "sometimes": {"refused": {"seeds": 1990, "median": 2}},
    "figures": {},
    "wall_s": 10.0,
    "seeds_per_s": 200.0,
    "simulated_s_per_s": 700.0,
}
FIGURE = {"unit": "share", "seeds": 9, "min": 0.5, "p5": 0.6, "median": 0.99999, "p95": 1.0, "max": 1.0}


def text(**changes):
    return sweep_text.render(DOCUMENT | changes, ASCII)


def test_the_absence_of_failures_is_told_with_what_it_proves():
    assert text().splitlines()[:2] == [
        "+ PASS  split: 0 of 2,000 seeds failed  (as expected)",
        "  0 of 2,000 seeds: rate of failures below 0.15 %, 95 % confidence",
    ]


def test_failures_stand_below_the_verdict_with_their_seeds_and_a_run_to_look_at():
    group = {"violates": "agreement", "count": 12, "why": "two values", "seeds": list(range(12)), "run": "results/x/1"}
    lines = text(failed=12, as_expected=False, rate_below=None, groups=[group]).splitlines()
    assert lines[0] == "x FAIL  split: 12 of 2,000 seeds failed  (expected: pass)"
    assert "      12  agreement: seed 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ..." in lines
    assert "          chaosctl report results/x/1" in lines


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"died": {"7": "its worker was ended by SIGKILL"}}, "BROKEN"),
        ({"broken": [{"count": 1, "why": "n1 ended", "seeds": [3]}]}, "BROKEN"),
        ({"doubts": ["300 of 2,000 seeds are unknown"]}, "UNKNOWN"),
        ({"passed": 0}, "UNKNOWN"),
        ({"failed": 1, "doubts": ["300 of 2,000 seeds are unknown"]}, "FAIL"),
    ],
)
def test_the_first_word_is_the_worst_that_was_seen(changes, word):
    assert word in text(**changes).splitlines()[0]


def test_what_nodes_wrote_can_not_command_a_terminal():
    assert "\x1b" not in text(unknown=[{"count": 1, "why": "a node said \x1b[2J", "seeds": [1]}])


def test_figures_are_those_of_the_whole_run_and_of_sides_and_never_rounded_up():
    shown = {"availability/all": FIGURE, "availability/faults/minority": FIGURE, "availability/after": FIGURE}
    rows = text(figures=shown).splitlines()[-2:]
    assert [row.split()[0:2] for row in rows] == [["availability", "50%"], ["availability", "faults"]]
    assert rows[0].split() == ["availability", "50%", "60%", "99.99%", "100%", "100%"]


def test_on_a_narrow_terminal_figures_keep_to_the_width():
    figures = {"longest-unavailability/faults/minority": FIGURE, "availability/all": FIGURE}
    lines = sweep_text.render(DOCUMENT | {"figures": figures}, ASCII, width=74).splitlines()[-3:]
    assert [line.split() for line in lines[:1]] == [["figures", "over", "seeds", "min", "median", "max"]]
    assert max(map(len, lines)) <= 74


def test_a_check_of_determinism_shows_both_lines_where_they_first_differ():
    first = {"seed": 3, "place": "draw of node/n1/0, number 7", "before": "a", "first": "0.1", "second": "0.2"}
    lines = sweep_text.determinism({"experiment": "split", "seeds": 5, "differ": [first]}, ASCII).splitlines()
    assert lines[0] == "x FAIL  split: 4 of 5 seeds gave the same draws and rows twice"
    assert lines[1] == "  seed 3 first differs in draw of node/n1/0, number 7"
    assert [line.split() for line in lines[2:5]] == [["before", "a"], ["first", "0.1"], ["second", "0.2"]]
