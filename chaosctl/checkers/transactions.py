"""Atomic commit from the participants' own events: all or none, once each, and nobody left in doubt.

J. Gray, L. Lamport, "Consensus on Transaction Commit" (2006), section 2: no participant commits while another aborts,
and none commits unless all were prepared. P. Bernstein, V. Hadzilacos, N. Goodman, "Concurrency Control and Recovery in
Database Systems" (1987), section 7.3, AC2: who has decided does not decide otherwise. A decision is followed everywhere
once all has healed; until then a participant that is merely late contradicts nothing.
"""

from collections.abc import Collection
from typing import ClassVar

from chaosctl.checkers.audits import Match, matches_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import events_of, seen
from chaosctl.checkers.leaders import down_at
from chaosctl.checkers.ledger import Branch, Transaction, dead_letters, forgetful_nodes, settled_by_ns, transactions_of
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event

WORDS = {"prepared": "prepared", "voted_no": "voted no on", "committed": "committed", "aborted": "aborted"}


class AtomicCommit:
    """All or none: where one participant has committed, none has aborted, and in the end all have committed.

    And nobody decides a transaction twice, differently; a disk that forgot a decision is an excuse for that alone.
    """

    needs: ClassVar[tuple[str, ...]] = ("events:prepared", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        transactions = transactions_of(recording).values()
        settled_ns = settled_by_ns(recording)
        down, forgetful = down_at(recording, recording.declared.end_ns), forgetful_nodes(recording)
        for transaction in transactions:
            if (pair := _conflict(transaction)) is not None:
                nodes = f"{pair[0].node} committed {transaction.gid}, {pair[1].node} {WORDS[pair[1].event]} it"
                return failed(nodes, *(_told(event) for event in pair))
            if (pair := _reversal(transaction, forgetful)) is not None:
                first, second = (event.fields["decision"] for event in pair)
                why = f"{pair[0].node} decided {first} on {transaction.gid}, and then {second}"
                return failed(why, *(seen(event, f"decided {event.fields['decision']}") for event in pair))
        doubtful, dead = "", dead_letters(recording)
        for transaction in transactions:
            missing = sorted(transaction.participants - {event.node for event in transaction.all("committed")})
            if transaction.all("committed") and missing and transaction.is_decided_by(settled_ns):
                if transaction.gid in dead:
                    doubtful = f"{transaction.gid} is a dead letter, and {', '.join(missing)} may commit it yet"
                elif set(missing) & down:
                    doubtful = f"{', '.join(missing)} did not run in the end, and may commit {transaction.gid} yet"
                else:
                    return _half(transaction, missing)
        if doubtful:
            return unknown(doubtful)
        committed = sum(1 for transaction in transactions if transaction.all("committed"))
        if not committed:
            return unknown("no transaction was committed", transactions=len(transactions))
        return passed("every transaction ended alike everywhere", transactions=len(transactions), committed=committed)


class SingleEffect:
    """A transaction takes effect at most once on each participant, however often it is told to commit."""

    needs: ClassVar[tuple[str, ...]] = ("events:committed",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; with final audits: the balances are what the commits made of them."""
        branches = [one for each in transactions_of(recording).values() for one in each.branches.values()]
        forgetful = forgetful_nodes(recording)
        doubtful = None
        for branch in branches:
            if len(twice := branch.all("committed")[:2]) > 1:
                why = f"{branch.node} carried {twice[0].fields['gid']} out twice"
                if branch.node not in forgetful:
                    return failed(why, *(_told(event) for event in twice))
                doubtful = f"{why}, but its disk may have forgotten the first time"
        for match in matches_of(recording):
            if match.included is None and match.is_certain:
                return failed(f"{match.audit.node}'s commits do not make its balances", *_difference(match))
        commits = sum(len(branch.all("committed")) for branch in branches)
        return unknown(doubtful) if doubtful else passed("nothing was carried out twice", commits=commits)


class NothingInDoubt:
    """Once all has healed every prepared transaction is committed or aborted: nobody holds locks for ever."""

    needs: ClassVar[tuple[str, ...]] = ("events:prepared", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording: what was prepared before the grace period is over at its end."""
        settled_ns, end_ns = settled_by_ns(recording), recording.declared.end_ns
        branches = [branch for one in transactions_of(recording).values() for branch in one.branches.values()]
        prepared = [branch for branch in branches if branch.all("prepared")]
        stuck = [branch for branch in prepared if branch.is_in_doubt and branch.last.time <= settled_ns]
        counts = {"prepared": len(prepared), "in_doubt": len(stuck)}
        if not stuck:
            return passed("nothing was left in doubt", **counts)
        if down := down_at(recording, end_ns):
            return unknown(f"{', '.join(sorted(down))} did not run in the end, and others may wait for it", **counts)
        oldest = min(stuck, key=lambda branch: branch.last.time)
        seconds = (end_ns - oldest.last.time) / 1e9
        why = f"{oldest.node} was in doubt about {oldest.last.fields['gid']} for {seconds:.3f} s, to the end of the run"
        return failed(why, _told(oldest.last), **counts)


class NothingReserved:
    """Once all is over nothing is reserved that nobody will confirm or cancel: the last audits find none."""

    needs: ClassVar[tuple[str, ...]] = ("events:frozen", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; it can't tell where something is in doubt, or went on after an audit."""
        events = events_of(recording, "frozen", "prepared", "committed", "aborted")
        newest = {event.node: event for event in events}  # In the order of reading: a durable one is told when it is.
        in_doubt = {
            branch.node
            for transaction in transactions_of(recording).values()
            for branch in transaction.branches.values()
            if branch.is_in_doubt
        }
        last = [event for node, event in newest.items() if event.event == "frozen" and node not in in_doubt]
        left = [event for event in last if event.fields["accounts"]]
        if not last:
            return unknown("every audit was taken with something in doubt")
        if not left:
            return passed("nothing was left reserved", audits=len(last))
        if forgetful := forgetful_nodes(recording):
            return unknown(f"something is reserved, but the disk of {', '.join(sorted(forgetful))} forgot something")
        accounts = ", ".join(f"{amount} of {account}" for account, amount in left[0].fields["accounts"].items())
        why = f"{left[0].node} has reserved {accounts}, and no transaction that it is for"
        return failed(why, seen(left[0], f"still had {accounts} reserved"), left=len(left))


def _half(transaction: Transaction, missing: list[str]) -> Judgement:
    """Return the conviction of a transaction that some committed and others never did, though they had the time."""
    first = transaction.all("committed")[0]
    left = (transaction.branches[node].last for node in missing if node in transaction.branches)
    silent = [node for node in missing if node not in transaction.branches]
    never = [Evidence(f"{' and '.join(silent)} never said anything of {transaction.gid}")] if silent else []
    why = f"{first.node} committed {transaction.gid}, {' and '.join(missing)} never did"
    return failed(why, _told(first), *(_told(event) for event in left), *never)


def _conflict(transaction: Transaction) -> tuple[Event, Event] | None:
    """Return a commit and what contradicts it at once: an abort anywhere, or a no that was the last word."""
    commits = transaction.all("committed")
    if not commits:
        return None
    against = transaction.all("aborted")
    against += [branch.last for branch in transaction.branches.values() if _is_refused(branch)]
    other = [event for event in against if event.node != commits[0].node]
    return (commits[0], (other or against)[0]) if against else None


def _reversal(transaction: Transaction, forgetful: Collection[str]) -> tuple[Event, Event] | None:
    """Return two decisions of one node that contradict each other, the one that was known first, first."""
    first: dict[str, Event] = {}
    for event in sorted(transaction.decisions, key=lambda event: event.time):
        earlier = first.setdefault(event.node, event)
        if event.fields["decision"] != earlier.fields["decision"] and event.node not in forgetful:
            return earlier, event
    return None


def _difference(match: Match) -> list[Evidence]:
    """Return the audit, and the first account that differs from what its node's commits made of it."""
    found, expected = match.audit.balances, match.expected
    account = min(account for account in found.keys() | expected.keys() if found.get(account) != expected.get(account))
    text = f"{account} has {found.get(account)}, and its commits make it {expected.get(account)}"
    changes = [event for event, effects in match.commits if account in (effects or {})]
    return [match.audit.evidence(), Evidence(text), *(_told(event) for event in changes[-3:])]


def _is_refused(branch: Branch) -> bool:
    """Return whether the participant's last word was no: a second copy of the prepare may have found a yes."""
    return branch.last.event == "voted_no" and not branch.all("committed")


def _told(event: Event) -> Evidence:
    return seen(event, f"{WORDS[event.event]} {event.fields['gid']}")
