"""The network of a run: every message of every runtime passes `route` once, and `is_cut` as it arrives.

A link is known by the process that wrote the line and the destination (and, for link rules, the message's type).
A cut takes what is sent into it and what arrives in it: so it kills what was in flight, and healing revives nothing.
"""

from collections.abc import Mapping, Sequence
from random import Random

import msgspec

from chaosctl.experiment.model import LinkRule
from chaosctl.experiment.model import Network as NetworkModel
from chaosctl.network.effects import Effect
from chaosctl.network.latency import Fixed, mean_ns, sampler
from chaosctl.network.links import HeldLetter, Imposition, Letter, Link, deliveries

__all__ = ["Fate", "Letter", "Network"]


class Fate(msgspec.Struct, gc=False):  # As Letter.
    """What becomes of a letter: delivered at these times, or dropped (and why), or held until a fault lets it go.

    `faults` are the occurrences that touched it.
    """

    deliver_at: tuple[int, ...]
    dropped: str = ""
    faults: tuple[int, ...] = ()
    held: bool = False


class Network:
    """All links, and the effects of faults on them. `mean_ns` is the mean latency where no rule says otherwise."""

    def __init__(self, model: NetworkModel, placement: Mapping[str, Sequence[str]], random: Random) -> None:
        self.mean_ns = mean_ns(model.latency)
        self._model = model
        self._hosts = {role: frozenset(nodes) for role, nodes in placement.items()}
        self._random = random
        self._default_latency = sampler(model.latency)
        self._rule_latencies = [sampler(rule.latency) if rule.latency else None for rule in model.links]
        self._links: dict[tuple[str, str, str], Link] = {}
        self._ranks: dict[tuple[str, str], int] = {}
        self._impositions: dict[int, Imposition] = {}
        self._cuts: list[Imposition] = []
        self._last_handle = 0

    def route(self, letter: Letter, now_ns: int) -> Fate:
        """Return what becomes of a letter that is sent now."""
        key = (letter.process, letter.dest, letter.type)
        link = self._links.get(key)
        if link is None:
            link = self._links[key] = self._resolve(*key)
        if self._impositions and letter.process != letter.dest:
            takers = [imposition for imposition in self._impositions.values() if imposition.takes(letter)]
            if takers:
                return self._pass(letter, now_ns, takers)
        if link.sure_ns is not None:
            return Fate((now_ns + link.sure_ns,))
        times = deliveries(now_ns, link, self._random)
        return Fate(tuple(times)) if times else Fate((), "loss")

    def rank(self, letter: Letter, due_ns: int) -> int:
        """Return which of the arrivals of one instant this is, drawn by link and instant: the lowest comes first.

        All of a link have one rank then, so that what it carried in order arrives in order; what is no arrival has 0.
        The 20 high bits of a random factor times an odd number: multiplicative hashing (Knuth 1973, volume 3, 6.4).
        """
        way = (letter.process, letter.dest)
        factor = self._ranks.get(way)
        if factor is None:
            factor = self._ranks[way] = self._random.getrandbits(64)
        return ((2 * due_ns + 1) * factor % (1 << 64) >> 44) - (1 << 19)

    def is_cut(self, letter: Letter, now_ns: int) -> int | None:  # noqa: ARG002 - asked at this time; a cut has no past.
        """Return the fault that cuts the letter's way as it arrives, if one does; all that do count it as touched."""
        if not self._cuts or letter.process == letter.dest:
            return None
        cutting = self._cutting(letter)
        for imposition in cutting:
            imposition.effect.touched += 1
        return cutting[0].effect.occurrence if cutting else None

    def cut_ways(self, processes: Sequence[str]) -> set[tuple[str, str]]:
        """Return the ways, (from, to), that a cut holds shut now."""
        return {
            (source, dest)
            for cut in self._cuts
            for source in processes
            for dest in processes
            if source != dest and cut.effect.concerns(source, dest, "")
        }

    def add_effect(self, effect: Effect) -> int:
        """Put an effect on the links it concerns; returns the handle to remove it by."""
        self._last_handle += 1
        imposition = self._impositions[self._last_handle] = Imposition.of(effect)
        if effect.cut:
            self._cuts.append(imposition)
        return self._last_handle

    def remove_effect(self, handle: int, now_ns: int) -> tuple[Effect, list[tuple[Letter, Fate]]]:
        """Take an effect off; returns it, and what it held, sent anew in the old order past the effects still there."""
        imposition = self._impositions.pop(handle)
        if imposition.effect.cut:
            self._cuts.remove(imposition)
        return imposition.effect, [(held.letter, self._release(held, imposition, now_ns)) for held in imposition.held]

    def _release(self, held: HeldLetter, from_hold: Imposition, now_ns: int) -> Fate:
        in_force = self._impositions.values()
        takers = [taker for taker in held.takers if taker in in_force and not taker.effect.cut]
        fate = self._pass(held.letter, now_ns, takers + self._cutting(held.letter))
        fate.faults = (from_hold.effect.occurrence, *fate.faults)
        return fate

    def _pass(self, letter: Letter, now_ns: int, takers: list[Imposition]) -> Fate:
        """Return what becomes of a letter that these effects take: cut, else held, else made worse by one after one."""
        cutting = [taker for taker in takers if taker.effect.cut]
        if cutting:
            return Fate((), "cut", tuple(self._touch(taker) for taker in cutting))
        holding = next((taker for taker in takers if taker.effect.held), None)
        if holding is not None:
            holding.held.append(HeldLetter(letter, takers))
            return Fate((), faults=(self._touch(holding),), held=True)
        return self._worsen(letter, now_ns, takers)

    def _worsen(self, letter: Letter, now_ns: int, takers: list[Imposition]) -> Fate:
        link = self._links[letter.process, letter.dest, letter.type]
        times = deliveries(now_ns, link, self._random)
        faults = []
        for taker in takers:
            if not times:
                break
            worse = taker.worsen(times, now_ns, letter, link, self._random)
            if worse != times:
                faults.append(self._touch(taker))
            times = worse
        for taker in takers:
            self._tell_if_spent(taker)
        return Fate(tuple(times), "" if times else "loss", tuple(faults))

    def _cutting(self, letter: Letter) -> list[Imposition]:
        return [cut for cut in self._cuts if cut.effect.concerns(letter.process, letter.dest, letter.type)]

    def _touch(self, imposition: Imposition) -> int:
        imposition.effect.touched += 1
        return imposition.effect.occurrence

    def _tell_if_spent(self, imposition: Imposition) -> None:
        effect = imposition.effect
        if effect.on_spent is not None and imposition.is_spent():
            spent, effect.on_spent = effect.on_spent, None
            spent()

    def _resolve(self, process: str, dest: str, message_type: str) -> Link:
        """Return a link by the rules that fit it: for each property the last rule counts that says something of it.

        A message of a node to itself takes no time, and only a rule that names this very node in `from` and `to` fits.
        """
        is_own = process == dest
        link = Link(self._default_latency, self._model.loss, self._model.duplicate)
        if is_own:
            link = Link(Fixed(0.0))
        for rule, latency in zip(self._model.links, self._rule_latencies, strict=True):
            if is_own and not rule.source == rule.dest == process:
                continue
            if not self._fits(rule, process, dest, message_type):
                continue
            link.latency = link.latency if latency is None else latency
            link.loss = link.loss if rule.loss is None else rule.loss
            link.duplicate = link.duplicate if rule.duplicate is None else rule.duplicate
        if isinstance(link.latency, Fixed) and not (link.loss or link.duplicate):
            link.sure_ns = round(link.latency.seconds * 1e9)
        return link

    def _fits(self, rule: LinkRule, process: str, dest: str, message_type: str) -> bool:
        return (
            (rule.message is None or rule.message == message_type)
            and (rule.source is None or self._is_meant(rule.source, process))
            and (rule.dest is None or self._is_meant(rule.dest, dest))
        )

    def _is_meant(self, word: str, process: str) -> bool:
        """Return whether a rule's word is this process, its role, or "clients" where it is one."""
        if word == "clients":
            return process[:1] == "c" and process[1:].isdecimal()
        return word == process or process in self._hosts.get(word, ())
