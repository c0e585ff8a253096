"""The network as the run sees it: rules, cuts, holds, and who is counted as having touched a message."""

from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import pytest

from chaosctl.experiment.model import Constant, LinkRule
from chaosctl.experiment.model import Network as NetworkModel
from chaosctl.network.effects import Effect
from chaosctl.network.network import Letter, Network

MS = 1_000_000
ROLES = {"acceptor": ("n2", "n3")}
numbers = count(1)


def latency(text: str) -> Constant:
    return Constant.model_validate({"mean": text})


def network(*rules: dict[str, Any], **keys: Any) -> Network:
    links = [LinkRule.model_validate(rule) for rule in rules]
    return Network(NetworkModel(links=links, **keys), ROLES, Random(5))


def letter(source: str = "n1", dest: str = "n2", message: str = "accept", size: int = 100) -> Letter:
    return Letter(next(numbers), source, dest, message, size)


def delay_ms(of: Network, *ends: str) -> float:
    [time] = of.route(letter(*ends), 5 * MS).deliver_at
    return (time - 5 * MS) / MS


def everything(*_: str) -> bool:
    return True


def only(source: str, dest: str) -> Callable[[str, str, str], bool]:
    return lambda one, other, _type: (one, other) == (source, dest)


def test_a_message_takes_a_millisecond_where_nothing_is_said() -> None:
    assert delay_ms(network()) == 1


def test_of_arrivals_at_one_instant_either_link_may_be_first_and_each_keeps_its_order() -> None:
    of = network()
    first = [of.rank(letter("n1"), due) < of.rank(letter("n3"), due) for due in range(100)]
    assert 20 < sum(first) < 80
    assert all(of.rank(letter("n1"), due) == of.rank(letter("n1", message="promise"), due) for due in range(100))
    assert {of.rank(letter("n1"), due) < 0 for due in range(100)} == {True, False}, "what is no arrival has rank 0"


def test_the_last_rule_that_fits_counts_for_each_property_that_it_names() -> None:
    rules = (
        {"from": "n1", "latency": latency("9ms"), "loss": 1.0},
        {"message": "accept", "latency": latency("3ms")},
        {"to": "n2", "loss": 0.0},
    )
    assert delay_ms(network(*rules)) == 3
    assert network(*rules).route(letter("n1", "n3"), 0).dropped == "loss"
    assert delay_ms(network(*rules), "n4", "n2", "learn") == 1


@pytest.mark.parametrize(
    ("rule", "ends", "fits"),
    [
        ({"to": "acceptor"}, ("n1", "n3"), True),
        ({"to": "acceptor"}, ("n3", "n1"), False),
        ({"from": "c1"}, ("c1", "n1"), True),
        ({"from": "c1"}, ("c2", "n1"), False),
        ({"message": "accept"}, ("n1", "n2", "accept"), True),
        ({"message": "accept"}, ("n1", "n2", "prepare"), False),
    ],
)
def test_a_rule_fits_by_node_role_client_and_message(rule: dict[str, Any], ends: tuple[str, ...], fits: bool) -> None:
    assert (delay_ms(network(rule | {"latency": latency("7ms")}), *ends) == 7) is fits


def test_a_node_hears_itself_at_once_and_only_a_rule_that_names_it_twice_changes_that() -> None:
    everywhere = {"latency": latency("7ms"), "loss": 1.0}
    assert delay_ms(network(everywhere, {"from": "acceptor", "to": "acceptor", "loss": 1.0}), "n2", "n2") == 0
    assert delay_ms(network({"from": "n2", "to": "n2", "latency": latency("7ms")}), "n2", "n2") == 7
    own = network()
    own.add_effect(Effect(0, everything, cut=True))
    assert own.route(letter("n2", "n2"), 0).deliver_at == (0,)
    assert own.is_cut(letter("n2", "n2"), 0) is None


def test_a_link_loses_and_doubles_as_often_as_it_says() -> None:
    lossy = network(loss=0.2, duplicate=0.1)
    fates = [lossy.route(letter(), 0) for _ in range(5_000)]
    assert 900 < sum(fate.dropped == "loss" for fate in fates) < 1100
    assert 320 < sum(len(fate.deliver_at) == 2 for fate in fates) < 480
    assert all(fate.faults == () for fate in fates)


def test_a_cut_takes_what_is_sent_into_it_and_what_is_under_way_and_healing_revives_neither() -> None:
    cut = network()
    under_way = letter()
    assert cut.route(under_way, 0).deliver_at == (MS,)
    effect = Effect(4, only("n1", "n2"), cut=True)
    handle = cut.add_effect(effect)
    sent_into = cut.route(letter(), 0)
    assert (sent_into.deliver_at, sent_into.dropped, sent_into.faults) == ((), "cut", (4,))
    assert cut.is_cut(under_way, MS) == 4
    assert cut.remove_effect(handle, MS) == (effect, [])
    assert effect.touched == 2
    assert cut.is_cut(letter(), MS) is None


