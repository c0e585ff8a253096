"""A handler is its own task: idle tasks are kept and woken with the next message, a new one only when all are busy.

Spawning a task a message is the dearest part of a simulation: 38k messages/s against 65k with this pool.
"""

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any

from trio.lowlevel import Abort, Task, current_task, reschedule

from chaosctl.node.host import Park
from chaosctl.node.messages import Message

Work = Callable[[Any], Awaitable[None]]

MOST_IDLE = 256
"""A burst may need more tasks than that at once; they end when it is over."""


MOST_KEPT = 10_000
"""Messages that may wait for init, or for the roles to start; further ones are dropped and reported."""


class _Worker:
    """A task, and what it is woken for."""

    __slots__ = ("given", "task")

    given: tuple[Work, Message]

    def __init__(self, task: Task) -> None:
        self.task = task


class Workers:
    """The tasks that run one node's handlers; closed at first, until the roles have started."""

    def __init__(self, spawn: Callable[..., None], park: Park, drop: Callable[[str], None]) -> None:
        self._spawn, self._park, self._drop = spawn, park, drop
        self._idle: list[_Worker] = []
        self._context = copy_context()
        self._kept: list[tuple[Work, Message]] = []
        self._is_open = False

    def open(self) -> None:
        """Handle what came meanwhile, and from now on what comes at once."""
        self._is_open = True
        for work, message in self._kept:
            self.give(work, message)
        self._kept.clear()

    def give(self, work: Work, message: Message) -> None:
        """Let a task handle a message, in a context that no earlier handling has touched."""
        if self._idle:
            worker = self._idle.pop()
            worker.given = (work, message)
            worker.task.context = self._context.copy()
            reschedule(worker.task)
        elif self._is_open:  # Called from inside a task, start_soon would copy that task's context.
            self._context.run(self._spawn, self._work, work, message)
        elif len(self._kept) < MOST_KEPT:
            self._kept.append((work, message))
        else:
            self._drop("a message came while too many waited for the roles to start")

    async def _work(self, work: Work, message: Message) -> None:
        worker = _Worker(current_task())

        def leave(_: object) -> Abort:
            self._idle.remove(worker)  # Else the next message would wake a task that is already cancelled.
            return Abort.SUCCEEDED

        while True:
            await work(message)
            if len(self._idle) >= MOST_IDLE:
                return
            self._idle.append(worker)
            await self._park(leave)
            work, message = worker.given
