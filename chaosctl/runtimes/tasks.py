"""A task of a simulation: what trio's scopes, nurseries and waits ask of a task, and no more."""

from collections.abc import Callable
from contextvars import Context
from typing import Any, NoReturn

from trio.lowlevel import Abort

from chaosctl.runtimes._trio_private import cancelled


class Nothing:
    """What most waits return. It has an outcome's face, and can be sent any number of times."""

    def unwrap(self) -> Any:
        """Return what was sent."""


class Cancellation(Nothing):
    """What a wait raises in a scope that was cancelled."""

    def unwrap(self) -> NoReturn:
        """Raise it."""
        raise cancelled()


NOTHING, CANCELLATION = Nothing(), Cancellation()


class Task:
    """One coroutine under way. What begins with an underscore is what trio's scopes and nurseries ask of a task."""

    __slots__ = (
        "__weakref__",
        "_abort_func",
        "_cancel_points",
        "_cancel_status",
        "_child_nurseries",
        "_eventual_parent_nursery",
        "_parent_nursery",
        "_runner",
        "context",
        "coro",
        "counter",
        "custom_sleep_data",
        "go_on",
        "is_runnable",
        "sent",
    )

    def __init__(self, runner: Any, coro: Any, nursery: Any, context: Context, counter: int) -> None:
        self._runner, self._parent_nursery = runner, nursery
        self._eventual_parent_nursery: Any = None
        self._abort_func: Callable[[Any], Abort] | None = None
        self._cancel_points = 0
        self._cancel_status: Any = None
        self._child_nurseries: list[Any] = []
        self.context, self.coro, self.counter = context, coro, counter
        self.custom_sleep_data: Any = None
        self.go_on: Callable[[Any], Any] = coro.send
        self.sent: Any = None
        self.is_runnable = True

    def throw_once(self, failure: BaseException) -> Any:
        """Go on with this failure, and after that as ever."""
        self.go_on = self.coro.send
        return self.coro.throw(failure)

    def _activate_cancel_status(self, status: Any) -> None:
        if self._cancel_status is not None:
            self._cancel_status._tasks.remove(self)
        self._cancel_status = status
        if status is not None:
            status._tasks.add(self)
            if status.effectively_cancelled:
                self._attempt_delivery_of_any_pending_cancel()

    def _attempt_delivery_of_any_pending_cancel(self) -> None:
        abort = self._abort_func
        if abort is not None and self._cancel_status.effectively_cancelled:
            is_given_up = abort(CANCELLATION.unwrap)
            self._abort_func = None
            if is_given_up is Abort.SUCCEEDED:
                self._runner.reschedule(self, CANCELLATION)
