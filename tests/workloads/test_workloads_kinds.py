"""What the workloads promise to checkers: values of their own, requests the patterns know, a last look everywhere."""

from random import Random

import pytest

from chaosctl.workloads.bank import Bank, BankOptions
from chaosctl.workloads.consensus import Consensus
from chaosctl.workloads.growing import Broadcast, BroadcastOptions, GrowingOptions, PnCounter
from chaosctl.workloads.key_value import KeyValue, KeyValueOptions
from chaosctl.workloads.leadership import Leadership
from chaosctl.workloads.mergeable import Counter, MergeableOptions, Set, SetOptions
from chaosctl.workloads.topologies import neighbours
from chaosctl.workloads.txn import TxnListAppend, TxnOptions, TxnRwRegister
from chaosctl.workloads.workload import Invocation, Options, Outcome

NODES = ("n1", "n2", "n3")


def bank(**options):
    placement = {"transaction-manager": ("n1",), "resource-manager": ("n2", "n3")}
    return Bank(BankOptions(**options), ("n1",), placement)


def test_leadership_asks_who_leads_and_takes_leader_and_term_from_the_answer():
    workload = Leadership(Options(), NODES, {"voter": NODES})
    invocation = workload.next(0, Random(1))
    assert workload.request(invocation) == {"type": "who_leads"}
    reply = {"type": "who_leads_ok", "leader": "n2", "term": 3}
    assert workload.outcome(invocation, reply) == Outcome("ok", {"leader": "n2", "term": 3})


def test_consensus_never_proposes_a_value_twice():
    workload = Consensus(Options(), NODES, {})
    values = [workload.next(client, Random(1)).value for client in (0, 1, 0, 2) for _ in range(5)]
    assert len(set(values)) == len(values)


def test_consensus_asks_every_learner_in_the_end_and_only_them():
    workload = Consensus(Options(), ("p",), {"proposer": ("p",), "learner": ("l1", "l2")})
    assert [(op.f, op.node, op.final) for op in workload.final()] == [("learn", "l1", True), ("learn", "l2", True)]


def test_a_learner_that_knows_of_nothing_answers_null_which_is_ok():
    workload = Consensus(Options(), NODES, {})
    assert workload.outcome(Invocation("learn"), {"type": "what_is_chosen_ok"}) == Outcome("ok", None)


def test_the_bank_moves_money_between_two_different_accounts():
    workload, random = bank(accounts=4, audits=0.0), Random(1)
    for _ in range(100):
        value = workload.next(0, random).value
        assert value["from"] != value["to"]
        assert {value["from"], value["to"]} <= {"a0", "a1", "a2", "a3"}
        assert value["amount"] >= 1


def test_a_hot_bank_uses_two_accounts_alone():
    workload, random = bank(accounts=50, audits=0.0, hot=1.0), Random(1)
    used = {workload.next(0, random).value[end] for _ in range(50) for end in ("from", "to")}
    assert used == {"a0", "a1"}


def test_audits_go_to_the_nodes_that_hold_accounts():
    workload = bank(audits=1.0)
    random = Random(1)
    assert {workload.next(0, random).node for _ in range(50)} == {"n2", "n3"}
    assert [op.node for op in workload.final()] == ["n2", "n3"]


def test_a_transfer_is_a_message_with_the_fields_of_its_value():
    invocation = Invocation("transfer", {"from": "a0", "to": "a1", "amount": 7})
    assert bank().request(invocation) == {"type": "transfer", "from": "a0", "to": "a1", "amount": 7}


def test_a_set_gets_every_element_once_and_loses_only_what_a_read_has_shown():
    workload, random = Set(SetOptions(keys=1, reads=0.0, removes=0.5), NODES, {}), Random(1)
    added = [workload.next(0, random) for _ in range(20)]
    assert {op.f for op in added} == {"add"}
    assert len({op.value[1] for op in added}) == 20
    workload.outcome(Invocation("read", [0, None]), {"type": "read_ok", "value": [3, 4]})
    removed = [op.value for op in (workload.next(0, random) for _ in range(20)) if op.f == "remove"]
    assert sorted(removed) == [[0, 3], [0, 4]]


def test_a_counter_is_incremented_by_amounts_and_read_through_every_node_in_the_end():
    workload = Counter(MergeableOptions(keys=1, reads=0.0), NODES, {})
    operation = workload.next(0, Random(1))
    assert workload.request(operation) == {"type": "increment", "key": 0, "amount": operation.value[1]}
    assert [op.node for op in workload.final()] == list(NODES)


