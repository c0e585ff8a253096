"""Partitions: which links each shape cuts, on whose side clients are, and what is recorded."""

from collections.abc import Iterable
from typing import Any

import pytest
from fake_run import FakeRun
from hypothesis import given
from hypothesis import strategies as some

from chaosctl.faults import topology

NODES = ["n1", "n2", "n3", "n4", "n5"]


def cut(run: FakeRun, *, leader: str | None = None) -> set[tuple[str, str]]:
    """Return the links that were recorded as cut, and see that it is exactly these on which messages are lost."""
    if leader:
        run.emit(leader, "became_leader")
    nodes = run.control.nodes
    lost = {(one, other) for one in nodes for other in nodes if run.send(one, other).dropped == "cut"}
    assert lost == {(one, other) for one, other in run.row("applied").cuts}
    return lost


def both_ways(pairs: Iterable[str]) -> set[tuple[str, str]]:
    """Return links written as "14": n1 to n4 and back."""
    return {(f"n{a}", f"n{b}") for pair in pairs for a, b in (pair, pair[::-1])}


def partition(**keys: Any) -> dict[str, Any]:
    return {"kind": "partition", **{key.removesuffix("_"): value for key, value in keys.items()}}


def test_groups_lose_every_message_between_them_and_none_within() -> None:
    run = FakeRun(partition(groups=[["n1", "n4"], ["rest"]]))
    assert cut(run) == both_ways(["12", "13", "15", "42", "43", "45"])
    assert run.row("applied").groups == [["n1", "n4"], ["n2", "n3", "n5"]]


def test_nodes_that_no_group_names_are_a_group_of_their_own() -> None:
    run = FakeRun(partition(groups=[["n1"], ["n2"]]))
    cut(run)
    assert run.row("applied").groups == [["n1"], ["n2"], ["n3", "n4", "n5"]]


def test_a_leader_is_cut_off_with_a_random_other() -> None:
    run = FakeRun(partition(groups=[["leader", "random"], ["rest"]]))
    cut(run, leader="n3")
    minority, majority = run.row("applied").groups
    assert "n3" in minority
    assert (len(minority), len(majority)) == (2, 3)


@pytest.mark.parametrize(("nodes", "sizes"), [(3, [1, 2]), (4, [1, 3]), (5, [2, 3])])
def test_a_minority_is_less_than_half(nodes: int, sizes: list[int]) -> None:
    run = FakeRun(partition(groups=[["minority"], ["rest"]]), nodes=nodes)
    assert [len(group) for group in run.row("applied").groups] == sizes


def test_a_minority_of_two_nodes_is_nobody_so_nothing_ever_happened() -> None:
    assert FakeRun(partition(groups=[["minority"], ["rest"]]), nodes=2).end().row("never").why == (
        "it left no link to cut"
    )


def test_random_groups_are_the_same_for_the_same_seed() -> None:
    def groups(seed: int) -> list[list[str]]:
        return FakeRun(partition(groups=[["minority"], ["rest"]]), seed=seed).row("applied").groups

    assert groups(1) == groups(1)
    assert len({str(groups(seed)) for seed in range(20)}) > 3


def test_a_node_in_two_groups_bridges_them_and_there_are_no_clean_sides() -> None:
    run = FakeRun(partition(groups=[["n1", "n2", "n3"], ["n3", "n4", "n5"]]))
    assert cut(run) == both_ways(["14", "15", "24", "25"])
    assert run.row("applied").groups == []


def test_clients_are_on_the_side_of_their_node() -> None:
    run = FakeRun(partition(groups=[["n1"], ["rest"]]))
    assert [run.send(*ends).dropped for ends in (("c1", "n1"), ("c1", "n2"), ("n2", "c1"), ("c2", "n3"))] == [
        "",
        "cut",
        "cut",
        "",
    ]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ({"from_": "n1", "to": "n2"}, {("n1", "n2")}),
        ({"from_": "leader"}, {("n3", other) for other in NODES if other != "n3"}),
        ({"to": ["n1", "n2"]}, {(one, other) for one in NODES[2:] for other in NODES[:2]}),
    ],
)
def test_a_one_way_cut_leaves_the_way_back_whole(ends: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert cut(FakeRun(partition(shape="one-way", **ends)), leader="n3") == expected


def test_an_isolated_node_is_alone_and_the_others_are_whole() -> None:
    run = FakeRun(partition(shape="isolate", target="n2"))
    assert cut(run) == both_ways(["21", "23", "24", "25"])
    assert run.row("applied").groups == [["n2"], ["n1", "n3", "n4", "n5"]]


def test_a_bridge_hears_both_halves_which_do_not_hear_each_other() -> None:
    lost = cut(FakeRun(partition(shape="bridge", target="n3")))
    assert len(lost) == 8
    assert not any("n3" in link for link in lost)


def test_a_star_hears_all_and_nobody_else_hears_another() -> None:
    assert cut(FakeRun(partition(shape="star", target="n1"))) == both_ways(["23", "24", "25", "34", "35", "45"])


def test_a_chain_begins_at_its_target_and_each_hears_its_neighbours() -> None:
    lost = cut(FakeRun(partition(shape="chain", target="n4")))
    heard = {node: [other for other in NODES if other != node and (other, node) not in lost] for node in NODES}
    assert len(heard["n4"]) == 1
    assert sorted(len(others) for others in heard.values()) == [1, 1, 2, 2, 2]


@given(some.integers(3, 9))
def test_in_a_ring_everybody_hears_a_majority_and_no_two_the_same(total: int) -> None:
    ring = [f"n{number}" for number in range(total)]
    cuts = topology.majorities_ring(ring)
    heard = [frozenset(other for other in ring if (other, node) not in cuts) for node in ring]
    assert {len(majority) for majority in heard} == {total // 2 + 1}
    assert len(set(heard)) == total
    assert all(node in majority for node, majority in zip(ring, heard, strict=True))


def test_two_partitions_at_once_cut_what_either_cuts_until_each_is_healed() -> None:
    one = partition(name="one", groups=[["n1"], ["rest"]], duration="2s")
    run = FakeRun(one, partition(name="two", groups=[["n2"], ["rest"]], at="1s", duration="2s"))

    def lost() -> list[str]:
        return [run.send(*ends).dropped for ends in (("n1", "n3"), ("n2", "n3"), ("n4", "n3"))]

    assert [lost(), run.at(1.5) and lost(), run.at(2.5) and lost(), run.at(4) and lost()] == [
        ["cut", "", ""],
        ["cut", "cut", ""],
        ["", "cut", ""],
        ["", "", ""],
    ]


def test_a_partition_counts_the_messages_it_has_really_lost() -> None:
    run = FakeRun(partition(groups=[["n1"]], duration="1s"))
    for ends in (("n1", "n2"), ("n2", "n3"), ("n4", "n1")):
        run.send(*ends)
    assert run.end().row("healed").touched == 2
