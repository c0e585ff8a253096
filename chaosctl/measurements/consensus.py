"""What a decision cost consensus: ballots, time, and beliefs that came before the fact."""

from collections import defaultdict
from typing import ClassVar

import msgspec

from chaosctl.history.records import Event
from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import ALL

BALLOTS = ("promised", "proposed", "accepted", "refused")
DECISIONS = ("chosen_seen", "learned")


class BallotsPerDecision:
    """Ballots that were begun, as acceptors saw them, for each slot that was decided: 1 where nobody competed."""

    unit: ClassVar[str] = "ballots"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the ratio; none where nothing was decided. Samples are decided slots."""
        decided = {_slot(event) for event in observed.events(*DECISIONS)}
        ballots = {(_slot(event), _ballot(event)) for event in observed.events(*BALLOTS)}
        return [Value(len(ballots) / len(decided), len(decided))] if decided else []


class DecisionTime:
    """From the first ballot seen in a slot to the first node that saw its value chosen; the longest of all slots."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where nothing was decided. Samples are decided slots."""
        begun: dict[bytes, int] = {}
        decided: dict[bytes, int] = {}
        for event in observed.events(*BALLOTS):
            begun.setdefault(_slot(event), event.time)
        for event in observed.events(*DECISIONS):
            decided.setdefault(_slot(event), event.time)
        took = [max(0, time - begun[slot]) for slot, time in decided.items() if slot in begun]
        return [Value(max(took) / 1e9, len(took))] if took else []


class PrematureBeliefs:
    """How often a node held a value for chosen before a quorum had accepted it in that ballot.

    It may turn out true later, and then no check convicts; a correct proposer or learner never does it.
    """

    unit: ClassVar[str] = "beliefs"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count; none where nobody believed anything or there is no quorum. Samples are beliefs."""
        quorum = observed.recording.declared.quorum
        accepted: defaultdict[tuple[bytes, bytes], set[str]] = defaultdict(set)
        believed = premature = 0
        for event in observed.events("accepted", *DECISIONS):
            key = (_slot(event), _ballot(event))
            if event.event == "accepted":
                accepted[key].add(event.node)
            else:
                believed += 1
                premature += len(accepted[key]) < (quorum or 0)
        return [Value(premature, believed)] if believed and quorum is not None else []


class BallotsWasted:
    """Ballots begun in decided slots under which nothing was decided: what duelling and lost messages cost."""

    unit: ClassVar[str] = "ballots"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count; none where no decision names its ballot. Samples are decided slots."""
        fruitful = {(_slot(event), _ballot(event)) for event in observed.events(*DECISIONS) if "ballot" in event.fields}
        slots = {slot for slot, _ in fruitful}
        begun = {(_slot(event), _ballot(event)) for event in observed.events(*BALLOTS) if _slot(event) in slots}
        return [Value(len(begun - fruitful), len(slots))] if slots else []


class RoundsPerDecision:
    """Rounds that proposers began for each decided slot: a ballot promised is one, a proposal one; repeats are none.

    Two where nobody competes and each slot is prepared alone; near one where a stable leader prepares all at once.
    """

    unit: ClassVar[str] = "rounds"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the ratio; none where nothing was decided or no round was seen. Samples are decided slots."""
        decided = {_slot(event) for event in observed.events(*DECISIONS)}
        prepared = {_ballot(event) for event in observed.events("promised")}
        proposed = {(_slot(event), _ballot(event)) for event in observed.events("proposed")}
        rounds = len(prepared) + len(proposed)
        return [Value(rounds / len(decided), len(decided))] if decided and rounds else []


class MessagesPerDecision:
    """Messages that nodes sent to nodes, for each slot or index that was decided; heartbeats and elections included.

    One decree that nobody competes for, with A acceptors and L learners, is 4A and A*L of them.
    """

    unit: ClassVar[str] = "messages"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the ratio; none without a message log or where nothing was decided. Samples are decisions."""
        decided = len(first_decisions(observed))
        counts = observed.messages_by_phase if decided else {}
        return [Value(counts[ALL] / decided, decided)] if decided and counts["seen"] else []


class RolesDisagreeTime:
    """From the first role that took a slot's value for chosen to the last that did so, wherever it is; the longest.

    Two values taken for chosen in one slot are a disagreement that lasts at least to the end of the run.
    """

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where nobody took anything for chosen. Samples are slots."""
        begun: defaultdict[bytes, dict[tuple[str, str], int]] = defaultdict(dict)
        values: defaultdict[bytes, set[bytes]] = defaultdict(set)
        for event in observed.events(*DECISIONS):
            begun[_slot(event)].setdefault((event.node, event.role), event.time)
            values[_slot(event)].add(msgspec.json.encode(event.fields.get("value"), order="deterministic"))
        if not begun:
            return []
        apart = {slot for slot, seen in values.items() if len(seen) > 1}
        end_ns = observed.phases.end_ns
        took = [
            (end_ns if slot in apart else max(times.values())) - min(times.values()) for slot, times in begun.items()
        ]
        return [Value(max(took) / 1e9, len(took), extra={"at_least": True} if apart else {})]


def first_decisions(observed: Observed) -> dict[bytes, int]:
    """Return when each slot, or index of a log, was first seen decided (ns)."""
    first: dict[bytes, int] = {}
    for event in observed.events(*DECISIONS):
        first.setdefault(_slot(event), event.time)
    for event in observed.events("committed"):
        if "index" in event.fields:  # Else it is a transaction's.
            first.setdefault(msgspec.json.encode(event.fields["index"]), event.time)
    return first


def _slot(event: Event) -> bytes:
    return msgspec.json.encode(event.fields.get("slot", 0))


def _ballot(event: Event) -> bytes:
    return msgspec.json.encode(event.fields.get("ballot"))
