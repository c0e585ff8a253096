"""Why transactions come to nothing: each cause has an experiment in which it is the only one, and all add up."""

import pytest

UNDECIDED = 'faults[0].when.point="n1/transaction-manager.decision:pre"'


def rates(run, phase="all"):
    """Return the share of each cause that occurred in a phase."""
    rows = [row for row in run.finished.metrics["abort-rate"]["values"] if row["phase"] == phase and row.get("extra")]
    return {row["extra"]["type"]: row["value"] for row in rows if row["value"]}


@pytest.mark.parametrize(
    ("experiment", "cause", "overrides"),
    [
        ("two-phase-commit/order", "business-refusal", []),
        ("tcc/order", "business-refusal", []),
        ("saga/refusals", "business-refusal", []),
        ("outbox/refusals", "business-refusal", []),
        ("message-transaction/no-fault", "business-refusal", ["system.options.balance=5"]),
        ("two-phase-commit/deadlock", "lock-timeout", []),
        ("two-phase-commit/late-votes", "participant-timeout", ["system.options.lock_timeout='500ms'"]),
        ("tcc/late-try", "participant-timeout", []),
        ("saga/late-steps", "participant-timeout", []),
        ("message-transaction/broker-crash", "broker-unavailable", []),
        ("message-transaction/undone-crash", "check-back", []),
        ("two-phase-commit/before-decision", "coordinator-recovery", []),
        ("tcc/undecided-crash", "coordinator-recovery", []),
        (
            "two-phase-commit/heuristic-commit",
            "heuristic-decision",
            [UNDECIDED, "faults[1].command='abort'", "faults[1].target='all'"],
        ),
    ],
)
def test_what_comes_to_nothing_is_counted_under_its_cause_and_no_other(experiment, cause, overrides, simulate):
    run = simulate(experiment, overrides=overrides)
    assert rates(run) == {cause: pytest.approx(run.figure("abort-rate"))}
    assert not run.violated, run.why


@pytest.mark.parametrize(
    "experiment", ["two-phase-commit/order-crash", "two-phase-commit/read-only", "tcc/order-crash", "saga/order-crash"]
)
@pytest.mark.parametrize("phase", ["all", "before", "faults", "after"])
def test_the_causes_add_up_to_the_abort_rate(experiment, phase, simulate):
    run = simulate(experiment)
    assert sum(rates(run, phase).values()) == pytest.approx(run.figure("abort-rate", phase=phase))
    assert "untold" not in rates(run, phase)


def test_a_try_that_comes_after_its_cancel_is_told_that_the_fence_kept_it_out_which_is_no_cause_of_that(simulate):
    run = simulate("tcc/late-try")
    bodies = [bytes(row.body) for row in run.finished.recording.messages() if row.type == "error" and row.body]
    assert any(b"was cancelled before" in body and b'"code":22' in body for body in bodies)
    assert set(rates(run)) == {"participant-timeout"}


def test_who_votes_no_says_why_in_a_word(simulate):
    assert {event["cause"] for event in simulate("two-phase-commit/deadlock").events("voted_no")} == {"lock-timeout"}
