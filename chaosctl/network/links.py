"""The core of the network: when a letter that is sent now over this link arrives, or that it never does.

`deliveries` is the link as the experiment file describes it; `Imposition` is what one fault's effect makes of those
delivery times. All times are int nanoseconds; none lies before the sending.
"""

from dataclasses import dataclass, field
from random import Random

import msgspec

from chaosctl.network.effects import Effect
from chaosctl.network.latency import Sampler, sampler


class Letter(msgspec.Struct, gc=False):  # One a message: a Struct costs a third of a dataclass, and refers to no other.
    """A message on its way: who wrote the line (`process`), whom it is for, its type, its size in bytes."""

    id: int
    process: str
    dest: str
    type: str
    size: int


@dataclass(slots=True)
class Link:
    """What a link does to any letter, faults apart: latency, and the probabilities of loss and duplication.

    `sure_ns` is every letter's delay where there is nothing to draw.
    """

    latency: Sampler
    loss: float = 0.0
    duplicate: float = 0.0
    sure_ns: int | None = None


def deliveries(now_ns: int, link: Link, random: Random) -> list[int]:
    """Return when a letter sent now is delivered: once, twice where it is doubled, never (empty) where it is lost."""
    if link.loss and random.random() < link.loss:
        return []
    times = [now_ns + round(link.latency(random) * 1e9)]
    if link.duplicate and random.random() < link.duplicate:
        times.append(now_ns + round(link.latency(random) * 1e9))
    return times


@dataclass(slots=True, eq=False)
class Imposition:
    """An effect in force: how many letters it has let pass, and how long each link is busy under its bandwidth."""

    effect: Effect
    delay: Sampler | None = None
    seen: dict[tuple[str, str] | None, int] = field(default_factory=dict)
    busy_until: dict[tuple[str, str], int] = field(default_factory=dict)
    held: list["HeldLetter"] = field(default_factory=list)

    @classmethod
    def of(cls, effect: Effect) -> "Imposition":
        """Return the effect in force, with nothing seen yet."""
        return cls(effect, sampler(effect.delay) if effect.delay is not None else None)

    def takes(self, letter: Letter) -> bool:
        """Return whether this letter is among those to be hurt, and count it: of those concerned some are skipped."""
        effect = self.effect
        if not effect.concerns(letter.process, letter.dest, letter.type):
            return False
        if not effect.skip and effect.limit is None:
            return True
        link = (letter.process, letter.dest) if effect.per_link else None
        seen = self.seen[link] = self.seen.get(link, 0) + 1
        return seen > effect.skip and (effect.limit is None or seen <= effect.skip + effect.limit)

    def is_spent(self) -> bool:
        """Return whether no letter will be hurt any more: the limit is used up (one limit for all links, that is)."""
        effect = self.effect
        return effect.limit is not None and not effect.per_link and self.seen.get(None, 0) >= effect.skip + effect.limit

    def worsen(self, times: list[int], now_ns: int, letter: Letter, link: Link, random: Random) -> list[int]:
        """Return what the effect makes of the delivery times: fewer where lost, more where doubled, or later ones."""
        effect = self.effect
        if effect.loss and random.random() < effect.loss:
            return []
        if effect.duplicate and random.random() < effect.duplicate:
            times = [*times, now_ns + round(link.latency(random) * 1e9)]
        if effect.bandwidth is not None:
            wait_ns = self._transmit(now_ns, letter, effect.bandwidth)
            times = [time + wait_ns for time in times]
        if self.delay is not None and (not effect.reorder or random.random() < effect.reorder):
            times = [time + round(self.delay(random) * 1e9) for time in times]
        return times

    def _transmit(self, now_ns: int, letter: Letter, bandwidth: float) -> int:
        """Return how long it takes until the letter's last byte is on the link, which one letter at a time may use."""
        link = (letter.process, letter.dest)
        begun_ns = max(now_ns, self.busy_until.get(link, 0))
        ended_ns = begun_ns + round(letter.size * 1e9 / bandwidth)
        self.busy_until[link] = ended_ns
        return ended_ns - now_ns


@dataclass(slots=True)
class HeldLetter:
    """A letter that waits for a holding effect to end, and all effects that took it when it was sent."""

    letter: Letter
    takers: list[Imposition]
