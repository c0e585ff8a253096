"""Figures of what faults did: leaders lost and found, service restored, decisions and doubts."""

import pytest
from written import Written

from chaosctl.measurements import FIGURES, dimensions, load, measure_all


def only(written, name):
    """Return the one value of a figure without slices, None where it has none."""
    rows = measure_all(written.recording).get(name, {"values": []})["values"]
    rows = [row for row in rows if row["phase"] == "all" and not row["node"] and "type" not in row.get("extra", {})]
    assert len(rows) <= 1
    return rows[0] if rows else None


def led(*terms, **declared):
    """n1 leads term 1 from before time 0; then (at, node, term) as told."""
    written = Written(**declared).event(-50, "n1", "became_leader", term=1)
    for at_ms, node, term in terms:
        written.event(at_ms, node, "became_leader", term=term)
    return written


def in_order(written):
    written.recording.events.sort(key=lambda event: event.time)
    return written


def killed(written, at_ms, node="n1", until_ms=3000):
    written.event(at_ms, node, "killed", role="runner", incarnation=0)
    written.recording.events[-1].fields = {"incarnation": 0}
    return in_order(written.fault(at_ms, until_ms, targets=[node]))


def test_takeover_lasts_from_the_leaders_crash_to_the_next_leader():
    assert only(killed(led((1700, "n2", 2)), 1000), "takeover-time")["value"] == pytest.approx(0.7)


def test_a_crash_of_a_follower_is_no_takeover():
    assert only(killed(led((1700, "n2", 2)), 1000, "n3"), "takeover-time") is None


def test_a_takeover_that_never_came_lasts_at_least_to_the_end():
    row = only(killed(led(), 1000), "takeover-time")
    assert (row["value"], row["extra"]["at_least"]) == (pytest.approx(9.0), True)


def test_a_leader_that_survives_its_pause_in_office_is_no_takeover():
    assert only(led().fault(1000, 1050, "pause", targets=["n1"]), "takeover-time") is None


def test_the_longest_takeover_counts_and_each_is_told():
    written = killed(killed(led((1200, "n2", 2), (5900, "n3", 3)), 1000, until_ms=1500), 5000, "n2", 6000)
    row = only(written, "takeover-time")
    assert (row["value"], row["samples"]) == (pytest.approx(0.9), 2)
    assert [each["seconds"] for each in row["extra"]["each"]] == [pytest.approx(0.2), pytest.approx(0.9)]


@pytest.mark.parametrize(
    ("fault", "is_hit"),
    [
        ({"groups": [["n1"], ["n2", "n3"]]}, True),
        ({"groups": [["n1", "n2"], ["n3"]]}, False),
        ({"cuts": [["n1", "n2"], ["n3", "n1"]]}, True),
        ({"cuts": [["n1", "n2"], ["n2", "n1"]]}, False),
        ({"groups": [["n1", "c1"], ["n2", "n3"]], "cuts": [["n1", "n2"], ["n1", "n3"], ["c1", "n2"]]}, True),
    ],
)
def test_a_partition_hits_the_leader_where_it_leaves_it_no_majority(fault, is_hit):
    written = led((1500, "n2", 2)).fault(1000, 3000, "partition", **fault)
    assert (only(written, "takeover-time") is not None) == is_hit


def test_detection_lasts_to_the_first_election_begun_after_the_fault():
    written = led((1700, "n2", 2)).event(900, "n3", "became_candidate").event(1400, "n2", "became_candidate")
    assert only(killed(written, 1000), "detect-time")["value"] == pytest.approx(0.4)


def test_a_suspicion_of_the_leader_is_a_detection_and_one_of_another_is_not():
    written = led((1700, "n2", 2)).event(1200, "n2", "suspected", of="n3").event(1300, "n3", "suspected", of="n1")
    assert only(killed(written, 1000), "detect-time")["value"] == pytest.approx(0.3)


def test_recovery_lasts_until_every_hurt_node_has_served_again():
    written = Written().fault(1000, 2000).call(1100, 100, "info:net-timeout", node="n1")
    written.call(1100, 5, "fail:temporarily-unavailable", node="n2")
    written.call(1500, 10, node="n2").call(2400, 100, node="n1").call(2450, 10, node="n1")
    assert only(written, "recovery-time")["value"] == pytest.approx(1.46)


def test_an_operation_that_was_under_way_when_the_fault_came_is_hurt_too():
    written = Written(timeout=0.5).fault(1000, 1000).call(900, 500, "info:net-timeout").call(1400, 10)
    assert only(written, "recovery-time")["value"] == pytest.approx(0.41)


