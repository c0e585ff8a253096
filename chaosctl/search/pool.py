"""Many jobs on all cores, surviving a worker that dies: nothing is lost, nothing comes twice, and the killer is named.

A worker takes a batch of jobs at a time and answers with all their results. Where it dies instead, the batch is under
suspicion and its jobs are run again, one at a time: whichever has thrice been under a worker that died is reported as
Died. So a worker that somebody else killed accuses nobody. Batches grow until they take BATCH_S, so that short jobs
pay little for their way; and an end (Ctrl-C, the first failure) never waits: workers are then killed.
"""

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar, cast

from chaosctl.errors import RunBroke

J = TypeVar("J")
R = TypeVar("R")

BATCH_S, BATCH_MAX = 0.1, 64
"""A batch takes about so long, and has no more jobs than that."""

LAST_WORDS_S = 5.0
"""A worker that closed its pipe has so long to print a traceback."""

DEATHS = 3
"""A job has killed when so many workers have died on it, all but the first on it alone."""

PRELOADED = ["chaosctl.search.warm"]
"""What the process that workers are forked from has imported already."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Died:
    """The process that ran this job died of it each time: a bug of ours, a crash of the interpreter, no memory left."""

    how: str

    @classmethod
    def of_status(cls, status: int | None) -> "Died":
        """Say how for an exit status, negative where a signal ended the process."""
        if status is not None and status < 0:
            return cls(f"its worker was ended by {signal.Signals(-status).name}")
        return cls(f"its worker ended with status {status}")


class Pool(Generic[J, R]):
    """Runs `work` on jobs in `workers` processes. `work` must be importable by name; jobs and results are pickled.

    With `environment` the workers are not forked but started anew, with these variables (PYTHONHASHSEED is read then).
    """

    def __init__(self, work: Callable[[J], R], *, workers: int, environment: Mapping[str, str] | None = None) -> None:
        assert workers >= 1, "somebody has to work"
        self._work, self._count, self._environment = work, workers, environment or {}
        self._workers: list[_Worker[J]] = []
        self._size = 1

    def run(self, jobs: Iterable[J]) -> Generator[tuple[J, R | Died]]:
        """Yield each job with its result, as they come; leaving early kills the workers, whatever they do."""
        waiting, suspects = iter(jobs), deque[tuple[J, int]]()
        try:
            while self._hand_out(waiting, suspects):
                ready = wait([worker.connection for worker in self._workers if worker.batch])
                for worker in [worker for worker in self._workers if worker.connection in ready]:
                    yield from self._collect(worker, suspects)
        finally:
            for worker in self._workers:
                worker.kill()
            self._workers.clear()

    def _hand_out(self, waiting: Iterator[J], suspects: deque[tuple[J, int]]) -> bool:
        """Give every idle worker a batch, or one suspect alone; return whether anybody works."""
        for _ in range(self._count - len(self._workers)):
            self._workers.append(self._start())
        for worker in self._workers:
            if not worker.batch:
                suspect, worker.deaths = suspects.popleft() if suspects else (None, 0)
                worker.batch = list(islice(waiting, self._size)) if suspect is None else [suspect]
                if worker.batch:
                    worker.give()
        return any(worker.batch for worker in self._workers)

    def _collect(self, worker: "_Worker[J]", suspects: deque[tuple[J, int]]) -> Iterator[tuple[J, R | Died]]:
        """Yield a batch's results; what a dead worker had is tried again, each alone, or given up."""
        batch, worker.batch = worker.batch, []
        try:
            results, took_s = worker.connection.recv()
        except (EOFError, OSError):
            self._workers.remove(worker)
            status = worker.bury()
            if worker.deaths + 1 < DEATHS:
                suspects.extend((job, worker.deaths + 1) for job in batch)
            else:
                yield batch[0], Died.of_status(status)
        else:
            self._size = max(1, min(BATCH_MAX, 2 * self._size, int(BATCH_S * len(batch) / (took_s + 1e-9))))
            yield from zip(batch, results, strict=True)

    def _start(self) -> "_Worker[J]":
        context = multiprocessing.get_context("spawn" if self._environment else "forkserver")
        if not self._environment:
            context.set_forkserver_preload(PRELOADED)
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(self._work, theirs), daemon=True)  # type: ignore[attr-defined]
        try:
            with _environment(self._environment):
                process.start()
        except (EOFError, OSError) as error:
            raise RunBroke(f"a worker could not be started: {error}") from error
        theirs.close()  # So that the end of the worker is the end of the pipe.
        return _Worker(process, ours)


@dataclass
class _Worker(Generic[J]):
    """A process, the pipe to it, and what it works on; of a suspect, how many workers have died on it so far."""

    process: Any
    connection: "Connection[Any, Any]"
    batch: list[J] = field(default_factory=list)
    deaths: int = 0

    def give(self) -> None:
        """Send the batch; that nobody is there to take it will be seen when its results are read."""
        try:
            self.connection.send(self.batch)
        except OSError:
            return

    def bury(self) -> int | None:
        """Return the exit status of a process that is about to end, its last words said."""
        self.process.join(LAST_WORDS_S)
        self.kill()
        return cast("int | None", self.process.exitcode)

    def kill(self) -> None:
        """End the process, in whatever state it is."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def _serve(work: Callable[[Any], Any], connection: "Connection[Any, Any]") -> None:
    """Be a worker: until the pipe ends. Ctrl-C is the parent's affair, whose end takes the workers with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            batch = connection.recv()
        except EOFError:
            return
        begun = time.perf_counter()
        results = [work(job) for job in batch]
        connection.send((results, time.perf_counter() - begun))


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
