"""What each replicated store gives up in the same split: the CAP table's columns, a promise a test."""

import pytest


@pytest.mark.slow
def test_a_store_without_quorums_answers_everybody_in_a_split_and_reads_what_is_overwritten(simulate):
    run = simulate("cap/eventual")
    assert run.as_expected
    assert run.violated == {"linearizable"}
    assert run.figure("gilbert-lynch-availability") == 1
    assert run.figure("stale-reads", phase="before") == 0
    assert run.figure("stale-reads", phase="faults") > 0.2
    assert run.figure("lost-updates") > 0
    assert run.figure("convergence-time") < 0.5


@pytest.mark.slow
def test_a_store_with_quorums_serves_one_side_of_a_split_and_never_reads_what_is_overwritten(simulate):
    run = simulate("cap/quorum-register")
    assert run.verdict == "pass"
    assert run.figure("gilbert-lynch-availability") < 1
    assert run.figure("availability", phase="faults", side="majority") == 1
    assert run.figure("availability", phase="faults", side="minority") < 0.5
    assert run.figure("stale-reads") == 0


@pytest.mark.slow
def test_siblings_lose_nothing_in_a_split_in_which_the_last_writer_wins_loses_writes(simulate):
    kept, lost = simulate("eventual/siblings-partition"), simulate("eventual/partition")
    assert kept.figure("siblings") > 1
    assert kept.figure("lost-updates") == 0
    assert lost.figure("siblings") == 1
    assert lost.figure("lost-updates") > 0


@pytest.mark.slow
def test_a_clock_five_seconds_slow_breaks_the_last_writer_wins_with_no_link_cut_unless_stamps_are_lamports(simulate):
    wall = simulate("eventual/clock-offset")
    lamport = simulate("eventual/clock-offset", overrides=["system.options.stamps=lamport"])
    assert wall.figure("availability") == lamport.figure("availability") == 1
    assert wall.figure("stale-reads", phase="faults") > 0.05
    assert lamport.figure("stale-reads", phase="faults") == 0


@pytest.mark.slow
def test_one_copy_read_and_one_written_of_three_is_no_register(simulate):
    run = simulate("quorum-register/r1-w1")
    assert run.violated == {"linearizable"}
    assert simulate("quorum-register/r1-w1", overrides=["system.options.w=3"]).figure("stale-reads") == 0


@pytest.mark.slow
def test_two_copies_on_the_ring_are_two_of_five_nodes_and_every_node_serves_them(simulate):
    sizes = [f"system.options.{name}=2" for name in "nrw"]
    run = simulate("eventual/no-fault", overrides=[*sizes, "system.options.stamps=wall"])
    assert run.verdict == "pass"
    assert run.figure("stale-reads") == 0
    holders = {(event["key"], event["node"]) for event in run.events("stored")}
    assert {sum(key == wanted for key, _ in holders) for wanted in ("0", "1", "2")} == {2}
