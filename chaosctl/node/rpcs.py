"""Requests of ours that wait for their answer: msg_id to the task that sleeps on it."""

from trio.lowlevel import Abort, Task, current_task, reschedule

from chaosctl.node.host import Park
from chaosctl.node.messages import Message


class _Waiting:
    """A task, the type of answer that it wants, and what it got."""

    __slots__ = ("answer", "message", "task")

    message: Message

    def __init__(self, task: Task, answer: type[Message]) -> None:
        self.task, self.answer = task, answer


class Rpcs:
    """Who waits for which answer."""

    def __init__(self, park: Park) -> None:
        self._park = park
        self._waiting: dict[int, _Waiting] = {}

    async def wait(self, msg_id: int, answer: type[Message]) -> Message:
        """Return the answer to this request: of the wanted type, an Error, or whatever came instead."""
        waiting = self._waiting[msg_id] = _Waiting(current_task(), answer)

        def give_up(_: object) -> Abort:
            del self._waiting[msg_id]
            return Abort.SUCCEEDED

        await self._park(give_up)
        return waiting.message

    def deliver(self, msg_id: int, message: Message) -> bool:
        """Wake the task that waits for this answer; False where none does (any more)."""
        waiting = self._waiting.pop(msg_id, None)
        if waiting is None:
            return False
        waiting.message = message
        reschedule(waiting.task)
        return True

    def awaited(self, msg_id: int) -> type[Message] | None:
        """Return the type of answer that somebody waits for under this msg_id."""
        waiting = self._waiting.get(msg_id)
        return waiting.answer if waiting else None
