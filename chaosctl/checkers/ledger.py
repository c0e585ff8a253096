"""What became of each distributed transaction, branch by branch, from what the nodes emitted.

The resource managers' own durable events count, not the transaction manager's word (reference I1: from the ledgers).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from chaosctl.checkers.facts import by_node, events_of, runner_events
from chaosctl.checkers.leaders import down_at
from chaosctl.history.recording import Recording, worked_out_once
from chaosctl.history.records import Event

STEPS = ("began", "decided", "prepared", "voted_no", "committed", "aborted", "empty_rollback", "ended")
"""What says that somebody worked on a transaction."""


@dataclass
class Branch:
    """A transaction on one participant: its events there, in order of emission."""

    node: str
    events: list[Event] = field(default_factory=list)

    def all(self, name: str) -> list[Event]:
        """Return the branch's events of one name."""
        return [event for event in self.events if event.event == name]

    @property
    def last(self) -> Event:
        """Return what is known last of it."""
        return self.events[-1]

    @property
    def is_in_doubt(self) -> bool:
        """Whether it was left prepared, and neither committed nor aborted since."""
        return self.last.event == "prepared"


@dataclass
class Transaction:
    """A transaction: who takes part as far as anybody said, and the branches that emitted something."""

    gid: str
    participants: set[str] = field(default_factory=set)
    branches: dict[str, Branch] = field(default_factory=dict)
    decisions: list[Event] = field(default_factory=list)

    def all(self, name: str) -> list[Event]:
        """Return the events of one name over all branches."""
        return [event for branch in self.branches.values() for event in branch.all(name)]

    @property
    def is_committed(self) -> bool:
        """Whether every participant has committed it."""
        return bool(self.participants) and all(
            node in self.branches and self.branches[node].all("committed") for node in self.participants
        )

    @property
    def effects(self) -> dict[str, int] | None:
        """Return account to change over all branches; None where a branch that committed never said its own."""
        total: Counter[str] = Counter()
        for branch in self.branches.values():
            own = effects_of(branch)
            if own is None and branch.all("committed"):
                return None
            total.update(own or {})
        return dict(total)

    def is_decided_by(self, time_ns: int) -> bool:
        """Return whether anybody was known to have committed it, or decided to, by a time of the run."""
        commits = [event for event in self.decisions if event.fields.get("decision") == "commit"]
        return any(event.time <= time_ns for event in (*self.all("committed"), *commits))

    def is_under_way(self, settled_ns: int) -> bool:
        """Whether it was so late in the run that its commit may not have come everywhere: undecided until then."""
        events = [*self.decisions, *(event for branch in self.branches.values() for event in branch.events)]
        is_late = any(event.time > settled_ns for event in events) and not self.is_decided_by(settled_ns)
        return is_late and not self.is_committed and not self.all("aborted")


def effects_of(branch: Branch) -> dict[str, int] | None:
    """Return what a branch changes, account to change, as it was prepared last before its commit; None: never said."""
    effects = None
    for event in branch.events:
        if event.event == "prepared":
            effects = dict(event.fields["effects"])
        elif event.event == "committed" and effects is not None:
            break
    return effects


@worked_out_once
def transactions_of(recording: Recording) -> dict[str, Transaction]:
    """Return all transactions by gid, in the order in which they were first heard of."""
    found: dict[str, Transaction] = {}

    def of(event: Event) -> Transaction:
        gid = str(event.fields["gid"])
        return found.setdefault(gid, Transaction(gid))

    for event in events_of(recording, "began", "decided"):
        of(event).participants.update(event.fields.get("participants", ()))
        if event.event == "decided":
            of(event).decisions.append(event)
    for emitted in by_node(events_of(recording, "read_only", "prepared", "voted_no", "committed", "aborted")).values():
        read: set[str] = set()
        for event in emitted:
            transaction = of(event)
            if event.event == "read_only":
                read.add(transaction.gid)
                continue
            if event.event == "voted_no" and transaction.gid in read:
                continue  # To a late copy of the prepare: its yes stands, and what it read is nobody's any more.
            if event.event != "voted_no":
                transaction.participants.add(event.node)
            transaction.branches.setdefault(event.node, Branch(event.node)).events.append(event)
    return found


