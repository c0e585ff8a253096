"""The picture in the README is what a report looks like today."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import draw_report


@pytest.mark.slow
def test_the_picture_of_a_report_says_what_a_report_says_today():
    today = "".join(draw_report.draw().export_text().split())
    drawn = draw_report.words_of(draw_report.PICTURE.read_text(encoding="utf-8"))
    assert drawn == today, "the picture is stale: python docs/draw_report.py"


def test_the_picture_shows_one_verdict_of_each_kind():
    drawn = draw_report.words_of(draw_report.PICTURE.read_text(encoding="utf-8"))
    assert "FAILsplit-brain(expectedpass)" in drawn
    assert "PASSsplit-brain(asexpected)" in drawn
    assert "rulenone" in drawn
    assert "rulemajority" in drawn
    assert "evidence:" in drawn
