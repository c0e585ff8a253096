"""What a node can and can't do in a simulation: die, be paused, read, write; with programs of the tests' own."""

import asyncio

import trio
from simulated import MS, Seen, body, launch, simulate

from chaosctl.runtimes.simulated_node import INBOX, SimulatedHost
from chaosctl.runtimes.simulation import Simulation


def test_a_node_reads_its_lines_in_the_order_of_delivery() -> None:
    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        for line in (b"one", b"two", b"three"):
            simulation.deliver("n1", line)
        await simulation.sleep_until(MS)

    assert simulate(conduct).texts() == ["one at 0", "two at 0", "three at 0"]


def test_a_line_is_passed_on_from_the_runtimes_own_loop_never_from_inside_a_call() -> None:
    inside: list[bool] = []
    running = [False]

    async def write(host: SimulatedHost) -> None:
        running[0] = True
        host.transmit(b"hello")
        running[0] = False

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.on_line = lambda *_: inside.append(running[0])
        simulation.start(launch())
        await simulation.sleep_until(MS)

    simulate(conduct, body(write))
    assert inside == [False]


def test_an_exit_is_told_after_all_that_the_node_wrote() -> None:
    async def write(host: SimulatedHost) -> None:
        for number in range(3):
            host.transmit(b"%d" % number)
        await host.die("for the test")

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(MS)

    assert simulate(conduct, body(write)).told == ["0", "1", "2", "exit -9"]


def test_a_dying_node_sends_stores_and_sleeps_nothing_in_its_finally_blocks() -> None:
    reached: list[str] = []

    async def clean_up(host: SimulatedHost) -> None:
        try:
            await host.sleep(10)
        finally:
            host.transmit(b"last words")
            reached.append("after sending")
            try:
                with trio.CancelScope(shield=True):
                    await host.disk.commit({"ghost": b"1"}, 0.001)
                    reached.append("after storing")
            finally:
                with trio.CancelScope(shield=True):
                    await host.sleep(1)
                    reached.append("after sleeping")

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(MS)
        simulation.kill("n1")
        await simulation.sleep_until(5_000 * MS)
        assert simulation._machine("n1").disk.load(0) == {}

    seen = simulate(conduct, body(clean_up))
    assert (seen.lines, seen.exits) == ([], [("n1", 0, -9)])
    assert reached == ["after sending"], "what is sent goes nowhere, and what waits does not go on"


def test_a_node_dies_once_however_often_it_is_killed() -> None:
    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch(incarnation=4))
        await simulation.sleep_until(MS)
        simulation.kill("n1")
        simulation.kill("n1")
        await simulation.sleep_until(2 * MS)
        simulation.kill("n1")
        await simulation.sleep_until(3 * MS)

    assert simulate(conduct).exits == [("n1", 4, -9)]


def test_a_node_whose_code_raises_exits_with_1_and_a_traceback_and_the_others_go_on() -> None:
    async def fail(host: SimulatedHost) -> None:
        await host.sleep(0.001)
        raise ZeroDivisionError("a bug of the pattern")

    errors: list[str] = []

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(2 * MS)
        errors.append(simulation.stderr("n1"))

    assert simulate(conduct, body(fail)).exits == [("n1", 0, 1)]
    assert "ZeroDivisionError: a bug of the pattern" in errors[0]
    assert "in fail" in errors[0]


def test_a_node_that_awaits_another_librarys_future_exits_with_1_and_the_reason() -> None:
    async def wait(_: SimulatedHost) -> None:
        await asyncio.sleep(0)

    errors: list[str] = []

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(2 * MS)
        errors.append(simulation.stderr("n1"))

    assert simulate(conduct, body(wait)).exits == [("n1", 0, 1)]
    assert "TypeError: None was awaited: what is not trio's can't be awaited here" in errors[0]


def test_a_node_that_can_not_be_made_exits_with_1() -> None:
    def refuse(_: SimulatedHost) -> None:
        raise ValueError("these options make no sense")

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        simulation.deliver("n1", b"init")
        await simulation.sleep_until(2 * MS)

    assert simulate(conduct, refuse).exits == [("n1", 0, 1)]


