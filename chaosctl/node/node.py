"""A node: it hosts the roles of one incarnation over what a runtime gives it (host.py).

Its life: made from settings, which may refuse it; `run` opens the nursery; `init` names it, the disk is loaded, the
roles are bound and started, and only then `init_ok` goes out and messages that came meanwhile are handled. It ends when
`run` is cancelled, or by itself: at an armed point, on a failed sync, by a bug in a role.
"""

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from typing import Any

import msgspec
import trio

from chaosctl.node.binding import place_roles, read_disk_faults, read_options, role_classes
from chaosctl.node.calls import Incarnation, RoleCalls
from chaosctl.node.clock import NodeClock
from chaosctl.node.dispatch import Dispatch, Orders
from chaosctl.node.events import Events
from chaosctl.node.host import Host
from chaosctl.node.messages import Arm, Clock, Disarm, Disconnect, Disk, Error, Init, InitOk, Operator
from chaosctl.node.pattern import Pattern
from chaosctl.node.points import Points
from chaosctl.node.role import Role
from chaosctl.node.rpcs import Rpcs
from chaosctl.node.seeds import Later
from chaosctl.node.settings import ArmedPoint, Settings
from chaosctl.node.sql_connection import Way
from chaosctl.node.store import NodeStore
from chaosctl.node.wire import Composer, envelope_decoder
from chaosctl.node.workers import MOST_KEPT, Workers

_decode_init = envelope_decoder((Init, Error))


class Node:
    """One incarnation of one node. Raises BadInput where its settings do not fit the pattern."""

    def __init__(self, host: Host, pattern: Pattern, settings: Settings) -> None:
        self._host, self._pattern, self._settings = host, pattern, settings
        self._classes = role_classes(pattern, settings.broken)
        self._options = read_options(pattern, settings.options)
        self._disk_faults = read_disk_faults(settings.disk_faults)
        self._clock = NodeClock(host, settings.clock_rate, settings.clock_offset)
        self._points = Points(host, settings.armed, self._say, self._end)
        self._nursery: Any = None
        self._context = copy_context()
        self._kept: list[bytes] = []
        self._missed = 0
        self._init: Init | None = None
        self._is_dead = False
        self._events: Events | None = None
        self._dispatch: Dispatch | None = None

    async def run(self) -> None:
        """Be the node until cancelled; what a role raises and does not handle is a bug and comes out of here."""
        async with self._host.nursery() as self._nursery:
            if self._init is not None:
                self._spawn(self._start, self._init)
            await trio.sleep_forever()

    def receive(self, line: bytes) -> None:
        """Take one line in, from stdin or from the simulated network; never waits."""
        if self._dispatch is not None:
            self._dispatch.receive(line)
        elif not self._is_dead:
            self._receive_early(line)

    def _receive_early(self, line: bytes) -> None:
        if self._init is None and (init := _read_init(line)) is not None:
            self._init = init
            if self._nursery is not None:  # Whoever delivers this is no task of the node.
                self._context.run(self._spawn, self._start, init)
        elif len(self._kept) < MOST_KEPT:
            self._kept.append(line)
        else:
            self._missed += 1

    async def _start(self, init: Init) -> None:
        shared = self._enter(init)
        calls = {name: RoleCalls(shared, name) for name in shared.hosted()}
        roles = {name: self._classes[name](its) for name, its in calls.items()}
        workers = Workers(self._spawn, self._host.park, shared.events.drop)
        self._dispatch = Dispatch(shared, workers, roles, self._orders(shared, workers, roles))
        self._spawn(shared.store.commit_forever, self._die)
        for line in self._kept:
            self._dispatch.receive(line)
        self._kept.clear()
        if self._missed:
            shared.events.problem(f"{self._missed} messages were dropped: {MOST_KEPT} waited for init already")
        for its in calls.values():
            await its.open()
        for role in roles.values():
            await role.start()
        shared.transmit(shared.composer.answer(init.src, InitOk(), init.msg_id))
        workers.open()

    def _enter(self, init: Init) -> Incarnation:
        settings = self._settings
        nodes = tuple(init.node_ids)
        composer = Composer(init.node_id, nodes, settings.incarnation)
        store = NodeStore(self._host, settings.disk_sync, settings.lose_tail)
        store.harm(self._disk_faults)
        events = self._events = Events(settings, composer, store, self._transmit)
        events.watch(self._host)
        return Incarnation(
            node_id=init.node_id,
            nodes=nodes,
            placement=place_roles(self._pattern, settings.placement, init),
            options=self._options,
            random=Later(settings.seed, f"node/{init.node_id}/{settings.incarnation}"),
            host=self._host,
            clock=self._clock,
            composer=composer,
            points=self._points,
            store=store,
            events=events,
            rpcs=Rpcs(self._host.park),
            transmit=self._transmit,
            spawn=self._spawn,
            server=settings.database,
            message_broker=settings.broker,
            way=Way(),
            broker_role=self._pattern.broker_role,
        )

    def _orders(self, shared: Incarnation, workers: Workers, roles: dict[str, Role]) -> Orders:
        def operate(order: Operator) -> None:
            for role in roles.values():
                workers.give(partial(_obey, role), order)

        return {
            Clock: lambda clock: self._clock.set(clock.rate, clock.offset),
            Disk: shared.store.harm,
            Disconnect: lambda order: shared.way.cut(heal=order.heal),
            Disarm: lambda _: self._points.disarm(),
            Arm: lambda arm: self._points.arm(ArmedPoint(arm.name, arm.nth, arm.action, arm.seen, arm.stall)),
            Operator: operate,
        }

    def _transmit(self, line: bytes) -> None:
        if not self._is_dead:
            self._host.transmit(line)

    def _say(self, body: dict[str, Any]) -> None:
        if self._events is not None:
            self._events.say(body)

    def _spawn(self, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        assert self._nursery is not None, "a node's tasks begin after run()"
        self._nursery.start_soon(self._guard, work, *arguments)

    async def _guard(self, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        has_ended = False
        try:
            await work(*arguments)
            has_ended = True
        finally:
            if not has_ended:  # A bug, or the end: what other tasks say in their `finally` is not this node's word.
                self._is_dead, self._dispatch = True, None

    async def _die(self, why: str) -> None:
        if self._events is not None:
            self._events.problem(why)
        await self._end(why)

    async def _end(self, why: str) -> None:
        self._is_dead, self._dispatch = True, None
        await self._host.die(why)


def _read_init(line: bytes) -> Init | None:
    try:
        envelope = _decode_init(line)
    except msgspec.DecodeError:
        return None
    if not isinstance(envelope.body, Init):
        return None
    envelope.body.src = envelope.src
    return envelope.body


async def _obey(role: Role, order: Operator) -> None:
    await role.on_operator(order.command, order.arguments)
