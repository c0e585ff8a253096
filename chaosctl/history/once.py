"""Which events were seen before: a durable event is sent again after a restart where it may not have been sent."""

from collections import OrderedDict

REMEMBERED = 10_000
"""Numbers that may be missing of one incarnation, and ids of another form than ours that are remembered."""


class Once:
    """Remembers event ids in bounded memory.

    Ids are `node/incarnation/number`. The numbers of one incarnation come nearly in order (a durable event waits for
    its sync), so what is remembered of it is how far it came and which numbers it skipped.
    """

    def __init__(self) -> None:
        self._incarnations: dict[str, _Numbers] = {}
        self._others: OrderedDict[str, None] = OrderedDict()

    def is_new(self, identity: str) -> bool:
        """Return whether this id comes for the first time, and remember it."""
        incarnation, _, number = identity.rpartition("/")
        if incarnation and number.isascii() and number.isdecimal() and len(number) <= 18:
            numbers = self._incarnations.get(incarnation) or self._incarnations.setdefault(incarnation, _Numbers())
            return numbers.is_new(int(number))
        if identity in self._others:
            return False
        self._others[identity] = None
        if len(self._others) > REMEMBERED:
            self._others.popitem(last=False)
        return True


class _Numbers:
    """How far one incarnation came, and what it skipped; of more than REMEMBERED gaps the oldest are given up."""

    __slots__ = ("_missing", "_next")

    def __init__(self) -> None:
        self._next = 0
        self._missing: OrderedDict[int, None] = OrderedDict()

    def is_new(self, number: int) -> bool:
        if number < self._next:
            return self._missing.pop(number, self) is None
        for skipped in range(max(self._next, number - REMEMBERED), number):
            self._missing[skipped] = None
        while len(self._missing) > REMEMBERED:
            self._missing.popitem(last=False)
        self._next = number + 1
        return True
