"""Figures of what replicated stores gave up: each test a hand-made history with a number that can be worked out."""

import pytest
from written import Written

from chaosctl.measurements import measure_all


class Store(Written):
    def call(self, *told, **others):
        super().call(*told, **others)
        for index, row in enumerate(self.recording.operations):  # As a recorder numbers them: in order of time.
            row.index = index
        return self

    def write(self, at_ms, value, took_ms=10, outcome="ok", **others):
        return self.call(at_ms, took_ms, outcome, f="write", value=[0, value], **others)

    def read(self, at_ms, value, **others):
        return self.call(at_ms, 10, "ok", f="read", value=[0, value], **others)


def value(written, name, phase="all", kind="", side="", **wanted):
    rows = measure_all(written.recording).get(name, {"values": []})["values"]
    part = {"phase": phase, "side": side, "f": "", "node": ""} | wanted
    found = [
        row for row in rows if all(row[k] == part[k] for k in part) and row.get("extra", {}).get("type", "") == kind
    ]
    assert len(found) <= 1
    return found[0]["value"] if found else None


@pytest.mark.parametrize(
    ("story", "stale"),
    [
        (lambda s: s.write(0, 1).read(20, 1), 0),
        (lambda s: s.write(0, 1).read(20, None), 1),  # As if nothing had been written.
        (lambda s: s.write(0, 1).read(5, None), 0),  # It was not acknowledged yet.
        (lambda s: s.write(0, 1).write(20, 2).read(40, 1), 1),
        (lambda s: s.write(0, 1, took_ms=30).write(20, 2, took_ms=30).read(60, 1), 0),  # Concurrent: none is older.
        (lambda s: s.write(0, 1, outcome="info:net-timeout").write(20, 2).read(40, 1), 0),  # It may come at any time.
        (lambda s: s.write(0, 1).write(20, 2, outcome="fail:x").read(40, 1), 0),
        (lambda s: s.write(0, 1).write(20, 2).read(40, {"siblings": [1, 2]}), 0),
    ],
)
def test_a_read_is_stale_only_where_an_acknowledged_write_had_surely_overwritten_it(story, stale):
    assert value(story(Store()), "stale-reads") == stale


def test_the_age_of_a_stale_read_is_the_time_since_it_was_first_overwritten():
    store = Store().write(0, 1).write(20, 2).write(40, 3).read(130, 1)
    assert value(store, "staleness-age-p50") == 100


def test_k_staleness_counts_versions_and_t_visibility_the_time_since_the_last_one():
    store = Store().write(0, 1).write(20, 2).write(40, 3).read(55, 1).read(1000, 3)
    assert [value(store, "k-staleness", kind=f"k={k}") for k in (1, 2, 3)] == [0.5, 0.5, 1]
    assert value(store, "t-visibility", kind="t=1-10ms") == 0
    assert value(store, "t-visibility", kind="t=100ms-1s") == 1


def test_a_session_is_violated_where_its_own_key_goes_back():
    store = Store().write(0, 1, process=9).write(20, 2, process=9).read(40, 1, process=9)
    assert value(store, "session-violations", kind="read-your-writes") == 1
    seen = Store().write(0, 1).write(20, 2).read(40, 2, process=9).read(60, 1, process=9)
    assert value(seen, "session-violations", kind="monotonic-reads") == 1
    other = Store().write(0, 1).write(20, 2).read(40, 2, process=9).read(60, 1, process=8)
    assert value(other, "session-violations", kind="monotonic-reads") == 0


def test_siblings_are_counted_in_one_answer():
    assert value(Store().write(0, 1).write(0, 2).read(40, {"siblings": [1, 2]}), "siblings") == 2


def replaced(store, at_ms, value, *values):
    return store.event(at_ms, "n1", "replaced", role="replica", key=0, value=value, values=list(values))


