"""Heuristic decisions: whoever ended a prepared transaction unheard, and was wrong, finds out and says so.

X/Open, "Distributed Transaction Processing: The XA Specification" (1991), section 6.4, XA_HEURMIX. That a heuristic
decision can break a transaction in two is nobody's bug (`atomic-commit` tells of it); that nobody learns of it is one.
"""

from typing import ClassVar

from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import events_of, seen
from chaosctl.checkers.ledger import forgetful_nodes, settled_by_ns, transactions_of, unfinished
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event

COMMIT, ABORT = "commit", "abort"


class HeuristicsTold:
    """Every heuristic decision other than the transaction manager's is told as `heuristic_mixed`, and no other is."""

    needs: ClassVar[tuple[str, ...]] = ("events:prepared", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; what nobody decided to commit is aborted (presumed abort)."""
        decided = _by_branch(recording, "heuristic_decision")
        told = _by_branch(recording, "heuristic_mixed")
        mixed = {
            one: event for one, event in decided.items() if event.fields["decision"] != _outcome(recording, one[1])
        }
        counts = {"heuristic": len(decided), "mixed": len(mixed), "told": len(told)}
        settled_ns = settled_by_ns(recording)
        missed = [event for one, event in mixed.items() if one not in told and event.time <= settled_ns]
        false = [event for one, event in told.items() if one not in mixed]
        if not (missed or false):
            why = "every heuristic decision that was wrong was told" if decided else "nobody decided heuristically"
            return passed(why, **counts)
        if forgetful := forgetful_nodes(recording):
            return unknown(f"the disk of {', '.join(sorted(forgetful))} forgot something", **counts)
        if false:
            why = f"{false[0].node} told of damage to {false[0].fields['gid']}, which ended as it had decided"
            return failed(why, seen(false[0], f"told of {false[0].fields['gid']}"), **counts)
        if excuse := unfinished(recording):
            return unknown(
                f"{missed[0].node} does not know how {missed[0].fields['gid']} ended, but {excuse}", **counts
            )
        text = f"decided {missed[0].fields['decision']} on {missed[0].fields['gid']}"
        return failed(f"{missed[0].node} {text}, was wrong, and never told", seen(missed[0], text), **counts)


def _by_branch(recording: Recording, name: str) -> dict[tuple[str, str], Event]:
    """Return the events of one name by participant and transaction."""
    return {(event.node, str(event.fields["gid"])): event for event in events_of(recording, name)}


def _outcome(recording: Recording, gid: str) -> str:
    """Return how a transaction was decided, whatever participants did."""
    transaction = transactions_of(recording).get(gid)
    decisions = transaction.decisions if transaction else []
    return COMMIT if any(event.fields.get("decision") == COMMIT for event in decisions) else ABORT
