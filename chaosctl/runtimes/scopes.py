"""Cancel scopes and nurseries of a simulation's nodes: as trio's, without deadlines, shields and reasons.

A nursery ends, and a scope is left, in the same steps as trio's own, so that one may stand for the other (a test holds
them against each other); but a run of milliseconds makes and ends dozens, and trio's cost more than what is done in
them. Both kinds may be nested in each other.
"""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import trio
from outcome import Error
from trio.lowlevel import Abort, cancel_shielded_checkpoint

from chaosctl.runtimes._trio_private import CONTEXT, cancelled, wait


class Scope:
    """What is inside can be cancelled. It has the face of trio's CancelScope, and of the CancelStatus in that."""

    __slots__ = (
        "_cancel_reason",
        "_children",
        "_parent",
        "_tasks",
        "cancel_called",
        "cancelled_caught",
        "effectively_cancelled",
    )

    abandoned_by_misnesting = False

    def __init__(self) -> None:
        self._cancel_reason = None
        self._parent: Any = None
        self._children: set[Any] = set()
        self._tasks: set[Any] = set()
        self.cancel_called = self.cancelled_caught = self.effectively_cancelled = False

    @property
    def _scope(self) -> "Scope":
        return self

    @property
    def parent_cancellation_is_visible_to_us(self) -> bool:
        """Return whether it is cancelled from outside; trio's asks."""
        return self._parent is not None and bool(self._parent.effectively_cancelled)

    def __enter__(self) -> "Scope":
        task = CONTEXT.task
        parent = self._parent = task._cancel_status
        parent._children.add(self)
        self.effectively_cancelled = self.cancel_called or parent.effectively_cancelled
        parent._tasks.remove(task)
        self._tasks.add(task)
        task._cancel_status = self
        return self

    def __exit__(
        self, _: type[BaseException] | None, failure: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        rest = self.leave(failure)
        if rest is None or rest is failure:
            return rest is None and failure is not None
        raise rest

    def leave(self, failure: BaseException | None) -> BaseException | None:
        """Leave it, and return what is left of a failure: without what this scope's own end has raised."""
        task, parent = CONTEXT.task, self._parent
        assert task._cancel_status is self, "scopes are left in the order of their nesting"
        parent._children.remove(self)
        task._activate_cancel_status(parent)
        if failure is None or not self.effectively_cancelled or parent.effectively_cancelled:
            return failure
        if isinstance(failure, trio.Cancelled):
            self.cancelled_caught = True
            return None
        if isinstance(failure, BaseExceptionGroup):
            caught, rest = failure.split(trio.Cancelled)
            self.cancelled_caught = caught is not None
            return rest
        return failure

    def cancel(self) -> None:
        """Have all that waits inside raise trio.Cancelled, now and from now on."""
        if not self.cancel_called:
            self.cancel_called = True
            self.recalculate()

    def recalculate(self) -> None:
        """Find out whether this is cancelled, by itself or from outside, and tell all inside."""
        is_cancelled = self.cancel_called or (self._parent is not None and self._parent.effectively_cancelled)
        if is_cancelled != self.effectively_cancelled:
            self.effectively_cancelled = is_cancelled
            if is_cancelled:
                for task in self._tasks:
                    task._attempt_delivery_of_any_pending_cancel()
            for child in self._children:
                child.recalculate()


class Nursery:
    """Tasks that end before the block does; the first failure cancels the others."""

    __slots__ = (
        "_bugs",
        "_cancel_status",
        "_children",
        "_closed",
        "_is_body_over",
        "_is_cancelled",
        "_parent",
        "_waits",
    )

    def __init__(self) -> None:
        self._cancel_status = Scope()
        self._children: set[Any] = set()
        self._bugs: list[BaseException] = []
        self._closed = self._is_body_over = self._is_cancelled = self._waits = False

    def start_soon(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """Begin a task."""
        CONTEXT.runner.spawn_impl(function, arguments, self)

    async def __aenter__(self) -> "Nursery":
        self._cancel_status.__enter__()
        self._parent = CONTEXT.task
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, failure: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if failure is not None:
            self._fail(failure)
        self._is_body_over = True
        if self._children:
            self._waits = True
            await wait(_go_on_waiting)
        else:
            self._closed = True
            try:
                await cancel_shielded_checkpoint()
            except trio.Cancelled:  # The run's end waits for no shield.
                self._is_cancelled = True
        return self._leave(failure)

    def _leave(self, failure: BaseException | None) -> bool:
        left: BaseException | None = None
        if self._bugs:
            left = BaseExceptionGroup("a task failed", self._bugs)
        elif self._is_cancelled:
            left = failure or cancelled()
        self._bugs = []
        rest = self._cancel_status.leave(left)
        if rest is None or rest is failure:
            return rest is None
        raise rest

    def _child_finished(self, task: Any, result: Any) -> None:
        self._children.remove(task)
        if type(result) is Error:  # An abstract class stands behind it, and is slow to ask.
            self._fail(result.error)
        if self._is_body_over and not self._children:
            self._closed = True
            if self._waits:
                self._waits = False
                CONTEXT.runner.reschedule(self._parent)

    def _fail(self, failure: BaseException) -> None:
        if isinstance(failure, trio.Cancelled):
            self._is_cancelled = True  # Kept, its traceback would tie this and all that is in it into a circle.
        else:
            self._bugs.append(failure)
        self._cancel_status.cancel()


def _go_on_waiting(_raise_cancel: Any) -> Abort:
    """Cancelled or not, a nursery waits for its children."""
    return Abort.FAILED
