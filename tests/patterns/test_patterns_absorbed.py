"""What comes to a participant again and changes nothing is counted, alike in all five patterns of transactions."""

import pytest

DOUBLED = 'faults=[{ kind = "duplicate", message = "%s", at = "0s", duration = "350ms" }]'


@pytest.mark.parametrize(
    ("experiment", "message", "participants"),
    [
        ("two-phase-commit/explore", "prepare", 2),
        ("two-phase-commit/explore", "commit", 2),
        ("tcc/explore", "try", 2),
        ("tcc/explore", "confirm", 2),
        ("tcc/explore-refused", "cancel", 2),
        ("saga/explore", "execute", 2),
        ("saga/explore-refused", "execute", 2),  # One carries its step out and one refuses it, each once.
        ("saga/explore-refused", "compensate", 1),  # Of two: who had refused has nothing to undo, however often.
        ("outbox/explore", "deliver", 1),
        ("message-transaction/explore", "deliver_parcel", 1),
    ],
)
def test_a_message_that_comes_twice_is_absorbed_once_by_each_participant(experiment, message, participants, simulate):
    run = simulate(experiment, overrides=[DOUBLED % message])
    assert not run.violated, run.why
    assert run.figure("duplicates-absorbed") == participants
    assert len({event["node"] for event in run.events("absorbed")}) == participants


@pytest.mark.parametrize(
    "experiment",
    ["two-phase-commit/no-fault", "tcc/no-fault", "saga/refusals", "outbox/refusals", "message-transaction/no-fault"],
)
def test_where_nothing_comes_twice_nothing_is_absorbed(experiment, simulate):
    run = simulate(experiment)
    assert run.figure("duplicates-absorbed") == 0


@pytest.mark.parametrize(
    ("experiment", "message"), [("two-phase-commit/explore-refused", "rollback"), ("two-phase-commit/explore", "vote")]
)
def test_neither_an_abort_of_what_is_not_kept_nor_a_vote_is_a_duplicate_for_a_participant(
    experiment, message, simulate
):
    assert simulate(experiment, overrides=[DOUBLED % message]).figure("duplicates-absorbed") == 0