@pytest.mark.parametrize("error", ["abort", "precondition-failed", "key-does-not-exist"])
def test_a_refusal_by_the_systems_own_rules_needs_no_recovery(error):
    written = Written().fault(1000, 2000).call(1100, 5, f"fail:{error}").call(5000, 5)
    assert only(written, "recovery-time") is None


def test_an_operation_refused_before_the_fault_is_not_the_faults():
    written = Written().call(100, 5, "fail:temporarily-unavailable").fault(1000, 2000).call(1100, 5)
    assert only(written, "recovery-time") is None


def test_a_node_that_never_serves_again_makes_recovery_last_at_least_to_the_end():
    row = only(Written().fault(1000, 2000).call(1100, 5, "fail:temporarily-unavailable"), "recovery-time")
    assert (row["value"], row["extra"]["at_least"]) == (pytest.approx(9.0), True)


def test_time_without_and_with_two_leaders_adds_up_over_reigns():
    written = led((3000, "n2", 2)).event(4000, "n1", "stepped_down", term=1)
    written.event(6000, "n2", "stepped_down", term=2).event(8000, "n3", "became_leader", term=3)
    found = measure_all(written.recording)
    [dual] = [row["value"] for row in found["dual-leader-time"]["values"] if row["phase"] == "all"]
    [leaderless] = [row["value"] for row in found["leaderless-time"]["values"] if row["phase"] == "all"]
    assert (dual, leaderless) == (1.0, 2.0)


def test_a_death_ends_a_reign_and_what_the_dead_wrote_before_makes_none():
    written = killed(led(), 1000).event(1000, "n1", "became_leader", term=5)
    assert only(written, "leaderless-time")["value"] == 9.0


def test_a_node_restarted_may_lead_again():
    written = killed(led(), 1000).event(2000, "n1", "became_leader", incarnation=1, term=5)
    assert only(written, "leaderless-time")["value"] == 1.0


def test_elections_are_counted_by_phase_and_none_is_a_count():
    written = led((1500, "n2", 2)).fault(1000, 2000, targets=["n3"])
    rows = measure_all(written.recording)["elections"]["values"]
    assert {row["phase"]: row["value"] for row in rows} == {"all": 1, "before": 0, "faults": 1, "after": 0}


def test_a_pattern_without_a_leader_has_no_figures_of_leaders():
    found = measure_all(led(leader_event=None).recording)
    assert not {"elections", "leaderless-time", "dual-leader-time", "takeover-time"} & set(found)


def paxos(*events, **declared):
    written = Written(leader_event=None, **declared)
    for at_ms, node, event, ballot in events:
        written.event(at_ms, node, event, role="acceptor", slot=0, ballot=ballot, value="a")
    return written


DUEL = (
    (10, "n1", "promised", [1, "n1"]),
    (20, "n2", "promised", [2, "n2"]),
    (30, "n2", "refused", [1, "n1"]),
    (40, "n1", "accepted", [2, "n2"]),
    (50, "n2", "accepted", [2, "n2"]),
    (60, "n2", "chosen_seen", [2, "n2"]),
)


def test_ballots_a_decision_count_each_that_was_begun():
    assert only(paxos(*DUEL), "ballots-per-decision")["value"] == 2
    assert only(paxos(*DUEL[:5]), "ballots-per-decision") is None


def test_a_decision_lasts_from_the_first_ballot_to_the_first_who_saw_it():
    assert only(paxos(*DUEL), "decision-time")["value"] == pytest.approx(0.05)


def test_a_belief_is_premature_before_a_quorum_has_accepted():
    assert only(paxos(*DUEL), "premature-beliefs")["value"] == 0
    assert only(paxos(*DUEL[:4], DUEL[5]), "premature-beliefs")["value"] == 1
    assert only(paxos(*DUEL[:4], DUEL[5], quorum=None), "premature-beliefs") is None


def test_a_ballot_is_wasted_that_began_and_decided_nothing():
    assert only(paxos(*DUEL), "ballots-wasted")["value"] == 1
    assert only(paxos(*DUEL[:5]), "ballots-wasted") is None


def test_rounds_a_decision_are_ballots_promised_and_proposals():
    proposed = (35, "n2", "proposed", [2, "n2"])
    assert only(paxos(*DUEL, proposed), "rounds-per-decision")["value"] == 3


