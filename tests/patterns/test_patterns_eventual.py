"""What `eventual` keeps merges (Shapiro 2011): the laws, on states that updates and merges really reach."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaosctl.patterns.replication.eventual_values import Counter, Elements, Latest, Siblings, State, merged

ACTORS = ("n1/a", "n2/b", "n3/c")


def update(kind, state, actor, number):
    """Do one update of a type at an actor."""
    if kind is Latest:
        base = state or Latest()
        return Latest((base.stamp[0] + 1, actor), number)
    if kind is Counter:
        return (state or Counter()).increment(actor, (number % 7) - 3)
    if kind is Siblings:
        return (state or Siblings()).write(actor, number)
    elements = state or Elements()
    return elements.remove(number % 3) if number % 2 else elements.add(actor, number % 3)


@st.composite
def reached(draw, kind):
    """Return the three copies that a random history of updates and merges ends with."""
    copies = dict.fromkeys(ACTORS)
    steps = draw(st.lists(st.tuples(st.sampled_from(ACTORS), st.sampled_from((None, *ACTORS))), max_size=12))
    for number, (actor, other) in enumerate(steps):
        if other is None:
            copies[actor] = update(kind, copies[actor], actor, number)
        else:
            copies[actor] = merged(copies[actor], copies[other])
    return [copies[actor] for actor in ACTORS]


every_kind = pytest.mark.parametrize("kind", [Latest, Siblings, Elements, Counter])


@every_kind
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_merging_is_commutative_associative_and_idempotent_on_states_that_are_reached(kind, data):
    a, b, c = data.draw(reached(kind))
    assert merged(a, b) == merged(b, a)
    assert merged(merged(a, b), c) == merged(a, merged(b, c))
    assert merged(a, a) == a
    assert merged(merged(a, b), b) == merged(a, b)


@every_kind
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_an_update_is_not_undone_by_merging_with_what_it_was_made_from(kind, data):
    base = merged(*data.draw(reached(kind))[:2])
    updated = update(kind, base, "n1/a", 100)
    assert merged(base, updated) == merged(updated, base) == updated


@every_kind
@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_state_comes_back_from_disk_and_wire_as_it_was(kind, data):
    for state in data.draw(reached(kind)):
        assert msgspec.json.decode(msgspec.json.encode(state), type=State | None) == state


def test_of_two_concurrent_writes_the_last_writer_wins_and_siblings_keep_both():
    one, other = Latest((3.0, "n1/a"), "x"), Latest((3.0, "n2/b"), "y")
    assert merged(one, other).shown() == "y"
    both = merged(Siblings().write("n1/a", "x"), Siblings().write("n2/b", "y"))
    assert both.shown() == {"siblings": ["x", "y"]}
    assert both.write("n3/c", "z").shown() == "z"


def test_of_a_concurrent_add_and_remove_the_add_wins_and_a_remove_that_saw_the_add_stays():
    seen = Elements().add("n1/a", "e")
    removed, added_again = seen.remove("e"), seen.add("n2/b", "e")
    assert merged(removed, seen).shown() == []
    assert merged(removed, added_again).shown() == ["e"]


def test_a_counter_counts_every_increment_once_however_often_it_is_told():
    one, other = Counter().increment("n1/a", 5), Counter().increment("n2/b", -2)
    together = merged(merged(one, other), one)
    assert together.shown() == 3


def test_a_key_that_was_used_as_two_types_is_the_same_one_on_all_copies():
    one, other = Latest((1.0, "n1/a"), "x"), Counter().increment("n2/b", 1)
    assert merged(one, other) == merged(other, one)
