"""One stream of randomness a purpose, all derived from the run's seed: a new draw in one place moves no other's."""

from collections.abc import Callable
from hashlib import blake2b
from random import Random


def plain(_purpose: str, number: int) -> Random:
    """Return a generator that begins at this number."""
    return Random(number)


make: Callable[[str, int], Random] = plain
"""Makes all generators; a check of determinism puts one in its place whose generators tell of every draw."""


class Later:
    """A purpose's generator, made when it is first asked for: to seed one takes as long as twenty draws."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._seed, self._purpose = seed, purpose
        self._random: Random | None = None

    def __call__(self) -> Random:
        """Return the generator, the same each time."""
        if self._random is None:
            self._random = stream(self._seed, self._purpose)
        return self._random


def stream(seed: int, purpose: str) -> Random:
    """Return the generator for a purpose ("network", "node/n1", "workload"), the same in every process."""
    digest = blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return make(purpose, int.from_bytes(digest, "big"))
