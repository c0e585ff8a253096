"""Money in the middle of it all: an audit, whenever it is taken, finds its node between two of its commits.

K. M. Chandy, L. Lamport, "Distributed Snapshots" (1985): a cut. Of one node a cut is a set of its commits, and what it
holds then is what it held at first and what those changed. Over several nodes nothing must add up until all is over,
for money may be on its way (`conservation`); each of them alone must at every time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from chaosctl.checkers.audits import Commit, opened_with
from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import seen, told
from chaosctl.checkers.ledger import commits_by_node, forgetful_nodes
from chaosctl.history.recording import Recording

MOST = 10
"""Of so many commits that an audit may have seen or not every choice is tried."""

MOST_SHOWN = 3
"""Of the commits that an audit must have seen so many are shown, the last."""

Changes = frozenset[tuple[str, int]]
"""What is added to which account."""


@dataclass(frozen=True)
class Cut:
    """An audit: what it found beyond what its node's commits had made of the accounts before it was asked for."""

    audit: Call
    found: Changes
    before: list[Commit]
    meanwhile: list[Commit]

    def is_explained(self) -> bool:
        """Return whether some choice of the commits that came while it was taken makes what it found."""
        sums: set[Changes] = {frozenset()}
        for _event, effects in self.meanwhile:
            sums |= {_total(dict(before), effects or {}) for before in sums}
        return self.found in sums

    def judgement(self) -> Judgement:
        """Return the conviction of an audit that nothing explains."""
        node, changes = self.audit.last.node, ", ".join(f"{account} {by:+}" for account, by in sorted(self.found))
        why = f"an audit of {node} found {changes or 'nothing new'}, which no choice of its commits makes"
        accounts = {account for account, _ in self.found}
        commits = [*self.before[-MOST_SHOWN:], *self.meanwhile]
        about = [commit for commit in commits if not accounts or accounts & (commit[1] or {}).keys()]
        return failed(why, told(self.audit.last, f"an audit of {node} found {changes}"), *map(_committed, about))


class LocalConservation:
    """At every audit a node holds what it had at first and what its commits changed: no half of one, none undecided.

    What was committed before the audit was asked for is in it, what was committed after its answer is not.
    """

    needs: ClassVar[tuple[str, ...]] = ("ok:audit", "events:committed")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; left out are nodes whose disk forgot, or that did not tell all."""
        if not opened_with(recording):
            return unknown("the options do not say what the accounts were opened with")
        judged = 0
        for cut in _cuts(recording):
            if len(cut.meanwhile) <= MOST:
                judged += 1
                if not cut.is_explained():
                    return cut.judgement()
        if not judged:
            return unknown("of no audit it is known what must have been in it")
        return passed("every audit found what commits had made of the accounts", audits=judged)


def _cuts(recording: Recording) -> Iterator[Cut]:
    """Yield every audit that was answered, by nodes whose commits are all known."""
    audits: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls_of(recording, "audit"):
        if call.result is not None:
            audits[call.last.node].append(call)
    commits, forgetful = commits_by_node(recording), forgetful_nodes(recording)
    for node, mine in audits.items():
        known = commits.get(node, [])
        if node not in forgetful and all(effects is not None for _event, effects in known):
            yield from _cuts_of(recording, mine, sorted(known, key=lambda commit: commit[0].time))


def _cuts_of(recording: Recording, audits: list[Call], commits: list[Commit]) -> Iterator[Cut]:
    """Yield the audits of one node, in order of asking.

    The embedded database tells of a commit in the step in which it shows; a server shows it before its node has heard
    of it, so that what it told later may have been seen.
    """
    opened, made, count = opened_with(recording), Counter[str](), 0
    is_embedded = recording.declared.options.get("backend", "embedded") == "embedded"
    for audit in audits:
        while count < len(commits) and commits[count][0].time < audit.invoked.time:
            made.update(commits[count][1] or {})
            count += 1
        meanwhile = [commit for commit in commits[count:] if not is_embedded or commit[0].time <= audit.last.time]
        expected = {account: opened.get(account, 0) for account in audit.result} | {
            account: opened.get(account, 0) + change for account, change in made.items()
        }
        found = _total(audit.result, {account: -balance for account, balance in expected.items()})
        yield Cut(audit, found, commits[:count], meanwhile)


def _total(one: dict[str, int], other: dict[str, int]) -> Changes:
    """Return the sum of changes, without those of nothing."""
    sums = {account: one.get(account, 0) + other.get(account, 0) for account in one.keys() | other.keys()}
    return frozenset((account, change) for account, change in sums.items() if change)


def _committed(commit: Commit) -> Evidence:
    event, effects = commit
    changes = ", ".join(f"{account} {change:+}" for account, change in (effects or {}).items())
    return seen(event, f"committed {event.fields['gid']}: {changes}")