def settled_by_ns(recording: Recording) -> int:
    """Return until when a transaction must have been decided to be over by the end of the run.

    Once all has healed it gets the grace period, and never less than an operation's deadline.
    """
    declared = recording.declared
    return min(declared.load_end_ns, declared.end_ns - round(declared.timeout * 1e9))


def transfer_of(gid: str) -> str:
    """Return which transfer a transaction is part of: a compensation, `g/back`, or a repair, `g/missing`, of g."""
    return gid.partition("/")[0]


def worked_on_after(recording: Recording, time_ns: int) -> dict[str, Event]:
    """Return the transfers that somebody still worked on after a time of the run, each with its last event.

    What a fault held up until all had healed may be on its way to its end, though the grace period was too short for
    it. What nobody works on any more is stuck.
    """
    last: dict[str, Event] = {}
    for event in events_of(recording, *STEPS):
        if event.time > time_ns:
            last[transfer_of(str(event.fields["gid"]))] = event
    return last


def held_up(recording: Recording) -> str:
    """Return who stood still past the time by which all must be settled, in words; empty where nobody did.

    A task that stalls does so for its time, even where the load, and with it every other fault, has ended before.
    """
    stalls = {row.occurrence: row.details["stall_ns"] for row in recording.faults if "stall_ns" in row.details}
    for row in recording.faults:
        if row.phase == "applied" and row.occurrence in stalls:
            until_ns = row.time + stalls[row.occurrence]
            if until_ns > settled_by_ns(recording):
                return f"a task of {', '.join(row.targets)} was stalled until {until_ns / 1e9:.3f} s"
    return ""


def unfinished(recording: Recording) -> str:
    """Return who may not have done yet what is missing, for it is down or stood still; empty: nobody."""
    down = ", ".join(sorted(down_at(recording, recording.declared.end_ns)))
    return f"{down} did not run in the end" if down else held_up(recording)


@worked_out_once
def last_of_messages(recording: Recording) -> dict[tuple[str, str], Event]:
    """Return what is known last of every message that a node stored: (node, message) to the event."""
    last: dict[tuple[str, str], Event] = {}
    for node, events in by_node(events_of(recording, "message_stored", "message_done", "dead_lettered")).items():
        last.update({(node, str(event.fields["message"])): event for event in events})
    return last


def dead_letters(recording: Recording) -> set[str]:
    """Return the messages that nobody took in the end: kept, and waiting for an operator."""
    last = last_of_messages(recording)
    return {message for (_node, message), event in last.items() if event.event == "dead_lettered"}


def pending_dead_letters(recording: Recording) -> str:
    """Return that there are dead letters, in words; empty where there are none."""
    dead = sorted(dead_letters(recording))
    return f"dead letters are pending: {', '.join(dead[:3])}" if dead else ""


def forgetful_nodes(recording: Recording) -> set[str]:
    """Return the nodes that started again with less on their disks than they had synced."""
    starts = runner_events(recording, "started")
    return {event.node for event in starts if event.fields.get("wiped") or event.fields.get("lost_syncs")}


@worked_out_once
def commits_by_node(recording: Recording) -> dict[str, list[tuple[Event, dict[str, int] | None]]]:
    """Return each node's commits in their order, once a gid, with what they change (None where nobody said)."""
    commits: dict[str, list[tuple[Event, dict[str, int] | None]]] = defaultdict(list)
    transactions = transactions_of(recording)
    for node, emitted in by_node(events_of(recording, "committed")).items():
        done: set[Any] = set()
        for event in emitted:
            gid = str(event.fields["gid"])
            if gid not in done:
                done.add(gid)
                commits[node].append((event, effects_of(transactions[gid].branches[node])))
    return dict(commits)