def test_messages_a_decision_are_those_among_nodes_for_each_slot_however_many_saw_it_decided():
    written = paxos(*DUEL).event(100, "n1", "learned", role="learner", slot=0, ballot=[2, "n2"], value="a")
    assert only(written, "messages-per-decision") is None
    written.message(5, "n1", "n2").message(6, "n2", "n1").message(7, "c1", "n1").message(8, "n2", "n1", "delivered")
    assert only(written, "messages-per-decision")["value"] == 2
    assert only(paxos(*DUEL[:5]).message(5, "n1", "n2"), "messages-per-decision") is None


def test_roles_disagree_from_the_first_that_took_a_value_for_chosen_to_the_last():
    written = paxos(*DUEL).event(100, "n1", "learned", role="learner", slot=0, ballot=[2, "n2"], value="a")
    assert only(written, "roles-disagree-time")["value"] == pytest.approx(0.04)


def test_roles_with_two_values_disagree_to_the_end():
    written = paxos(*DUEL).event(100, "n1", "learned", role="learner", slot=0, ballot=[1, "n1"], value="b")
    row = only(written, "roles-disagree-time")
    assert row["extra"] == {"at_least": True}
    assert row["value"] > 0.04


def log_of(*applied):
    written = Written(leader_event=None)
    for at_ms, node, index in applied:
        written.event(at_ms, node, "applied", role="store", index=index, command="x")
    return written


def test_the_log_gap_is_what_the_node_furthest_behind_lacks():
    assert only(log_of((10, "n1", 1), (20, "n1", 2), (30, "n1", 3), (40, "n2", 1)), "log-gap")["value"] == 3
    assert only(log_of(), "log-gap") is None


def test_catching_up_lasts_from_the_heal_to_what_others_had_by_then():
    written = log_of((10, "n1", 1), (20, "n2", 1), (60, "n2", 2), (1100, "n1", 2)).fault(50, 1000, targets=["n1"])
    assert only(written, "catch-up-time")["value"] == pytest.approx(0.1)
    assert only(log_of((10, "n1", 1), (20, "n2", 1)).fault(50, 1000, targets=["n1"]), "catch-up-time") is None


def test_the_first_decision_after_a_leader_is_its_successors():
    written = led((1200, "n2", 2)).fault(1000, 1500, targets=["n1"])
    written.event(1100, "n1", "learned", role="store", slot=1, value="x")
    written.event(1250, "n3", "learned", role="store", slot=1, value="x")  # It was decided before.
    written.event(1300, "n2", "learned", role="store", slot=2, value="y")
    assert only(written, "first-decision-time")["value"] == pytest.approx(0.3)


def doubt(*events):
    written = Written()
    for at_ms, node, event, gid in events:
        written.event(at_ms, node, event, role="resource-manager", gid=gid)
    return written


def test_a_participant_is_in_doubt_from_prepared_to_its_end():
    written = doubt((10, "n1", "prepared", "a"), (20, "n2", "prepared", "a"), (40, "n1", "committed", "a"))
    written.event(520, "n2", "committed", gid="a").event(600, "n2", "committed", gid="a")
    row = only(written, "in-doubt-time")
    assert (row["value"], row["samples"], row["extra"]) == (0.5, 2, {"total": 0.53})
    assert only(written, "in-doubt-count")["value"] == 0


def test_a_doubt_that_nobody_resolves_lasts_at_least_to_the_end():
    row = only(written := doubt((1000, "n1", "prepared", "a")), "in-doubt-time")
    assert (row["value"], row["extra"]["at_least"]) == (9.0, True)
    assert only(written, "in-doubt-count")["value"] == 1


def test_the_abort_rate_is_of_decisions_each_counted_once():
    written = Written()
    for at_ms, gid, decision in ((10, "a", "commit"), (20, "b", "abort"), (30, "a", "commit"), (40, "c", "commit")):
        written.event(at_ms, "n1", "decided", gid=gid, decision=decision)
    assert only(written, "abort-rate")["value"] == pytest.approx(1 / 3)


def causes(written):
    """Return the share of each cause over the whole run."""
    rows = measure_all(written.recording)["abort-rate"]["values"]
    return {row["extra"]["type"]: row["value"] for row in rows if row["phase"] == "all" and row.get("extra")}


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ([("decided", "abort", "lock-timeout"), ("presumed", "abort", "coordinator-recovery")], "lock-timeout"),
        ([("presumed", "abort", "coordinator-recovery"), ("decided", "commit", "")], None),  # who decided knows better
        ([("heuristic_decision", "abort", "heuristic-decision"), ("decided", "commit", "")], None),
        ([("heuristic_decision", "abort", "heuristic-decision"), ("presumed", "abort", "x")], "heuristic-decision"),
        ([("decided", "commit", ""), ("refused", "", "business-refusal")], "business-refusal"),  # and so undone
        ([("decided", "abort", None)], "untold"),
    ],
)
def test_an_abort_has_the_cause_of_whoever_decided_it_else_of_whoever_ended_it_first(told, cause):
    written = Written().event(5, "n1", "decided", gid="other", decision="commit")
    for event, decision, why in told:
        written.event(10, "n1", event, gid="g", decision=decision, **({} if why is None else {"cause": why}))
    assert causes(written) == ({cause: 0.5} if cause else {})


