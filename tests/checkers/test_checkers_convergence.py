import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check


def read_in_the_end(**answers: list) -> Story:
    """Two writes of key 0 during the load, and what each node says of it in the end (a list of outcome and value)."""
    story = Story()
    for at, value in ((100, 1), (200, 2)):
        story.call("write", at, at + 5, value=[0, value], result=[0, value])
    for node, (outcome, value) in answers.items():
        story.call("read", 10_000, 10_005, outcome, node=node, value=[0, None], result=[0, value], final=True)
    return story


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"n1": ("ok", 2), "n2": ("ok", 2), "n3": ("ok", 2)}, "pass"),
        ({"n1": ("ok", 1), "n2": ("ok", 1)}, "pass"),  # Which of two writes wins is another check's affair.
        ({"n1": ("ok", 2), "n2": ("ok", 1)}, "fail"),
        ({"n1": ("ok", 2), "n2": ("ok", None)}, "fail"),  # A copy that has never heard of it.
        ({"n1": ("ok", 9), "n2": ("ok", 9)}, "fail"),  # Equal, and nobody wrote it.
        ({"n1": ("ok", {"siblings": [1, 2]}), "n2": ("ok", {"siblings": [1, 2]})}, "pass"),
        ({"n1": ("ok", {"siblings": [1, 9]}), "n2": ("ok", {"siblings": [1, 9]})}, "fail"),
        ({"n1": ("ok", 2)}, "unknown"),  # One copy agrees with itself.
        ({"n1": ("ok", 2), "n2": ("fail:net-timeout", None)}, "unknown"),
    ],
)
def test_copies_have_converged_only_if_all_that_answer_in_the_end_say_what_somebody_wrote(answers, verdict):
    assert judge_check("convergence", read_in_the_end(**answers).recording()).valid == verdict
