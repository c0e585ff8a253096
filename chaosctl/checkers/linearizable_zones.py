"""Registers of which no value is written twice: decided in O(n log n), without a search.

P. Gibbons, E. Korach, "Testing shared memories" (1997), section 5: where every answer tells whose write it saw, a
write with its reads is a block that nothing comes between. Its zone goes from the first end to the last beginning in
it. Where the end is first (a forward zone), the block covers the zone whatever its order; else it fits at one instant
of it. So the history is linearizable if each block is in itself, no two forward zones overlap, and no backward zone
lies within a forward one. A compare-and-set follows its block's write with nothing between: the two are one block.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from chaosctl.checkers.linearizable_plan import NEVER, Step

BEFORE = -1
"""When the initial value was written."""


@dataclass(slots=True)
class Block:
    """A write, the compare-and-sets that follow from it, and all of their reads; the steps at its zone's two ends."""

    first_end: int = NEVER
    last_begin: int = BEFORE - 1
    ends: Step | None = None
    begins: Step | None = None


@dataclass
class _Values:
    """Who wrote each value, who read it, and who replaced it by a compare-and-set."""

    writer: dict[Any, Step] = field(default_factory=dict)
    readers: dict[Any, list[Step]] = field(default_factory=lambda: defaultdict(list))
    replacer: dict[Any, Step] = field(default_factory=dict)


def contradiction(steps: Sequence[Step], initial: Any) -> tuple[Step, ...] | None:
    """Return operations of a register that have no order of effects, empty where all have one.

    None where this can't be told here: a value is written twice, or the initial one is.
    """
    values = _Values()
    unanswered: dict[Any, Step] = {}
    for step in steps:
        if step.f == "read":
            values.readers[step.value].append(step)
            continue
        written = step.value if step.f == "write" else step.value[1]
        if written in values.writer or written in unanswered or written == initial:
            return None
        (values.writer if step.returned is not None else unanswered)[written] = step
    return _judge(values, unanswered, initial)


def _judge(values: _Values, unanswered: dict[Any, Step], initial: Any) -> tuple[Step, ...]:
    """Return the steps of a contradiction; those that nobody heard the end of happened where somebody saw it."""
    wanted = [*values.readers, *(step.value[0] for step in values.writer.values() if step.f == "cas")]
    while wanted:
        if (step := unanswered.pop(value := wanted.pop(), None)) is not None:
            values.writer[value] = step
            if step.f == "cas":
                wanted.append(step.value[0])
    for value, read in values.readers.items():
        if value not in values.writer and value != initial:
            return (read[0],)
    for step in values.writer.values():
        if step.f == "cas":
            old = step.value[0]
            if (other := values.replacer.setdefault(old, step)) is not step:
                return (other, step)  # Both can't have found it.
    return _judge_blocks(values, initial)


def _judge_blocks(values: _Values, initial: Any) -> tuple[Step, ...]:
    forward: list[Block] = []
    backward: list[Block] = []
    roots = [initial, *(value for value, step in values.writer.items() if step.f != "cas")]
    for root in roots:
        block = Block(first_end=BEFORE) if root == initial else Block()
        if found := _fill(block, values, root):
            return found
        (forward if block.first_end < block.last_begin else backward).append(block)
    if left := _left_over(values, roots):
        return left
    return _overlap(forward, backward)


def _fill(block: Block, values: _Values, value: Any) -> tuple[Step, ...]:
    """Put a value's operations into the block, then those of what replaced it; return what can't follow in this order.

    The order in a block is given: the writer, its readers in any order, the one that replaced it, its readers, and so
    on. It is possible where nothing ends before something that has to come earlier begins.
    """
    while True:
        writer = values.writer.get(value)
        if writer is not None and (wrong := _add(block, writer, block.begins)):
            return wrong
        before = block.begins
        for reader in values.readers.get(value, ()):
            if wrong := _add(block, reader, before):
                return wrong
        replacer = values.replacer.get(value)
        if replacer is None:
            return ()
        value = replacer.value[1]


def _add(block: Block, step: Step, before: Step | None) -> tuple[Step, ...]:
    """Put a step into the block; return what can't stand in this order, where it ended before what comes `before`."""
    _number, _f, _value, invoked, returned = step
    if returned is None:
        returned = NEVER
    if before is not None and returned < before.invoked:
        return before, step
    if returned < block.first_end:
        block.first_end, block.ends = returned, step
    if invoked > block.last_begin:
        block.last_begin, block.begins = invoked, step
    return ()


def _left_over(values: _Values, roots: list[Any]) -> tuple[Step, ...]:
    """Return compare-and-sets that follow from no write: what they found nobody wrote, or they go in a circle."""
    if not values.replacer:
        return ()
    reached = set(roots)
    for root in roots:
        value = root
        while (step := values.replacer.get(value)) is not None:
            value = step.value[1]
            reached.add(value)
    return tuple(step for value, step in values.writer.items() if value not in reached)


def _overlap(forward: list[Block], backward: list[Block]) -> tuple[Step, ...]:
    """Return the outermost operations of two blocks of which each would have to be within the other."""
    forward.sort(key=lambda block: block.first_end)
    for block, following in pairwise(forward):
        if following.first_end < block.last_begin:
            return _outermost(block, following)
    starts = [block.first_end for block in forward]
    for block in backward:
        place = bisect_left(starts, block.last_begin) - 1
        if place >= 0 and block.first_end < forward[place].last_begin:
            return _outermost(forward[place], block)
    return ()


def _outermost(*blocks: Block) -> tuple[Step, ...]:
    found = [step for block in blocks for step in (block.ends, block.begins) if step is not None]
    return tuple({step.number: step for step in found}.values())
