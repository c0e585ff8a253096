"""Is a run a pure function of its seed? Each seed is run in two processes and compared draw by draw, row by row.

The two processes order sets of strings differently (PYTHONHASHSEED), have their objects at other addresses, and come
to each seed after another one, so that a leak of any of these shows. A trace has a line for every random draw (of
which stream) and every row of the run's files, in the order in which they came; the first line that differs is the
place to look. After madsim, which logs a byte a draw.
"""

import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import tee
from random import Random
from typing import Any

import msgspec

from chaosctl.errors import RunBroke
from chaosctl.history.folder import EVENTS, FAULTS, HISTORY, MESSAGES, METRICS, VERDICT
from chaosctl.history.recorder import Recorder
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation
from chaosctl.node import seeds
from chaosctl.runtimes.run import run_in_simulation
from chaosctl.search.pool import Died, Pool
from chaosctl.search.trial import Trial, plan_of

HASH_SEEDS = ("1", "2")


@dataclass(frozen=True)
class Difference:
    """Where two runs of a seed first differ: `place` in words, what either had there, and the line before it."""

    seed: int
    place: str
    first: str
    second: str
    before: str = ""


def check_determinism(
    trials: Iterable[Trial], workers: int, trace: "Callable[[Trial], bytes] | None" = None
) -> Generator[tuple[int, Difference | None]]:
    """Yield each seed with its first difference, None where there is none. `trace` must be importable by name."""
    work, each = trace or traced, max(1, workers // 2)
    one, other = tee(trials)
    pools = [Pool(work, workers=each, environment={"PYTHONHASHSEED": number}) for number in HASH_SEEDS]
    waiting: dict[int, bytes | Died] = {}
    with closing(pools[0].run(one)) as first, closing(pools[1].run(_swapped(other))) as second:
        for pair in zip(first, second, strict=True):
            for trial, result in pair:
                if trial.seed in waiting:
                    yield trial.seed, _compare(trial.seed, waiting.pop(trial.seed), result)
                else:
                    waiting[trial.seed] = result


def traced(trial: Trial) -> bytes:
    """Run a trial and return its trace: lines of what it is, a tab, and the content; compressed."""
    lines: list[str] = []
    try:
        with _told_draws(lines):
            finished = run_in_simulation(plan_of(trial), None, recorder=_Telling(lines))
    except RunBroke as error:
        lines.append(f"its end\t{error}")
    else:
        lines += [
            f"{name}\t{msgspec.json.encode(content).decode()}"
            for name, content in ((METRICS, finished.metrics), (VERDICT, finished.verdict))
        ]
    return zlib.compress("\n".join(lines).encode(), 1)


def _compare(seed: int, one: bytes | Died, other: bytes | Died) -> Difference | None:
    if isinstance(one, Died) or isinstance(other, Died):
        return Difference(seed, "a worker", *("" if isinstance(each, bytes) else each.how for each in (one, other)))
    if one == other:
        return None
    first, second = (zlib.decompress(trace).decode().split("\n") for trace in (one, other))
    index = next((i for i, pair in enumerate(zip(first, second, strict=False)) if len({*pair}) > 1), None)
    index = min(len(first), len(second)) if index is None else index
    places = dict.fromkeys(_place(lines, index) for lines in (first, second))
    ends = [lines[index] if index < len(lines) else "nothing more" for lines in (first, second)]
    return Difference(seed, " against ".join(places), ends[0], ends[1], first[index - 1] if index else "")


def _place(lines: list[str], index: int) -> str:
    """Return what a line is and which one of its kind."""
    if index == len(lines):
        return "the end"
    kinds = [line.partition("\t")[0] for line in lines[: index + 1]]
    return f"{kinds[-1]}, number {kinds.count(kinds[-1])}"


def _swapped(trials: Iterable[Trial]) -> Iterator[Trial]:
    """Yield each two trials in the other order, so that none follows the same one as it does elsewhere."""
    waiting: list[Trial] = []
    for trial in trials:
        if waiting:
            yield trial
            yield waiting.pop()
        else:
            waiting.append(trial)
    yield from waiting


@contextmanager
def _told_draws(lines: list[str]) -> Iterator[None]:
    """Have every generator that is made meanwhile write down its draws."""

    def make(purpose: str, number: int) -> Random:
        generator = _TellingRandom(number)
        generator.tell = lambda value: lines.append(f"draw of {purpose}\t{value!r}")
        return generator

    seeds.make = make
    try:
        yield
    finally:
        seeds.make = seeds.plain


class _TellingRandom(Random):
    """Tells of every draw: all of Random's methods come down to these two."""

    tell: Callable[[Any], None]

    def random(self) -> float:
        """Return a number from [0, 1)."""
        value = super().random()
        self.tell(value)
        return value

    def getrandbits(self, k: int, /) -> int:
        """Return k bits."""
        value = super().getrandbits(k)
        self.tell(value)
        return value


class _Telling(Recorder):
    """Records a run in memory and writes down every row as it comes."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(None, messages_wanted=True)
        self._lines, self._encode = lines, msgspec.json.Encoder().encode

    def operation(self, row: Operation) -> None:
        """Record an invocation or a completion."""
        self._tell(HISTORY, row)
        super().operation(row)

    def event(self, row: Event) -> None:
        """Record an event."""
        self._tell(EVENTS, row)
        super().event(row)

    def message(self, row: MessageRow) -> None:
        """Record a step in a message's fate."""
        self._tell(MESSAGES, row)
        super().message(row)

    def fault(self, row: FaultRow) -> None:
        """Record a fault."""
        self._tell(FAULTS, row)
        super().fault(row)

    def _tell(self, file: str, row: object) -> None:
        self._lines.append(f"{file}\t{self._encode(row).decode()}")
