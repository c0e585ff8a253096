"""The same jobs on a Dask cluster: a worker that dies loses nothing, since the scheduler has its jobs run again.

The cluster's workers need this chaosctl, the same code; one thread each is all they can use (`dask worker ADDRESS
--nworkers 8 --nthreads 1`), for a simulation has its process for itself.
"""

from collections.abc import Callable, Generator, Iterable
from itertools import islice
from threading import Lock
from typing import Any, Generic, TypeVar

from chaosctl.errors import BadInput
from chaosctl.runtimes.source import source_digest
from chaosctl.search.pool import Died

J = TypeVar("J")
R = TypeVar("R")

AHEAD = 4
"""So many jobs a thread are with the cluster at a time."""

PATIENCE_S = 10.0

_ALONE = Lock()


class DaskPool(Generic[J, R]):
    """Runs `work` on jobs where the scheduler at `address` says. `work` must be importable by name, there as here."""

    def __init__(self, work: Callable[[J], R], address: str) -> None:
        self._work, self._address = work, address

    def run(self, jobs: Iterable[J]) -> Generator[tuple[J, R | Died]]:
        """Yield each job with its result, as they come; leaving early cancels what is under way. Raises BadInput."""
        waiting = iter(jobs)
        with self._connected() as client:
            from distributed import as_completed  # noqa: PLC0415 - `_connected` says what to do where it is missing.

            completed, under_way = as_completed(loop=client.loop), dict[str, J]()
            while True:
                wanted = AHEAD * max(1, sum(client.nthreads().values())) - len(under_way)
                for job in islice(waiting, max(0, wanted)):  # There may be fewer threads than a moment ago.
                    future = client.submit(_work_alone, self._work, job, pure=False)
                    under_way[future.key] = job
                    completed.add(future)
                if not under_way:
                    return
                for future in completed.next_batch():
                    yield under_way.pop(future.key), _result(future)

    def _connected(self) -> Any:
        try:
            from distributed import Client  # noqa: PLC0415 - the extra `cluster`, which most do without.
        except ImportError:
            raise BadInput("--dask: needs Dask: pip install 'chaosctl[cluster]'") from None
        try:
            client = Client(self._address, timeout=PATIENCE_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BadInput(f"--dask {self._address}: no scheduler answers there: {error}") from error
        other = [worker for worker, digest in client.run(source_digest).items() if digest != source_digest()]
        if other:
            client.close()
            raise BadInput(f"--dask {self._address}: {other[0]} has another version of chaosctl than this one")
        return client


def _work_alone(work: Callable[[J], R], job: J) -> R:
    with _ALONE:
        return work(job)


def _result(future: Any) -> Any:
    """Return what a job gave; Died where it raised, or killed as many workers as the scheduler allows."""
    failure = future.exception()
    return future.result() if failure is None else Died(f"{type(failure).__name__}: {failure}")
