"""The counts of named points in their file."""

from chaosctl.node.counters import Counters


def test_counts_are_read_back_as_they_were_last_written(tmp_path):
    counters = Counters(tmp_path / "points")
    for name, count in (("voter.decision:pre", 1), ("voter.sync:post", 7), ("voter.decision:pre", 12)):
        counters.write(name, count)
    assert Counters(tmp_path / "points").read() == {"voter.decision:pre": 12, "voter.sync:post": 7}


def test_counts_go_on_in_the_same_place_after_a_restart(tmp_path):
    Counters(tmp_path / "points").write("a.b:pre", 1)
    again = Counters(tmp_path / "points")
    again.write("a.c:pre", 1)
    again.write("a.b:pre", 2)
    assert Counters(tmp_path / "points").read() == {"a.b:pre": 2, "a.c:pre": 1}
