"""What each part of a cluster owes: one that is whole agrees on its leader, the smaller one of a cut one is silent.

Invariants of elections that the paper of each pattern states for connected components, not for terms.
"""

from collections.abc import Iterator
from typing import ClassVar

from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import at, events_of, seen, told
from chaosctl.checkers.leaders import DEATHS, down_at, end_span_ns
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event
from chaosctl.node.messages import RUNNER


class LeaderAgreed:
    """When all has healed and the grace period is over, all live members name one leader, and that one is alive."""

    needs: ClassVar[tuple[str, ...]] = ("events:leader_seen", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording: at some instant of its end all members name one of them."""
        declared = recording.declared
        members = _members(recording)
        start_ns, last = declared.end_ns - end_span_ns(recording), dict[str, Event]()
        for since_ns, until_ns, named in _namings(recording):
            if since_ns > declared.end_ns or until_ns < start_ns:
                continue
            last = named
            live = members - down_at(recording, max(since_ns, start_ns))
            leaders = {_leader(named[node]) if node in named else "" for node in live}
            if len(leaders) == 1 and leaders <= live:
                return passed(f"all members named {leaders.pop()} in the end", members=len(live))
        if down := down_at(recording, declared.end_ns):
            return unknown(f"{', '.join(sorted(down))} did not run in the end, and the others named no one leader")
        names = ", ".join(f"{node}: {_leader(last[node]) if node in last else 'nobody'}" for node in sorted(members))
        evidence = (seen(event, f"named {_leader(event)} for the last time") for event in last.values())
        return failed(f"the members name no one leader in the end ({names})", *evidence)


class MinoritySilent:
    """While a cut leaves a side with half of the members or fewer, no operation that begins there then ends ok there.

    Members are those that elect. A declared `tie_breaker` makes half of them enough for the side that has it. A lease
    that was granted before the cut may be used up.
    """

    needs: ClassVar[tuple[str, ...]] = ("operations",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; what was under way when the cut came or ended proves nothing."""
        sides = list(_small_sides(recording))
        for call in calls_of(recording):
            if call.outcome != "ok" or call.completed is None:
                continue
            for side, start_ns, end_ns, occurrence in sides:
                if start_ns < call.invoked.time and call.completed.time < end_ns and call.nodes <= side:
                    why = f"{call.completed.node} served, though it was cut off with {len(side)} nodes in all"
                    proof = told(call.completed, f"{call.invoked.f} through {call.completed.node} was ok")
                    cut = told(call.invoked, f"cut off {at(start_ns)} (fault {occurrence}), it was asked for")
                    return failed(why, cut, proof)
        return passed("no smaller side served", sides=len(sides))


def _members(recording: Recording) -> set[str]:
    """Return the nodes that host a role which follows a leader."""
    declared = recording.declared
    roles = {event.role for event in events_of(recording, "leader_seen")}
    return {node for role in roles for node in declared.placement.get(role, declared.nodes)}


def _leader(event: Event) -> str:
    return str(event.fields["leader"]) if event.event == "leader_seen" else event.node


def _namings(recording: Recording) -> Iterator[tuple[int, int, dict[str, Event]]]:
    """Yield (from, until, by member the event that names its leader) for all time, in order."""
    declared = recording.declared
    named: dict[str, Event] = {}
    dead: set[tuple[str, int]] = set()
    since_ns = -(10**18)
    for event in recording.events:
        after = dict(named)
        if event.role == RUNNER:
            if event.event in DEATHS:
                dead.add((event.node, int(event.fields.get("incarnation", 0))))
                after.pop(event.node, None)
        elif event.event in ("leader_seen", declared.leader_event) and (event.node, event.incarnation) not in dead:
            after[event.node] = event
        elif event.event == declared.stepped_down_event:
            after.pop(event.node, None)
        if after != named:
            yield since_ns, event.time, named
            since_ns, named = event.time, after
    yield since_ns, 10**18, named


def _small_sides(recording: Recording) -> Iterator[tuple[set[str], int, int, int]]:
    """Yield each side that may not serve: its nodes, from when to when, by which fault."""
    declared = recording.declared
    members, lingers_ns = set(declared.members or declared.nodes), round(declared.lingers * 1e9)
    healed = {row.occurrence: row.time for row in recording.faults if row.phase == "healed"}
    for row in recording.faults:
        if row.phase != "applied" or len(row.groups) < 2:
            continue
        for group in row.groups:
            there = len(members.intersection(group))
            is_tie_won = 2 * there == len(members) and declared.options.get("tie_breaker") in group
            if 2 * there <= len(members) and not is_tie_won:
                end_ns = healed.get(row.occurrence, declared.end_ns)
                yield set(group), row.time + lingers_ns, end_ns, row.occurrence
