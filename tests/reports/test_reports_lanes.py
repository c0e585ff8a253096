"""The picture of a contradiction: one lane a client, faults behind, the operation in red; nothing in it is foreign."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "checkers"))

from stories import Story

from chaosctl.checkers.verdict import judge_check
from chaosctl.reports.lanes import draw, picture_of

SVG = "{http://www.w3.org/2000/svg}"


def stale(value=1, **fault) -> Story:
    """One client writes twice, another then reads the first value; a third write is never answered."""
    story = Story()
    story.call("write", 0, 10, value=value, client="c0").call("write", 20, 30, value="new", client="c0")
    story.call("write", 32, None, value="late", client="c1")
    return story.call("read", 40, 50, result=value, client="c2").fault(15, 35, **fault)


def picture(story: Story, most: int = 60):
    recording = story.recording()
    contradiction = judge_check("linearizable", recording).contradiction
    assert contradiction is not None
    return picture_of(recording, contradiction, most)


def test_each_client_has_a_lane_and_the_read_that_nothing_explains_is_told_apart():
    lanes = picture(stale()).lanes
    assert {client: [(bar.text, bar.role) for bar in bars] for client, bars in lanes.items()} == {
        "c0": [("1. write 1", "involved"), ('2. write "new"', "involved")],
        "c2": [("read = 1", "stuck")],
    }


def test_a_fault_stands_behind_the_rows_that_were_written_while_it_held():
    drawn = picture(stale(name="split"))
    (name, begin, end), count = drawn.faults[0], len(drawn.times_ns)
    assert name == "split"
    assert drawn.times_ns[begin] == 20_000_000
    assert begin < end < count


def test_the_words_below_say_what_could_have_been_answered():
    assert any(line.endswith('could have answered "new" or "late"') for line in picture(stale()).lines)


def test_the_picture_is_well_formed_whatever_was_written():
    hostile = '</text><script>alert(1)</script>"\x00\x1b&'
    drawn = draw(picture(stale(value=hostile, name=hostile)))
    tree = ET.fromstring(drawn)  # noqa: S314 - our own picture.
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= {"svg", "rect", "text", "line", "g", "title"}


def test_every_operation_has_room_for_its_words():
    drawn = picture(stale())
    places = drawn.places()
    assert places == sorted(places)
    for bar in (bar for lane in drawn.lanes.values() for bar in lane):
        assert places[-1 if bar.end is None else bar.end] - places[bar.begin] >= 6 * len(bar.text)


def test_a_long_history_is_drawn_from_its_end():
    story = Story()
    for number in range(300):
        story.call("write", 10 * number, 10 * number + 5, value=number, client="c0")
    story.call("read", 4000, 4010, result=0, client="c1")
    assert len(picture(story).lanes["c0"]) <= 60
    short = picture(story, most=16)
    assert sum(map(len, short.lanes.values())) <= 16
    assert [bar.role for bar in short.lanes["c1"]] == ["stuck"], "the operation itself is in every picture"