def test_a_write_is_lost_where_what_is_there_in_the_end_was_made_by_somebody_who_had_not_seen_it():
    store = Store().write(0, 1).write(20, 2).write(20, 3).read(9000, 3, final=True)
    replaced(replaced(replaced(store, 0, 1, None), 20, 2, 1), 20, 3, 1)
    assert value(store, "lost-updates") == 1  # 2; 3 was made by one that had seen 1.


def test_siblings_lose_nothing():
    store = Store().write(0, 1).write(0, 2).read(9000, {"siblings": [1, 2]}, final=True)
    assert value(replaced(replaced(store, 0, 1), 0, 2), "lost-updates") == 0


def test_what_a_deposed_primary_had_acknowledged_and_dropped_is_lost():
    store = Store().write(0, 1).write(20, 2, outcome="info:net-timeout").read(9000, 0, final=True)
    store.event(500, "n1", "discarded", role="server", values=[["0", 1], ["0", 2]])
    assert value(store, "lost-updates") == 1


def copies(*events, fault=(100, 200)):
    store = Store().fault(*fault, kind="partition").write(0, 1)
    for at_ms, node, version in events:
        store.event(at_ms, node, "stored", role="replica", key="0", version=version)
    return store


def test_convergence_takes_from_the_heal_until_all_copies_are_equal():
    equal = [(10, "n1", 1), (11, "n2", 1), (12, "n3", 1)]
    assert value(copies(*equal), "convergence-time") == 0
    late = [*equal, (150, "n1", 2), (230, "n2", 2), (240, "n3", 2), (300, "n1", 3)]
    assert value(copies(*late), "convergence-time") == 0.04
    never = copies(*equal, (150, "n1", 2))
    assert value(never, "convergence-time") == pytest.approx(9.8)
    assert measure_all(never.recording)["convergence-time"]["values"][0]["extra"] == {"at_least": True}


def test_a_copy_that_died_counts_again_when_it_has_told_what_it_has():
    story = [(10, "n1", 1), (11, "n2", 1), (12, "n3", 1), (350, "n3", 1)]
    store = copies(*story).event(150, "n3", "killed", role="runner")
    store.recording.events.sort(key=lambda event: event.time)
    assert value(store, "convergence-time") == pytest.approx(0.15)


def test_gilbert_and_lynch_ask_every_node_that_is_up_and_forgive_those_that_are_not():
    served = (
        Written().call(0, 10).call(100, 10, "fail:temporarily-unavailable").call(200, 10, "fail:precondition-failed")
    )
    assert value(served, "gilbert-lynch-availability") == pytest.approx(2 / 3)
    down = Written().call(0, 10).call(100, 1000, "info:net-timeout", node="n2")
    down.event(50, "n2", "killed", role="runner")
    assert value(down, "gilbert-lynch-availability") == 1
    assert value(down, "availability") == 0.5
    paused = (
        Written().call(0, 10).call(100, 1000, "info:net-timeout", node="n2").fault(90, 400, "pause", targets=["n2"])
    )
    assert value(paused, "gilbert-lynch-availability") == 1


def test_an_operation_that_a_node_owes_after_its_restart_counts():
    back = Written().call(500, 1000, "info:net-timeout", node="n2")
    back.event(50, "n2", "killed", role="runner").event(100, "n2", "started", role="runner")
    assert value(back, "gilbert-lynch-availability") == 0


def test_a_write_that_begins_in_the_instant_in_which_another_was_acknowledged_is_the_later_one():
    store = Store().write(0, 1, process=9).write(10, 2, process=9).read(40, 1)
    assert value(store, "stale-reads") == 1


def test_events_of_other_systems_under_the_same_names_are_passed_over():
    store = Store().fault(100, 200, kind="partition").write(0, 1).read(9000, 1, final=True)
    for name in ("discarded", "stored", "replaced"):
        store.event(150, "n1", name, role="theirs", values=3)
    assert value(store, "convergence-time") is None
    assert value(store, "lost-updates") == 0
    assert value(Store().event(150, "n1", "discarded", role="server", writes=1), "lost-updates") is None
