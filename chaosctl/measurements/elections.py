"""Leaders, as nodes believed: how many came to power, how long there was none, how long there were two."""

from typing import Any, ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.leadership import leaders_between
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS

PHASES = (ALL, BEFORE, FAULTS, AFTER)


class Elections:
    """How often a node became leader (elections won, not begun). The phase itself is the one sample: 0 is a count."""

    unit: ClassVar[str] = "elections"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase, time before 0 left out; none where the pattern has no leader."""
        if observed.recording.declared.leader_event is None:
            return []
        values = []
        for phase in PHASES:
            if (span := observed.phases.span(phase)) is not None:
                won = sum(span[0] <= reign.start_ns < span[1] for reign in observed.reigns)
                values.append(Value(won, 1, phase))
        return values


class MessagesPerElection:
    """Messages of the election itself, as the pattern declares them, for each election that was won.

    Those of elections that came to nothing count too: they are what it took.
    """

    unit: ClassVar[str] = "messages"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the ratio; none without a message log, declared types, or an election won."""
        types = observed.recording.declared.election_messages
        won = len(observed.reigns)
        if not types or not won or not observed.messages_by_phase["seen"]:
            return []
        sent = {kind: observed.messages_by_type[kind] for kind in types}
        return [Value(sum(sent.values()) / won, won, extra={"sent": sent})]


class LeaderlessTime:
    """How long no live node believed to lead."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return seconds a phase; none where the pattern has no leader."""
        return _time_with(observed, least=0, most=0)


class DualLeaderTime:
    """How long two nodes or more believed to lead: harmless where terms fence the elder, so no check, but a risk."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return seconds a phase; none where the pattern has no leader."""
        return _time_with(observed, least=2, most=len(observed.recording.declared.nodes))


class ReunionTime:
    """From the heal of a cut to when one node alone believed to lead, and did up to the next cut or the end.

    `extra.each` says for each cut who led in the end and who stepped down for it. Where two led, or nobody, to the end,
    the time is that up to the end, marked `at_least`.
    """

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where no cut was healed, or the pattern has no leader."""
        cuts = [one for one in observed.phases.occurrences if one.row.cuts and one.end_ns < observed.phases.end_ns]
        if not cuts or observed.recording.declared.leader_event is None:
            return []
        starts = [one.start_ns for one in observed.phases.occurrences if one.row.cuts]
        each = []
        for cut in cuts:
            until_ns = min([start for start in starts if start > cut.end_ns], default=observed.phases.end_ns)
            each.append({"fault": cut.row.name} | _reunion(observed, cut.end_ns, until_ns))
        longest = max(each, key=lambda one: one["seconds"])
        at_least = {"at_least": True} if longest.get("at_least") else {}
        return [Value(longest["seconds"], len(each), extra={"each": each} | at_least)]


def _reunion(observed: Observed, healed_ns: int, until_ns: int) -> dict[str, Any]:
    """Return when one node alone led for good after a heal, who that was, and who stepped down before that."""
    stretches = leaders_between(observed.reigns, healed_ns, until_ns)
    since_ns = max([end for _begin, end, leaders in stretches if leaders != 1], default=healed_ns)
    gone = {reign.node for reign in observed.reigns if reign.is_over and healed_ns < reign.end_ns <= since_ns}
    found = {"seconds": (since_ns - healed_ns) / 1e9, "stepped_down": sorted(gone)}
    if since_ns == until_ns:
        return found | {"at_least": True}
    return found | {"leader": next(one.node for one in observed.reigns if one.start_ns <= since_ns < one.end_ns)}


def _time_with(observed: Observed, *, least: int, most: int) -> list[Value]:
    """Return for each phase how long as many nodes believed to lead; the phase is the one sample."""
    if observed.recording.declared.leader_event is None:
        return []
    values = []
    for phase in PHASES:
        if (span := observed.phases.span(phase)) is not None:
            stretches = leaders_between(observed.reigns, *span)
            total_ns = sum(end - begin for begin, end, leaders in stretches if least <= leaders <= most)
            values.append(Value(total_ns / 1e9, 1, phase))
    return values
