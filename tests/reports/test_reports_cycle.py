"""The picture of a cycle of transactions: a box each, an arrow to the next; nothing in it is foreign."""

import xml.etree.ElementTree as ET

import pytest

from chaosctl.checkers.verdict import judge_check, written
from chaosctl.history.importing import import_history
from chaosctl.reports.drawing import drawing_of
from tests.checkers.planted import PLANTED
from tests.checkers.txn_stores import told

SVG = "{http://www.w3.org/2000/svg}"


def drawn(recording, level="serializable"):
    picture = drawing_of(recording, written(judge_check(level, recording)))
    assert picture is not None
    return ET.fromstring(picture)  # noqa: S314 - our own picture.


def test_each_transaction_stands_in_a_box_with_why_it_came_before_the_next():
    tree = drawn(told("0: x[] +y1 | 1: y[] +x1; 2: x[1] y[1]"))
    texts = [text.text for text in tree.iter(f"{SVG}text")]
    assert texts[0].startswith("G2-item: write skew")
    assert texts[1] == 'T1  process 1: "y" = [], "x" += 1'
    assert texts[2] == 'rw: T1 read key "y" as [], without the 1 that T2 appended'
    assert texts[4] == 'and back: rw: T2 read key "x" as [], without the 1 that T1 appended'


@pytest.mark.parametrize(
    ("anomaly", "level", "story"), [each for each in PLANTED if each[0].startswith(("G-", "G0", "G1c", "G2"))]
)
def test_every_kind_of_cycle_is_told_in_words_and_drawn(anomaly, level, story):
    recording = told(story)
    judgement = judge_check(level, recording)
    assert judgement.cycle is not None
    texts = [text.text for text in drawn(recording, level).iter(f"{SVG}text")]
    assert texts[0].startswith(f"{anomaly}: ")
    assert [text for text in texts[1:] if not text.startswith("T")] == texts[2::2]
    assert len(texts) == 1 + 2 * len(judgement.cycle.steps)


def test_the_picture_is_well_formed_whatever_the_keys_are(tmp_path):
    hostile = "</text><script>{0}{T1}"
    row = '{"index":%d,"time":0,"process":%d,"type":"%s","f":"txn","value":[["r","%s",%s],["append","%s",%d]]}\n'
    path = tmp_path / "history.jsonl"
    keys = (hostile, "b")
    rows = [(0, 0, "invoke", 0), (1, 1, "invoke", 1), (2, 0, "ok", 0), (3, 1, "ok", 1)]
    path.write_text("".join(row % (i, p, t, keys[k], "null", keys[1 - k], 1) for i, p, t, k in rows))
    tree = drawn(import_history(path).recording)
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= {"svg", "rect", "text", "path", "polygon"}
    assert any(hostile in (text.text or "") for text in tree.iter(f"{SVG}text"))


def test_a_pass_has_nothing_to_draw():
    recording = told("0: +x1; 1: x[1]")
    assert drawing_of(recording, written(judge_check("serializable", recording))) is None
