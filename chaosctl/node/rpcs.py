"""Requests of ours that wait for their answer: msg_id to the task that sleeps on it."""

from typing import NamedTuple

import trio
from outcome import Value

from chaosctl.node.messages import Message


class _Waiting(NamedTuple):
    task: trio.lowlevel.Task
    answer: type[Message]


class Rpcs:
    """Who waits for which answer."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}

    async def wait(self, msg_id: int, answer: type[Message]) -> Message:
        """Return the answer to this request: of the wanted type, an Error, or whatever came instead."""
        self._waiting[msg_id] = _Waiting(trio.lowlevel.current_task(), answer)

        def give_up(_: object) -> trio.lowlevel.Abort:
            del self._waiting[msg_id]
            return trio.lowlevel.Abort.SUCCEEDED

        message: Message = await trio.lowlevel.wait_task_rescheduled(give_up)
        return message

    def deliver(self, msg_id: int, message: Message) -> bool:
        """Wake the task that waits for this answer; False where none does (any more)."""
        waiting = self._waiting.pop(msg_id, None)
        if waiting is None:
            return False
        trio.lowlevel.reschedule(waiting.task, Value(message))
        return True

    def awaited(self, msg_id: int) -> type[Message] | None:
        """Return the type of answer that somebody waits for under this msg_id."""
        waiting = self._waiting.get(msg_id)
        return waiting.answer if waiting else None