def test_a_decision_on_a_value_is_no_transactions():
    written = Written().event(5, "n1", "decided", slot=0, value=7)
    assert "abort-rate" not in measure_all(written.recording)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_declares_what_it_is(name):
    figure = load(name)
    assert figure.__doc__
    assert figure.unit
    assert figure.better in {"higher", "lower", ""}
    assert set(dimensions()[name]) <= {"phase", "side", "f", "node"}


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_has_values_in_dimensions_it_does_not_declare(name):
    written = led((1500, "n2", 2)).fault(1000, 2000, "partition", groups=[["n1"], ["n2", "n3"]])
    written.call(100, 5).call(1100, 5, "info:net-timeout").call(1200, 5, node="n2").message(5, "n1", "n2")
    written.event(50, "n1", "prepared", gid="a").event(60, "n1", "decided", gid="a", decision="abort")
    for row in measure_all(written.recording).get(name, {"values": []})["values"]:
        used = {key for key in ("side", "f", "node") if row[key]} | ({"phase"} if row["phase"] != "all" else set())
        assert used <= set(load(name).dimensions)


def test_messages_an_election_are_those_of_its_types_for_each_one_won():
    written = led((1200, "n2", 2), election_messages=("vote", "request_vote"))
    written.event(9000, "n3", "voted", term=3)
    for kind in ("vote", "vote", "request_vote", "heartbeat"):
        written.message(1100, "n1", "n2", type=kind)
    written.message(1100, "n1", "n2", "delivered")
    row = only(written, "messages-per-election")
    assert (row["value"], row["samples"]) == (1.5, 2)
    assert row["extra"]["sent"] == {"vote": 2, "request_vote": 1}


@pytest.mark.parametrize("types", [(), ("vote",)])
def test_messages_an_election_have_no_value_where_no_type_is_declared_or_nobody_was_elected(types):
    written = Written(election_messages=types).message(5, "n1", "n2", type="vote")
    assert only(written, "messages-per-election") is None


def test_the_first_served_is_whoever_asked_after_the_fault_and_was_answered_first():
    written = killed(led((1700, "n2", 2)), 1000).call(990, 20).call(1010, 900).call(1500, 300, node="n2")
    written.call(1005, 5, "fail:temporarily-unavailable")
    assert only(written, "first-served-time")["value"] == pytest.approx(0.8)


def test_where_nobody_is_served_after_a_fault_that_lasts_at_least_to_the_end():
    row = only(killed(led(), 1000).call(500, 20), "first-served-time")
    assert (row["value"], row["extra"]["at_least"]) == (pytest.approx(9.0), True)


CUT = {"groups": [["n1"], ["n2", "n3"]], "cuts": [["n1", "n2"], ["n2", "n1"]]}


@pytest.mark.parametrize(
    ("events", "seconds", "leader", "stepped_down"),
    [
        ([(2200, "n1", "stepped_down")], 0.2, "n2", ["n1"]),  # two led until then
        ([(1500, "n1", "stepped_down")], 0, "n2", []),  # at the heal all was over
        (
            [(2200, "n1", "stepped_down"), (2300, "n2", "stepped_down"), (2400, "n3", "became_leader")],
            0.4,
            "n3",
            ["n1", "n2"],
        ),
        ([], 8, None, []),  # two to the end
    ],
)
def test_a_reunion_lasts_from_the_heal_to_the_one_leader_that_stays(events, seconds, leader, stepped_down):
    written = led((1300, "n2", 2)).fault(1000, 2000, "partition", **CUT)
    for at_ms, node, event in events:
        written.event(at_ms, node, event, term=3)
    row = only(written, "reunion-time")
    [each] = row["extra"]["each"]
    assert (row["value"], each.get("leader"), each["stepped_down"]) == (pytest.approx(seconds), leader, stepped_down)
    assert ("at_least" in row["extra"]) == (leader is None)


def test_without_a_cut_there_is_no_reunion():
    assert only(killed(led((1700, "n2", 2)), 1000), "reunion-time") is None
