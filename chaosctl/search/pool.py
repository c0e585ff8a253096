"""Many jobs on all cores, surviving a worker that dies: its jobs are run again, and the one that kills is found.

When a worker process dies, every batch under way is lost with it (concurrent.futures breaks the whole pool), and
nobody knows which job did it. So the lost batches are run again one at a time, halved where one kills again, until a
job that kills stands alone: it is reported as Died, all others have their results. Nothing is lost, nothing run twice
for its result.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True)
class Died:
    """The process that ran this job died of it: a crash of the interpreter, or no memory left."""


class Pool(Generic[J, R]):
    """Runs `work` on jobs, `size` at a time in each of `workers` processes. `work` must be importable by name."""

    def __init__(self, work: Callable[[J], R], *, workers: int, size: int = 8) -> None:
        self._work, self._workers, self._size = work, workers, size

    def run(self, jobs: Iterable[J]) -> Iterator[tuple[J, R | Died]]:
        """Yield each job with its result, as they come; leaving early stops what has not begun."""
        waiting = iter(jobs)
        suspects: deque[list[J]] = deque()
        while True:
            lost: list[list[J]] = []
            yield from self._run_until_broken(waiting, lost)
            if not lost:
                return
            suspects.extend(lost)
            yield from self._find_killers(suspects)

    def _run_until_broken(self, jobs: Iterator[J], lost: list[list[J]]) -> Iterator[tuple[J, R | Died]]:
        under_way: dict[Future[list[R]], list[J]] = {}
        with self._executor(self._workers) as executor:
            try:
                while not lost:
                    while len(under_way) < 2 * self._workers and (batch := list(islice(jobs, self._size))):
                        under_way[self._submit(executor, batch, lost)] = batch
                    if not under_way:
                        return
                    for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                        batch = under_way.pop(future)
                        yield from self._collect(future, batch, lost)
                for future, batch in under_way.items():
                    yield from self._collect(future, batch, lost)
            finally:
                executor.shutdown(wait=False, cancel_futures=True)

    def _find_killers(self, suspects: deque[list[J]]) -> Iterator[tuple[J, R | Died]]:
        while suspects:
            batch = suspects.popleft()
            lost: list[list[J]] = []
            with self._executor(1) as executor:
                yield from self._collect(self._submit(executor, batch, lost), batch, lost)
            if not lost:
                continue
            if len(batch) == 1:
                yield batch[0], Died()
            else:
                middle = len(batch) // 2
                suspects.extendleft([batch[middle:], batch[:middle]])

    def _submit(self, executor: ProcessPoolExecutor, batch: list[J], lost: list[list[J]]) -> Future[list[R]]:
        try:
            return executor.submit(_run_batch, self._work, batch)
        except BrokenProcessPool as broken:
            failed: Future[list[R]] = Future()
            failed.set_exception(broken)
            return failed

    def _collect(self, future: Future[list[R]], batch: list[J], lost: list[list[J]]) -> Iterator[tuple[J, R | Died]]:
        try:
            results = future.result()
        except BrokenProcessPool:
            lost.append(batch)
        else:
            yield from zip(batch, results, strict=True)

    def _executor(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("forkserver"))


def _run_batch(work: Callable[[J], R], batch: Sequence[J]) -> list[R]:
    return [work(job) for job in batch]
