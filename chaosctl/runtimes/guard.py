"""What would make a run differ from itself is refused inside a simulation: real time, chance, files, sockets, threads.

Installed for one run, removed after it. A call is refused where it comes from a node's task, whoever makes it there,
and where code of chaosctl that has to be a function of the seed makes it. trio, msgspec and the recorder go on as ever.
What no guard can see: names taken by `from time import time` before the run, `datetime.now()` and the order of a set
of strings; a lint (tests/test_pattern_lint.py) keeps these out of patterns.

The watch is against a loop that never waits, which trio can't interrupt: an alarm raises in the midst of it, and soon
where somebody has pressed Ctrl-C. Signals reach the main thread alone, so that a simulation in another goes unwatched.
"""

import builtins
import os
import random
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType, ModuleType
from typing import Any

from chaosctl.runtimes._trio_private import has_word_from_outside
from chaosctl.runtimes.virtual_clock import VirtualClock

inside_node: ContextVar[str] = ContextVar("inside_node", default="")
"""The node whose task this is; set in the context in which a node is started."""

SEEDED = ("patterns", "node", "network", "faults", "workloads")
"""Packages of chaosctl whose code may not ask the machine for anything, in a node or out of it."""

TRUSTED = ("trio", "outcome", "msgspec", "importlib", "_frozen_importlib", "traceback", "linecache", "tokenize")
"""Whose calls are let through even in a node's task: they are not the pattern's, and nothing depends on them."""

CHANCE = (
    "random randint randrange uniform choice choices shuffle sample gauss getrandbits expovariate seed betavariate "
    "normalvariate triangular randbytes"
)
CLOCKS = "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns"
"""Functions of the modules random and time that are refused."""

WATCH_S = 1.0
BUSY_S = 15.0
"""So much CPU time without a step of the simulation is a loop that never waits; looked at once in WATCH_S."""


class NotInSimulationError(RuntimeError):
    """Code under simulation asked the machine for what only the run's seed may give."""


def _refusals() -> list[tuple[Any, str, str]]:
    chance = [(random, name, "self.random, the node's own seeded generator") for name in CHANCE.split()]
    clocks = [(time, name, "self.now()") for name in CLOCKS.split()]
    return [
        *chance,
        *clocks,
        (time, "sleep", "await self.sleep(seconds)"),
        (os, "urandom", "self.random"),
        (uuid, "uuid1", "self.random.getrandbits(128)"),
        (uuid, "uuid4", "self.random.getrandbits(128)"),
        (socket.socket, "__init__", "self.send and self.rpc"),
        (builtins, "open", "self.store"),
        (threading.Thread, "start", "self.spawn"),
    ]


class Busy(BaseException):
    """Raised in the midst of a loop that never waits; no `except Exception` of a pattern stops this."""


@contextmanager
def guarded() -> Iterator[None]:
    """Refuse what would make a run differ from itself, while the block runs."""
    originals = [(owner, _put(owner, refusing)) for owner, refusing in _REFUSING]
    try:
        yield
    finally:
        for owner, original in originals:
            _put(owner, original)


@contextmanager
def watched(clock: VirtualClock) -> Iterator[None]:
    """End a simulation whose node computes for BUSY_S of CPU time without ever waiting; for WATCH_S after Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    last_seen, idle_s = (-1, -1), 0.0
    busy_s = BUSY_S
    every_s = min(WATCH_S, busy_s)

    def look(_signal: int, _frame: FrameType | None) -> None:
        nonlocal last_seen, idle_s
        seen = (clock.now_ns, clock.steps)
        last_seen, idle_s = seen, idle_s + every_s if seen == last_seen else 0.0
        if idle_s >= (every_s if has_word_from_outside() else busy_s) and inside_node.get():
            clock.end_by_limit(f"{inside_node.get()} computed for {idle_s:g} s of CPU time and never waited")
            raise Busy

    before = signal.signal(signal.SIGVTALRM, look)
    signal.setitimer(signal.ITIMER_VIRTUAL, every_s, every_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _refusing(owner: Any, name: str, instead: str) -> Callable[..., Any]:
    original = getattr(owner, name)
    title = f"{owner.__name__}.{name}".removeprefix("builtins.").removesuffix(".__init__")

    def refusing(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1)
        if _is_refused(str(caller.f_globals.get("__name__", ""))):
            place = f"{caller.f_code.co_filename}:{caller.f_lineno}"
            raise NotInSimulationError(f"{place}: {title} would differ from run to run of a seed; use {instead}")
        return original(*args, **kwargs)

    return refusing


def _is_refused(module: str) -> bool:
    top, _, rest = module.partition(".")
    if top == "chaosctl" and rest.partition(".")[0] in SEEDED:
        return True
    return bool(inside_node.get()) and top not in TRUSTED


def _put(owner: Any, functions: dict[str, Any]) -> dict[str, Any]:
    """Put functions into a module or a class; returns those that they replace."""
    there = vars(owner)
    replaced = {name: there[name] for name in functions}
    if isinstance(owner, ModuleType):
        there.update(functions)  # Forty times a run: one by one this takes twice as long.
    else:
        for name, function in functions.items():
            setattr(owner, name, function)
    return replaced


def _by_owner() -> list[tuple[Any, dict[str, Any]]]:
    found: dict[Any, dict[str, Any]] = {}
    for owner, name, instead in _refusals():
        found.setdefault(owner, {})[name] = _refusing(owner, name, instead)
    return list(found.items())


_REFUSING = _by_owner()
