"""Elections from what nodes emitted: one leader a term, one vote a term, terms that grow, votes behind every leader.

Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 3.2 (election safety), 3.3 and 3.4.
"""

from itertools import chain
from typing import ClassVar

from chaosctl.checkers.check import Evidence, Judgement, failed, passed
from chaosctl.checkers.facts import by_node, events_of, incarnation_of, seen, term_of
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event


class ElectionSafety:
    """At most one leader a term, by its own word (`became_leader`) and by that of all who follow it (`leader_seen`)."""

    needs: ClassVar[tuple[str, ...]] = ("events:became_leader",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        leaders: dict[int, Event] = {}
        for event in events_of(recording, "became_leader", "leader_seen"):
            term = term_of(event)
            first = leaders.setdefault(term, event)
            if _named(first) != _named(event):
                both = f"{_named(first)} and {_named(event)}"
                return failed(f"term {term} has two leaders: {both}", *map(_seen_leader, (first, event)))
        return passed("no term had two leaders", terms=len(leaders))


class OneVoteATerm:
    """A node votes once a term, for one candidate, and a restart does not give it a second vote."""

    needs: ClassVar[tuple[str, ...]] = ("events:voted",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        votes: dict[tuple[str, int], Event] = {}
        for event in events_of(recording, "voted"):
            term = term_of(event)
            first = votes.setdefault((event.node, term), event)
            if first.fields["candidate"] != event.fields["candidate"]:
                both = f"{first.fields['candidate']} and {event.fields['candidate']}"
                evidence = (
                    seen(vote, f"voted for {vote.fields['candidate']} in term {term}") for vote in (first, event)
                )
                return failed(f"{event.node} voted twice in term {term}: for {both}", *evidence)
        return passed("nobody voted for two candidates in one term", votes=len(votes))


class TermsGrow:
    """No node goes back to a lower term than one it has voted, led or followed in, not even after a restart.

    A lease's tokens are terms, and who grants one has voted; each role of a node has terms of its own.
    """

    needs: ClassVar[tuple[str, ...]] = ("events:voted|granted|became_leader|leader_seen",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; who says that it follows the leader of a term has entered that term."""
        acts = events_of(recording, "voted", "granted", "became_candidate", "became_leader", "leader_seen")
        roles = {event.role for event in acts}
        by_role = (by_node(event for event in acts if event.role == role).items() for role in sorted(roles))
        for node, emitted in chain.from_iterable(by_role):
            if (pair := _falling(emitted)) is not None:
                evidence = (
                    seen(event, f"said {event.event.replace('_', ' ')} in term {term_of(event)}") for event in pair
                )
                return failed(f"{node} went back from term {term_of(pair[0])} to {term_of(pair[1])}", *evidence)
        return passed("no node's term ever fell", events=len(acts))


class QuorumBacked:
    """Whoever became leader of a term, or had its lease renewed, has a quorum's votes, or grants, in that term."""

    needs: ClassVar[tuple[str, ...]] = ("events:became_leader", "quorum", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording.

        The order of reading between nodes proves nothing, so a vote counts wherever in the events it stands. Where the
        leader says whose votes it counted, those alone count.
        """
        quorum = recording.declared.electors
        assert quorum is not None, "the verdict asks for a declared quorum first"
        voters = _voters(recording)
        leaders = events_of(recording, "became_leader", "renewed")
        for leader in leaders:
            term = term_of(leader)
            real = voters.get((term, leader.node), {})
            claimed = leader.fields.get("votes")
            backing = [vote for node, vote in sorted(real.items()) if claimed is None or node in claimed]
            if len(backing) < quorum:
                counted = "" if claimed is None else f" and counted {', '.join(map(str, claimed))}"
                why = f"{leader.node} leads term {term} with {len(backing)} real votes of {quorum} needed"
                return failed(
                    why,
                    seen(leader, f"became leader of term {term}{counted}"),
                    *(seen(vote, f"voted for {leader.node} in term {term}") for vote in backing),
                )
        return passed(f"every leader had {quorum} votes", leaders=len(leaders))


class LeaderCompleteness:
    """Nobody leads whose log lacks what was committed under an earlier term.

    Where there is a log, leaders say what is in theirs (`leads_with`) and nodes what they know to be committed. An
    election without one has the members that the experiment declares to be `behind` what a quorum has.
    """

    needs: ClassVar[tuple[str, ...]] = ("events:became_leader", "quorum")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; where too few are ahead, nothing is committed, and anybody may lead."""
        if lacking := _lacking(recording):
            leader, committed = lacking
            index, term = committed.fields["index"], committed.fields["term"]
            why = (
                f"{leader.node} leads term {term_of(leader)} without entry {index} of term {term}, which was committed"
            )
            text = f"took office with a log of {leader.fields['last']} entries, that one not among them"
            return failed(why, seen(committed, f"knew entry {index} to be committed"), seen(leader, text))
        declared = recording.declared
        behind = set(declared.options.get("behind", ())) & set(declared.nodes)
        ahead = len(declared.nodes) - len(behind)
        for leader in events_of(recording, "became_leader"):
            if leader.node in behind and ahead >= (declared.quorum or 0):
                text = f"became leader of term {term_of(leader)}, and its log lacks what {ahead} members have"
                return failed(f"{leader.node} leads without an entry that may be committed", seen(leader, text))
        return passed("no leader's log lacked what a quorum has", behind=len(behind))


def _lacking(recording: Recording) -> tuple[Event, Event] | None:
    """Return a leader and an entry, committed under an earlier term (`by`), that its log did not have; None if none."""
    committed: dict[tuple[int, int], Event] = {}
    for event in events_of(recording, "committed"):
        entry = (int(event.fields["index"]), int(event.fields["term"]))
        if entry not in committed or event.fields["by"] < committed[entry].fields["by"]:
            committed[entry] = event
    for leader in events_of(recording, "leads_with"):
        terms = dict(leader.fields["terms"])  # From this index on entries are of this term.
        own, term = {}, 0
        for index in range(1, int(leader.fields["last"]) + 1):
            term = own[index] = terms.get(index, term)
        for (index, of), event in committed.items():
            if event.fields["by"] < term_of(leader) and own.get(index) != of:
                return leader, event
    return None


def _named(event: Event) -> str:
    """Return whom an event calls the leader of its term."""
    return event.node if event.event == "became_leader" else str(event.fields["leader"])


def _seen_leader(event: Event) -> Evidence:
    who = "became leader" if event.event == "became_leader" else f"followed {_named(event)} as the leader"
    return seen(event, f"{who} of term {term_of(event)}")


def _falling(emitted: list[Event]) -> tuple[Event, Event] | None:
    """Return an act and a later one of a lower term, of one node.

    A candidacy that was not durable binds its own incarnation alone: a crash may undo it before anybody saw it.
    """
    highest: Event | None = None  # Over all incarnations: votes, which are durable, and terms led, which rest on them.
    candidacy: Event | None = None
    for event in emitted:
        term = term_of(event)
        if candidacy is not None and incarnation_of(candidacy) != incarnation_of(event):
            candidacy = None
        for before in (highest, candidacy):
            if before is not None and term < term_of(before):
                return before, event
        if event.event == "became_candidate":
            candidacy = event
        else:
            highest = event
    return None


def _voters(recording: Recording) -> dict[tuple[int, str], dict[str, Event]]:
    """Return by (term, candidate) who of the members voted, each with its first vote."""
    placement, nodes = recording.declared.placement, recording.declared.nodes
    voters: dict[tuple[int, str], dict[str, Event]] = {}
    for vote in events_of(recording, "voted", "granted"):
        if vote.node in placement.get(vote.role, nodes):
            voters.setdefault((term_of(vote), vote.fields["candidate"]), {}).setdefault(vote.node, vote)
    return voters
