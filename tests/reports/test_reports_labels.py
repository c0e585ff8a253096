"""Words beside arrows: each near its own arrow, none over another one, and equal ones in one place said once."""

from chaosctl.reports.html.labels import placed


def test_words_of_arrows_that_leave_together_do_not_stand_over_one_another():
    labels = list(placed([(100, 50, 200, 90, "accept"), (100, 50, 200, 91, "learn"), (100, 50, 200, 92, "commit")]))
    assert [label.text for label in labels] == ["accept", "learn", "commit"]
    assert not any(one.is_over(other) for one in labels for other in labels if one is not other)


def test_the_same_word_in_the_same_place_is_said_once():
    assert len(list(placed([(100, 50, 200, 90, "beat"), (101, 50, 201, 90, "beat")]))) == 1


def test_a_word_without_a_free_place_is_left_out_and_not_written_over_others():
    crowd = [(100.0, 50.0, 200.0, 90.0, f"word-{number}") for number in range(20)]
    labels = list(placed(crowd))
    assert 1 < len(labels) < 20
    assert not any(one.is_over(other) for one in labels for other in labels if one is not other)