def test_a_paused_node_reads_nothing_until_it_is_resumed_and_then_everything_in_order() -> None:
    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(MS)
        simulation.pause("n1")
        for line in (b"one", b"two"):
            assert simulation.deliver("n1", line)
        await simulation.sleep_until(7 * MS)
        simulation.resume("n1")
        simulation.deliver("n1", b"three")
        await simulation.sleep_until(8 * MS)

    assert simulate(conduct).texts() == ["one at 7", "two at 7", "three at 7"]


def test_a_paused_nodes_sleeps_and_timeouts_end_when_it_is_resumed() -> None:
    async def wait(host: SimulatedHost) -> None:
        with host.timeout(0.004) as scope:
            await trio.sleep_forever()
        host.transmit(b"timed out %d at %d" % (scope.cancelled_caught, host.now_ns() // MS))
        await host.sleep(0.010)
        host.transmit(b"slept at %d" % (host.now_ns() // MS))

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        for begin_ms, end_ms in ((2, 9), (15, 30)):
            await simulation.sleep_until(begin_ms * MS)
            simulation.pause("n1")
            await simulation.sleep_until(end_ms * MS)
            simulation.resume("n1")
        await simulation.sleep_until(50 * MS)

    assert simulate(conduct, body(wait)).texts() == ["timed out 1 at 9", "slept at 30"]


def test_a_timeout_that_is_left_in_time_does_nothing_later() -> None:
    async def wait(host: SimulatedHost) -> None:
        with host.timeout(0.004) as scope:
            await host.sleep(0.003)
        await host.sleep(0.010)
        host.transmit(b"slept at %d, cancelled %d" % (host.now_ns() // MS, scope.cancel_called))

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(50 * MS)

    assert simulate(conduct, body(wait)).texts() == ["slept at 13, cancelled 0"]


def test_a_paused_nodes_inbox_holds_ten_thousand_lines_and_refuses_the_next() -> None:
    taken: list[bool] = []

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(MS)
        simulation.pause("n1")
        taken.extend(simulation.deliver("n1", b"x") for _ in range(INBOX + 2))
        simulation.kill("n1")
        await simulation.sleep_until(2 * MS)
        assert simulation.inbox_left("n1") == INBOX

    assert simulate(conduct).lines == []
    assert (taken.count(True), taken[-2:]) == (10_000, [False, False])


def test_a_killed_node_that_is_resumed_stays_dead() -> None:
    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(MS)
        simulation.pause("n1")
        simulation.deliver("n1", b"one")
        simulation.kill("n1")
        simulation.resume("n1")
        await simulation.sleep_until(2 * MS)

    seen = simulate(conduct)
    assert (seen.lines, seen.exits) == ([], [("n1", 0, -9)])


def test_points_are_counted_over_all_incarnations() -> None:
    async def count(host: SimulatedHost) -> None:
        before = host.recall_points().get("voter.vote:pre", 0)
        host.transmit(b"%d" % before)
        host.record_point("voter.vote:pre", before + 1)

    async def conduct(simulation: Simulation, _: Seen) -> None:
        for incarnation in range(3):
            simulation.start(launch(incarnation=incarnation))
            await simulation.sleep_until(simulation.now_ns() + MS)
            simulation.kill("n1")

    assert simulate(conduct, body(count)).texts() == ["0", "1", "2"]


class Foreign:
    """What asyncio's futures are to us: awaited, it asks its loop for what a simulation knows nothing of."""

    def __await__(self):  # type: ignore[no-untyped-def]
        yield self


def test_a_node_that_awaits_what_is_not_trios_is_told_and_can_wait_again_afterwards() -> None:
    async def stray(host: SimulatedHost) -> None:
        for _ in range(2):
            try:
                await Foreign()
            except TypeError as refused:
                host.transmit(str(refused).partition(">")[2].encode())
            await host.sleep(0.003)
            host.transmit(b"awake at %d" % (host.now_ns() // MS))

    async def conduct(simulation: Simulation, _: Seen) -> None:
        simulation.start(launch())
        await simulation.sleep_until(10 * MS)

    refused = " was awaited: what is not trio's can't be awaited here"
    assert simulate(conduct, body(stray)).texts() == [refused, "awake at 3", refused, "awake at 6"]
