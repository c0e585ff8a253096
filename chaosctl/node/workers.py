"""A handler is its own task: idle tasks are kept and woken with the next message, a new one only when all are busy.

Spawning a task a message is the dearest part of a simulation: 38k messages/s against 65k with this pool.
"""

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any

import trio
from outcome import Value

from chaosctl.node.messages import Message

Work = Callable[[Any], Awaitable[None]]

MOST_IDLE = 256
"""A burst may need more tasks than that at once; they end when it is over."""


MOST_KEPT = 10_000
"""Messages that may wait for init, or for the roles to start; further ones are dropped and reported."""


class Workers:
    """The tasks that run one node's handlers; closed at first, until the roles have started."""

    def __init__(self, spawn: Callable[..., None], drop: Callable[[str], None]) -> None:
        self._spawn, self._drop = spawn, drop
        self._idle: list[trio.lowlevel.Task] = []
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
            task = self._idle.pop()
            task.context = self._context.copy()
            trio.lowlevel.reschedule(task, Value((work, message)))
        elif self._is_open:  # Called from inside a task, start_soon would copy that task's context.
            self._context.run(self._spawn, self._work, work, message)
        elif len(self._kept) < MOST_KEPT:
            self._kept.append((work, message))
        else:
            self._drop("a message came while too many waited for the roles to start")

    async def _work(self, work: Work, message: Message) -> None:
        task = trio.lowlevel.current_task()

        def leave(_: object) -> trio.lowlevel.Abort:
            self._idle.remove(task)  # Else the next message would wake a task that is already cancelled.
            return trio.lowlevel.Abort.SUCCEEDED

        while True:
            await work(message)
            if len(self._idle) >= MOST_IDLE:
                return
            self._idle.append(task)
            work, message = await trio.lowlevel.wait_task_rescheduled(leave)
