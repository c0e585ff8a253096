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


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (f"n1 appended index=1 term=1 before=0 command={A}; n2 appended index=1 term=1 before=0 command={A}", "pass"),
        (f"n1 appended index=1 term=1 before=0 command={A}; n2 appended index=1 term=2 before=0 command={B}", "pass"),
        (f"n1 appended index=1 term=1 before=0 command={A}; n2 appended index=1 term=1 before=0 command={B}", "fail"),
        (f"n1 appended index=2 term=3 before=1 command={A}; n2 appended index=2 term=3 before=2 command={A}", "fail"),
        ("n1 became_leader term=1", "unknown"),
    ],
)
def test_logs_match_only_if_an_entry_in_common_has_the_same_before_it(events, verdict):
    assert judge_check("log-matching", Story(events).recording()).valid == verdict


@pytest.mark.parametrize(
    ("committed", "log", "verdict"),
    [
        ("index=2 term=1 by=1", "last=2 terms=[[1,1]]", "pass"),
        ("index=2 term=1 by=1", "last=3 terms=[[1,1],[3,2]]", "pass"),
        ("index=2 term=1 by=1", "last=1 terms=[[1,1]]", "fail"),  # It lacks the entry.
        ("index=2 term=1 by=1", "last=2 terms=[[1,1],[2,2]]", "fail"),  # It has another one there.
        ("index=2 term=1 by=3", "last=1 terms=[[1,1]]", "pass"),  # Committed under this very term, later.
    ],
)
def test_a_leaders_log_has_all_that_was_committed_under_earlier_terms(committed, log, verdict):
    story = Story(f"n1 committed {committed}; n2 became_leader term=3; n2 leads_with term=3 {log}")
    assert judge_check("leader-completeness", story.recording()).valid == verdict
