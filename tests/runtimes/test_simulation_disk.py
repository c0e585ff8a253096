"""What a disk in memory keeps, forgets and undoes."""

from functools import partial
from random import Random

import pytest
from simulated import MS, Seen, body, launch, simulate

from chaosctl.runtimes.memory_disk import MemoryDisk
from chaosctl.runtimes.simulated_node import SimulatedHost
from chaosctl.runtimes.simulation import Simulation


def synced(*syncs: dict[str, bytes | None]) -> MemoryDisk:
    disk = MemoryDisk(partial(Random, 1))
    for writes in syncs:
        disk.begin(writes)
        disk.finish()
    return disk


def test_a_disk_keeps_what_completed_syncs_wrote_in_order_of_key() -> None:
    disk = synced({"c": b"1", "b": b"1"}, {"c": b"2"}, {"b": None, "a": b"3"})
    assert list(disk.load(0).items()) == [("a", b"3"), ("c", b"2")]


@pytest.mark.parametrize(("lost", "left"), [(1, {"a": b"2", "b": b"1"}), (2, {"a": b"1"}), (9, {})])
def test_a_disk_that_lied_loses_its_last_syncs_each_whole_and_for_good(lost: int, left: dict[str, bytes]) -> None:
    disk = synced({"a": b"1"}, {"a": b"2", "b": b"1"}, {"a": None, "b": b"2"})
    assert disk.load(lost) == left
    assert disk.load(0) == left


def test_a_wiped_disk_has_nothing_to_undo_either() -> None:
    disk = synced({"a": b"1"}, {"a": b"2"})
    disk.wipe()
    assert disk.load(1) == {}


def test_a_crash_during_a_sync_leaves_all_of_it_or_none_as_the_seed_says() -> None:
    left = []
    for seed in range(20):
        disk = MemoryDisk(partial(Random, seed))
        disk.begin({"a": b"1", "b": b"1"})
        disk.crash()
        left.append(len(disk.load(0)))
    assert set(left) == {0, 2}


def commits(seconds: float, crash_ms: int, seed: int = 1) -> tuple[Seen, dict[str, bytes]]:
    """One node commits; it is killed at a time, and the next incarnation says what it found."""
    found: dict[str, bytes] = {}

    async def write(host: SimulatedHost) -> None:
        found.update(host.disk.load(0))
        await host.disk.commit({"a": b"1", "b": b"2"}, seconds)
        host.transmit(b"synced at %d" % (host.now_ns() // MS))

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(crash_ms * MS)
        simulation.kill("n1")
        simulation.start(launch(incarnation=1))
        await simulation.sleep_until(100 * MS)

    return simulate(conduct, body(write), seed), found


def test_a_sync_takes_as_long_as_the_disk_is_said_to() -> None:
    seen, found = commits(0.006, crash_ms=50)
    assert seen.texts() == ["synced at 6", "synced at 56"]
    assert found == {"a": b"1", "b": b"2"}


def test_a_sync_that_a_crash_cuts_short_answers_nobody_and_is_all_or_nothing() -> None:
    outcomes = {seed: commits(0.006, crash_ms=3, seed=seed) for seed in range(12)}
    assert all(seen.texts() == ["synced at 9"] for seen, _ in outcomes.values())
    assert {len(found) for _, found in outcomes.values()} == {0, 2}


def test_a_sync_goes_on_while_its_node_is_paused_but_the_node_hears_of_it_afterwards() -> None:
    async def write(host: SimulatedHost) -> None:
        if not host.disk.load(0):
            await host.disk.commit({"a": b"1"}, 0.006)
        host.transmit(b"there at %d" % (host.now_ns() // MS))

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(2 * MS)
        simulation.pause("n1")
        await simulation.sleep_until(20 * MS)
        simulation.kill("n1")
        simulation.start(launch(incarnation=1))
        await simulation.sleep_until(30 * MS)

    assert simulate(conduct, body(write)).texts() == ["there at 20"]


def test_a_disk_that_was_wiped_is_empty_for_the_next_incarnation() -> None:
    async def write(host: SimulatedHost) -> None:
        host.transmit(b"found %d" % len(host.disk.load(0)))
        await host.disk.commit({"a": b"1"}, 0)

    async def conduct(simulation: Simulation, _: Seen) -> None:
        for incarnation, wipe in enumerate([False, False, True]):
            simulation.start(launch(incarnation=incarnation, wipe=wipe))
            await simulation.sleep_until(simulation.now_ns() + MS)
            simulation.kill("n1")

    assert simulate(conduct, body(write)).texts() == ["found 0", "found 1", "found 0"]