def test_transactions_write_each_value_to_its_key_but_once_and_replace_a_key_after_so_many_writes():
    workload, random = TxnListAppend(TxnOptions(keys=3, writes_a_key=4), NODES, {}), Random(1)
    parts = [part for _ in range(300) for part in workload.next(0, random).value]
    writes = [(key, value) for f, key, value in parts if f == "append"]
    assert len(set(writes)) == len(writes)
    assert max(value for _key, value in writes) == 4
    assert {f for f, _key, _value in parts} == {"r", "append"}
    assert len({key for key, _value in writes}) > 50


def test_a_transaction_is_maelstroms_message_and_its_answer_fills_in_the_reads():
    workload = TxnRwRegister(TxnOptions(), NODES, {})
    invocation = workload.scripted("txn", [["r", 1], ["w", 2, 3]])
    assert workload.request(invocation) == {"type": "txn", "txn": [["r", 1, None], ["w", 2, 3]]}
    reply = {"type": "txn_ok", "txn": [["r", 1, 9], ["w", 2, 3]]}
    assert workload.outcome(invocation, reply) == Outcome("ok", reply["txn"])


@pytest.mark.parametrize("answer", [[], [["r", 2, None]], [["w", 1, 1]], [["r", 1, 5]], [[]], 7, None])
def test_an_answer_to_another_transaction_is_malformed(answer):
    workload = TxnListAppend(TxnOptions(), NODES, {})
    with pytest.raises((ValueError, TypeError)):
        workload.outcome(Invocation("txn", [["r", 1, None]]), {"txn": answer})


@pytest.mark.parametrize("value", [None, [], [["r"]], [["append", 1]], [["w", 1, 2]], ["r"]])
def test_a_script_with_no_transaction_is_refused(value):
    with pytest.raises(ValueError, match="txn takes"):
        TxnListAppend(TxnOptions(), NODES, {}).scripted("txn", value)


@pytest.mark.parametrize(
    ("topology", "of_first", "of_fourth"),
    [
        ("line", ["a", "c"], ["c", "e"]),
        ("grid", ["a", "c", "e"], ["a", "e"]),
        ("tree2", ["a", "d", "e"], ["b"]),
        ("tree3", ["a", "e"], ["a"]),
        ("tree4", ["a"], ["a"]),
        ("total", ["a", "c", "d", "e"], ["a", "b", "c", "e"]),
    ],
)
def test_a_topology_is_maelstroms_for_five_nodes(topology, of_first, of_fourth):
    of = neighbours(topology, tuple("abcde"))
    assert (sorted(of["b"]), sorted(of["d"])) == (of_first, of_fourth)


@pytest.mark.parametrize(
    ("topology", "edges"),
    [
        ("line", "ab bc cd de ef fg gh"),
        ("grid", "ab bc de ef gh ad be cf dg eh"),  # Three wide: abc, def, gh.
        ("tree", "ab ac bd be cf cg dh"),
        ("tree2", "ab ac bd be cf cg dh"),
        ("tree3", "ab ac ad be bf bg ch"),
        ("tree4", "ab ac ad ae bf bg bh"),
    ],
)
def test_a_topology_has_maelstroms_edges_both_ways_and_no_others(topology, edges):
    told = {(node, other) for node, others in neighbours(topology, tuple("abcdefgh")).items() for other in others}
    assert told == {pair for one, other in edges.split() for pair in ((one, other), (other, one))}


@pytest.mark.parametrize("topology", ["line", "grid", "tree2", "tree3", "tree4", "total"])
def test_a_node_alone_has_no_neighbours(topology):
    assert neighbours(topology, ("a",)) == {"a": []}


@pytest.mark.parametrize("value", [None, "17", True, 1.5, {}])
def test_a_counter_that_is_read_as_no_whole_number_is_malformed(value):
    with pytest.raises(ValueError, match="read_ok"):
        PnCounter(GrowingOptions(), NODES, {}).outcome(Invocation("read"), {"type": "read_ok", "value": value})


def test_maelstroms_messages_have_its_names():
    broadcast = Broadcast(BroadcastOptions(), NODES, {})
    assert broadcast.request(Invocation("broadcast", 7)) == {"type": "broadcast", "message": 7}
    assert broadcast.outcome(Invocation("read"), {"type": "read_ok", "messages": [7]}) == Outcome("ok", [7])
    assert PnCounter(GrowingOptions(), NODES, {}).request(Invocation("add", -5)) == {"type": "add", "delta": -5}


def test_a_read_of_a_key_that_is_not_there_has_read_nothing():
    workload = KeyValue(KeyValueOptions(), NODES, {})
    assert workload.absent(Invocation("read", [3, None])) == Outcome("ok", [3, None])
