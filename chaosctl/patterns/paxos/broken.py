"""Mistakes that people make in single-decree Paxos; each overrides one step of one role."""

from chaosctl.patterns.paxos.acceptor import Acceptor
from chaosctl.patterns.paxos.learner import Learner
from chaosctl.patterns.paxos.messages import Ballot, Learn, Value
from chaosctl.patterns.paxos.proposer import Proposer


class PromisesUnsynced(Acceptor):
    """Answers a prepare from memory: a crash forgets the promise, and a lower ballot is accepted after all."""

    violates = "agreement"

    async def keep_promise(self, ballot: Ballot) -> None:
        """Leave the promise to whatever sync comes next."""
        self.promised = ballot
        self.store.put("promised", ballot)
        self.emit("promised", durable=True, slot=0, ballot=ballot)


class AcceptsAny(Acceptor):
    """Accepts without looking at what it promised."""

    violates = "promise-kept"

    def may_accept(self, ballot: Ballot) -> bool:  # noqa: ARG002 (that it does not matter is the mistake)
        """Return yes."""
        return True


class ProposesOwnValue(Proposer):
    """Proposes its own client's value, whatever the acceptors report."""

    violates = "agreement"

    def pick_value(self) -> Value:
        """Return the value of the client that waits longest."""
        return self.waiting[0].value


class LearnsFromAny(Learner):
    """Takes one acceptor's word for a choice."""

    violates = "learned-is-chosen"

    def needed(self) -> int:
        """Return that one is enough."""
        return 1


class SeesOneAsChosen(Proposer):
    """Tells its client that a value is chosen when the first acceptor has accepted it."""

    violates = "learned-is-chosen"

    def needed(self) -> int:
        """Return that one is enough."""
        return 1


class TakesItsOwnForTheChoice(Acceptor):
    """As the notes say: every role takes one acceptance for the choice; the acceptor its own."""

    violates = "learned-is-chosen"
    also = (SeesOneAsChosen, LearnsFromAny)

    async def tell_learners(self, learn: Learn) -> None:
        """Hold what was just accepted here for chosen, and say so."""
        self.emit("chosen_seen", slot=0, ballot=learn.ballot, value=learn.value)
        await super().tell_learners(learn)