def test_a_cut_of_one_direction_leaves_the_other_whole() -> None:
    cut = network()
    cut.add_effect(Effect(0, only("n1", "n2"), cut=True))
    assert cut.route(letter("n2", "n1"), 0).deliver_at == (MS,)
    assert cut.is_cut(letter("n2", "n1"), 0) is None


def test_two_cuts_compose_and_both_count_what_both_have_lost() -> None:
    cut = network()
    one, other = Effect(0, everything, cut=True), Effect(1, only("n1", "n2"), cut=True)
    first = cut.add_effect(one)
    cut.add_effect(other)
    assert cut.route(letter(), 0).faults == (0, 1)
    cut.remove_effect(first, 0)
    assert cut.route(letter(), 0).faults == (1,)
    assert cut.route(letter("n2", "n1"), 0).dropped == ""
    assert (one.touched, other.touched) == (1, 2)


def test_a_held_letter_goes_on_its_way_with_a_fresh_latency_when_the_hold_ends() -> None:
    holding = network()
    handle = holding.add_effect(Effect(3, everything, held=True))
    held = [letter(), letter()]
    assert all(holding.route(one, 0).held for one in held)
    effect, released = holding.remove_effect(handle, 50 * MS)
    assert effect.touched == 2
    assert [one for one, _ in released] == held
    assert [(fate.deliver_at, fate.faults) for _, fate in released] == [((51 * MS,), (3,))] * 2


def test_a_letter_that_two_hold_is_free_when_both_have_let_go() -> None:
    holding = network()
    first, second = (holding.add_effect(Effect(number, everything, held=True)) for number in (0, 1))
    holding.route(letter(), 0)
    _, [(_, fate)] = holding.remove_effect(first, 5 * MS)
    assert fate.held
    _, [(_, fate)] = holding.remove_effect(second, 9 * MS)
    assert fate.deliver_at == (10 * MS,)


def test_a_letter_that_is_released_into_a_cut_is_lost_there() -> None:
    holding = network()
    handle = holding.add_effect(Effect(0, everything, held=True))
    holding.route(letter(), 0)
    holding.add_effect(Effect(1, everything, cut=True))
    _, [(_, fate)] = holding.remove_effect(handle, 5 * MS)
    assert (fate.dropped, fate.faults) == ("cut", (0, 1))


def test_effects_add_up_and_each_counts_what_it_has_touched() -> None:
    slow = network()
    effects = [Effect(number, everything, delay=latency("10ms")) for number in (0, 1)]
    for effect in effects:
        slow.add_effect(effect)
    fate = slow.route(letter(), 0)
    assert (fate.deliver_at, fate.faults) == ((21 * MS,), (0, 1))
    assert [effect.touched for effect in effects] == [1, 1]


def test_an_effect_has_not_touched_what_was_lost_without_it() -> None:
    lossy = network(loss=1.0)
    effect = Effect(0, everything, loss=1.0)
    lossy.add_effect(effect)
    assert lossy.route(letter(), 0).faults == ()
    assert effect.touched == 0


def test_a_burst_over_a_narrow_link_arrives_stretched_and_other_links_are_not_delayed_by_it() -> None:
    narrow = network()
    narrow.add_effect(Effect(0, everything, bandwidth=1000.0))  # A byte a millisecond.
    assert [narrow.route(letter(size=10), 0).deliver_at for _ in range(3)] == [(11 * MS,), (21 * MS,), (31 * MS,)]
    assert narrow.route(letter("n3", "n2", size=10), 0).deliver_at == (11 * MS,)


def test_an_aimed_effect_hurts_the_nth_of_each_link_where_it_counts_by_link() -> None:
    aimed = network()
    aimed.add_effect(Effect(0, everything, loss=1.0, skip=1, limit=1, per_link=True))
    sent = [("n1", "n2"), ("n1", "n3"), ("n1", "n2"), ("n1", "n2"), ("n1", "n3")]
    assert [aimed.route(letter(*ends), 0).dropped for ends in sent] == ["", "", "loss", "", "loss"]


def test_an_aimed_effect_says_once_when_its_limit_is_used_up() -> None:
    aimed, said = network(), []
    aimed.add_effect(Effect(0, everything, loss=1.0, limit=2, on_spent=lambda: said.append("spent")))
    aimed.route(letter(), 0)
    assert said == []
    aimed.route(letter(), 0)
    aimed.route(letter(), 0)
    assert said == ["spent"]
