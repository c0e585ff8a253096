import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

A, B = '{"client":"c1","number":1}', '{"client":"c2","number":1}'


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (f"n1 applied index=1 command={A}; n2 applied index=1 command={A}", "pass"),
        (f"n1 applied index=1 command={A}; n1 applied index=2 command={B}; n2 applied index=1 command={A}", "pass"),
        (f"n1 applied index=1 command={A}; n2 applied index=1 command={B}", "fail"),  # Two state machines.
        (f"n1 applied index=1 command={A}; n1 applied index=3 command={B}", "fail"),  # A gap.
        (f"n1 applied index=2 command={A}; n1 applied index=1 command={B}", "fail"),  # Backwards.
        (f"n1 applied index=1 command={A}; n1/1 applied index=1 command={A}", "pass"),  # Again after a restart.
        (f"n1 applied index=1 command={A}; n1/1 applied index=1 command={B}", "fail"),  # Otherwise after a restart.
        ("n1 became_leader term=1", "unknown"),
    ],
)
def test_a_log_agrees_only_if_all_apply_the_same_commands_one_after_another(events, verdict):
    assert judge_check("log-agreement", Story(events).recording()).valid == verdict
