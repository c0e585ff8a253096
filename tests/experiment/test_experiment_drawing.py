"""The drawing of a schedule: where bars stand, and that it fits the terminal."""

import pytest

from chaosctl.experiment.drawing import ASCII, draw_schedule, glyphs_for
from chaosctl.experiment.load import load

HEAD = 'name = "x"\nduration = "10s"\n[system]\npattern = "toy-election"\n'
SCHEDULE = (
    HEAD
    + """
[[faults]]
name = "split"
kind = "partition"
at = "2s"
duration = "4s"
groups = [["leader", "random"], ["rest"]]
[[faults]]
name = "pulse"
kind = "crash"
target = "random"
at = "1s"
every = "3s"
restart_after = "1s"
[[faults]]
name = "loose"
kind = "crash"
target = "leader"
after = "split"
at = { random = ["1s", "3s"] }
[[faults]]
name = "armed"
kind = "crash"
target = "leader"
when = { event = "became_leader" }
"""
)


def bars(text, catalogue, width):
    """Return each fault's bar at a width of `width` columns of track, by name."""
    drawing = draw_schedule(load(text, catalogue), width=width + 7, glyphs=ASCII)
    rows = [line for line in drawing.splitlines() if line[:5] in {"split", "pulse", "loose", "armed"}]
    return {row[:5]: row[7:] for row in rows}


def test_a_bar_stands_where_its_fault_holds(catalogue):
    found = bars(SCHEDULE, catalogue, 40)
    assert found["split"] == " " * 8 + "#" * 16
    assert found["pulse"] == " " * 4 + "        ".join(["####"] * 3)


def test_a_drawn_time_is_light_until_it_is_sure(catalogue):
    assert bars(SCHEDULE, catalogue, 40)["loose"] == " " * 28 + "~" * 8 + "#" * 4


def test_a_fault_that_waits_for_the_run_is_dotted_all_along(catalogue):
    assert bars(SCHEDULE, catalogue, 40)["armed"] == "." * 40


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width, catalogue):
    text = SCHEDULE.replace('"armed"', '"a-name-that-is-far-too-long-for-any-margin-of-a-terminal"')
    drawing = draw_schedule(load(text, catalogue), width=width)
    assert max(len(line) for line in drawing.splitlines()) <= width


def test_every_key_of_a_fault_stands_below_its_bar(catalogue):
    drawing = draw_schedule(load(SCHEDULE, catalogue), width=120)
    assert 'crash: at = { random = ["1s", "3s"] }, after = "split", target = "leader"' in drawing


def test_an_experiment_without_faults_says_so(catalogue):
    assert draw_schedule(load(HEAD, catalogue)).endswith("No faults.")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no-such-encoding"])
def test_a_terminal_without_unicode_gets_ascii(encoding, catalogue):
    drawing = draw_schedule(load(SCHEDULE, catalogue), glyphs=glyphs_for(encoding))
    assert drawing.isascii()
