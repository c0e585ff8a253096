"""A runtime in memory for one node at a time: its lines are kept in a list, its disk survives its deaths."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar

import pytest
import trio
import trio.testing

from chaosctl.node.node import Node
from chaosctl.node.pattern import Pattern
from chaosctl.node.role import Role
from chaosctl.node.settings import Settings


def _run_in_virtual_time(test: Callable[[], Awaitable[Any]], *, instruments: Any, **_: Any) -> Any:
    async def bounded() -> Any:
        with trio.fail_after(3600):  # A test that waits for ever fails, in no time.
            return await test()

    return trio.run(bounded, instruments=instruments, clock=trio.testing.MockClock(autojump_threshold=0))


in_virtual_time = pytest.mark.trio(run=_run_in_virtual_time)
"""Marks async tests: waiting takes no time. (pytest-trio's own clock fixture works only where a test asks for it.)"""


class Puppet(Role):
    """A role without a will: tests make its calls (`bench.puppet`)."""

    started: ClassVar[list["Puppet"]] = []

    async def start(self) -> None:
        Puppet.started.append(self)


class FakeDisk:
    """Completed syncs, one dict each; a sync takes `seconds` and at least `takes`."""

    def __init__(self) -> None:
        self.syncs: list[dict[str, bytes | None]] = []
        self.takes = 0.0

    def load(self, lost: int) -> dict[str, bytes]:
        if lost:
            del self.syncs[-lost:]
        kept: dict[str, bytes | None] = {}
        for writes in self.syncs:
            kept.update(writes)
        return {key: value for key, value in kept.items() if value is not None}

    async def commit(self, writes: Mapping[str, bytes | None], seconds: float) -> None:
        await trio.sleep(self.takes + seconds)
        self.syncs.append(dict(writes))


class FakeHost:
    """What a runtime gives; lines to the node itself are not carried, tests carry what they want carried."""

    park = staticmethod(trio.lowlevel.wait_task_rescheduled)

    def __init__(self, disk: FakeDisk | None = None, points: dict[str, int] | None = None) -> None:
        self.disk = disk or FakeDisk()
        self.points = points if points is not None else {}
        self.lines: list[dict[str, Any]] = []
        self.died: str | None = None
        self.bug: BaseException | None = None
        self.scope = trio.CancelScope()
        self.drained = True
        self.began = trio.current_time()

    def now_ns(self) -> int:
        return round((trio.current_time() - self.began) * 1e9)

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)

    def timeout(self, seconds: float) -> trio.CancelScope:
        return trio.move_on_after(seconds)

    def nursery(self) -> AbstractAsyncContextManager[trio.Nursery]:
        return trio.open_nursery()

    def transmit(self, line: bytes) -> None:
        if self.died is None:
            self.lines.append(json.loads(line))

    def is_drained(self) -> bool:
        return self.drained

    async def die(self, why: str) -> None:
        self.end(why)
        await trio.sleep_forever()

    def end(self, why: str) -> None:
        self.died = why
        self.scope.cancel()

    def recall_points(self) -> Mapping[str, int]:
        return self.points

    def record_point(self, name: str, count: int) -> None:
        self.points[name] = count


class Bench:
    """One node under test: start it, tell it things, read what it said, crash it, start it again over its disk."""

    def __init__(self, nursery: trio.Nursery, pattern: Pattern, nodes: tuple[str, ...] = ("n1",)) -> None:
        self.nursery, self.pattern, self.nodes = nursery, pattern, nodes
        self.disk, self.points = FakeDisk(), {}
        self.incarnation = -1

    async def start(self, *, init: bool = True, **settings: Any) -> FakeHost:
        """Begin the next incarnation; with init, wait until it has answered that."""
        self.incarnation += 1
        self.host = FakeHost(self.disk, self.points)
        given = Settings(**{"incarnation": self.incarnation, "events": True, **settings})
        self.node = Node(self.host, self.pattern, given)
        self.nursery.start_soon(self._run, self.host, self.node)
        if init:
            self.init()
            await self.settle()
        return self.host

    @property
    def puppet(self) -> Puppet:
        """The role of class Puppet that started last."""
        return Puppet.started[-1]

    def init(self) -> None:
        self.tell("c0", type="init", msg_id=1, node_id="n1", node_ids=list(self.nodes))

    def tell(self, src: str, **body: Any) -> None:
        self.node.receive(json.dumps({"src": src, "dest": "n1", "body": body}).encode())

    async def ask(self, src: str = "c1", **body: Any) -> dict[str, Any]:
        """Tell it something, let it work, and return the body of its next line to that source."""
        before = len(self.host.lines)
        self.tell(src, **body)
        await self.settle()
        answers = [line["body"] for line in self.host.lines[before:] if line["dest"] == src]
        assert answers, f"no answer to {body}"
        return answers[0]

    async def settle(self) -> None:
        """Let every task that can run, run; no time passes."""
        await trio.testing.wait_all_tasks_blocked()

    def crash(self) -> None:
        self.host.end("killed")

    async def _run(self, host: FakeHost, node: Node) -> None:
        """Be the node's process: a bug ends it, and its traceback is kept."""
        try:
            with host.scope:
                await node.run()
        except* Exception as bugs:
            host.bug = bugs.exceptions[0]
            host.end("a bug")

    def said(self, kind: str) -> list[dict[str, Any]]:
        """Return the bodies of this type that the incarnation wrote, in order."""
        return [line["body"] for line in self.host.lines if line["body"]["type"] == kind]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [body for body in self.said("event") if body["event"] == name]
