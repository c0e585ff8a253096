"""Sequential consistency: one order of all operations explains every answer, and each process is in its own order.

L. Lamport, "How to Make a Multiprocessor Computer That Correctly Executes Multiprocess Programs" (1979). Real time does
not count, so a read may be stale. It is not local: objects that are each sequential may not be so together, so all
are searched at once, which is for small histories (P. Gibbons, E. Korach 1997, theorem 2.1: NP-complete).
What is linearizable is sequential too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, ClassVar

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import told
from chaosctl.checkers.linearizable_models import Model
from chaosctl.checkers.linearizable_plan import NOWHERE, Moves
from chaosctl.checkers.linearizable_search import decide
from chaosctl.checkers.objects import Objects, call_text, model_of, objects_of, steps_of
from chaosctl.history.recording import Recording

BUDGET = 300_000
"""Configurations that are looked at: how far each process is, and what every object holds."""

MOST_SHOWN = 8
"""So many processes are told where they can't go on."""

Positions = tuple[int, ...]
States = tuple[int, ...]


class Sequential:
    """Every answer fits one order of effects that keeps the order of each process; what ended first may come later.

    For the same objects as `linearizable`, all together; a history that is too large for the search is unknown.
    """

    needs: ClassVar[tuple[str, ...]] = ("operations", "complete")

    def __init__(self, model: Model | None = None) -> None:
        self._model = model

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; unknown where the search ran out of its budget."""
        calls = calls_of(recording)
        model = self._model or model_of(calls)
        if model is None:
            return unknown(f"there is no model for operations {', '.join(sorted({call.invoked.f for call in calls}))}")
        if all(call.outcome != "ok" for call in calls):
            return unknown("no operation was ok")
        objects = objects_of(calls, model)
        if all(decide(steps_of(of, model), model, BUDGET).is_linearizable for of in objects.values()):
            return passed("the order of real time explains every answer", operations=len(calls))
        return _judge(objects, model)


@dataclass(frozen=True, slots=True)
class _Turn:
    """An operation of a process: of which object, of what kind, whether it reads, whether it must have happened."""

    call: Call
    place: int
    kind: int
    is_read: bool
    is_needed: bool


class _Search:
    """Looks for an order: which operation is next in which lane (a process), and what every object holds by then."""

    def __init__(self, objects: Objects, model: Model) -> None:
        self.moves = Moves(model)
        self.lanes = _lanes_of(objects, model, self.moves)
        self.start = (self.moves.state(model.initial),) * len(objects)
        self.needed = [list(accumulate((turn.is_needed for turn in lane), initial=0)) for lane in self.lanes]
        self.furthest: tuple[int, ...] = (0,) * len(self.lanes)

    def run(self) -> bool | None:
        """Return whether there is an order; None where the budget runs out. That of invocation is tried first."""
        stack = [(self.furthest, self.start)]
        seen: set[tuple[Positions, States]] = set()
        all_needed = sum(counts[-1] for counts in self.needed)
        while stack:
            positions, states = self._read(*stack.pop())
            if (positions, states) in seen:
                continue
            if len(seen) >= BUDGET:
                return None
            seen.add((positions, states))
            if (done := self.explained(positions)) == all_needed:
                return True
            if done > self.explained(self.furthest):
                self.furthest = positions
            following = sorted(self._next(positions, states), key=lambda each: -each[0])
            stack += [(positions, states) for _invoked, positions, states in following]
        return False

    def explained(self, positions: Positions) -> int:
        """Return how many of the operations that must have happened lie before these positions."""
        return sum(counts[at] for counts, at in zip(self.needed, positions, strict=True))

    def _read(self, positions: Positions, states: States) -> tuple[Positions, States]:
        """Let reads that fit take effect: they change nothing, so all that can follow without them can with them."""
        found = list(positions)
        for number, lane in enumerate(self.lanes):
            while found[number] < len(lane):
                turn = lane[found[number]]
                if not turn.is_read or self.moves.move(states[turn.place], turn.kind) == NOWHERE:
                    break
                found[number] += 1
        return tuple(found), states

    def _next(self, positions: Positions, states: States) -> Iterator[tuple[int, Positions, States]]:
        """Yield (its invocation, positions, states) for each operation that can take effect."""
        for number, (lane, at) in enumerate(zip(self.lanes, positions, strict=True)):
            if at == len(lane):
                continue
            turn, after = lane[at], (*positions[:number], at + 1, *positions[number + 1 :])
            left = self.moves.move(states[turn.place], turn.kind)
            if left != NOWHERE:
                yield turn.call.invoked.index, after, (*states[: turn.place], left, *states[turn.place + 1 :])


def _judge(objects: Objects, model: Model) -> Judgement:
    search = _Search(objects, model)
    is_sequential = search.run()
    count = sum(map(len, search.lanes))
    if is_sequential is None:
        return unknown(f"the search looked at {BUDGET} configurations and did not end", operations=count)
    if is_sequential:
        return passed("one order explains every answer, and keeps that of each process", operations=count)
    done = search.explained(search.furthest)
    evidence = [Evidence(f"the longest order that was found explains {done} of {count} operations")]
    for lane, at in zip(search.lanes, search.furthest, strict=True):
        if at < len(lane):
            call = lane[at].call
            evidence.append(told(call.last, f"process {call.invoked.process} can't go on with {call_text(call)}"))
    why = f"no order that keeps each process's own explains all {count} operations"
    return failed(why, *evidence[: MOST_SHOWN + 1], operations=count)


def _lanes_of(objects: Objects, model: Model, moves: Moves) -> list[list[_Turn]]:
    """Return the operations of each process in its order.

    One that was never answered may take effect at any later time: where its process went on, it is a lane of its own.
    """
    kinds: dict[tuple[str, Any], int] = {}
    lanes: dict[int, list[_Turn]] = {}
    for place, calls in enumerate(objects.values()):
        for step in steps_of(calls, model):
            kind = kinds.setdefault((step.f, step.value), len(kinds))
            if kind == len(moves.kinds):
                moves.kinds.append((step.f, step.value))
            call = calls[step.number]
            turn = _Turn(call, place, kind, step.f in model.reads, step.returned is not None)
            lanes.setdefault(call.invoked.process, []).append(turn)
    found: list[list[_Turn]] = []
    for lane in lanes.values():
        lane.sort(key=lambda turn: turn.call.invoked.index)
        last = lane.pop()
        found += [[turn] for turn in lane if not turn.is_needed]
        found.append([*(turn for turn in lane if turn.is_needed), last])
    return found
