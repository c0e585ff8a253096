"""What holders of accounts say to each other in the pattern `outbox`, and the rows that they keep of it."""

import msgspec

from chaosctl.node.messages import Message
from chaosctl.patterns.transactions.accounts import negated
from chaosctl.patterns.transactions.two_phase_commit_messages import Effects, holder

CREDITED, REFUSED = "credited", "refused"


class Note(msgspec.Struct):
    """A row of the message table: carry out the first of the `steps`, and send the others on.

    `undo`: what undoes the steps before, the sender's first; where a step is refused that is sent back the same way.
    A compensation has none, and can't be refused. `tries` counts how often it was sent in vain; `again` how often
    reconciliation sent it anew, because the receiver knew nothing of it any more.
    """

    gid: str
    steps: list[Effects]
    undo: list[Effects] = msgspec.field(default_factory=list)
    tries: int = 0
    again: int = 0

    def name(self) -> str:
        """Return under which name it goes out and takes effect: what was lost, and is sent anew, counts anew."""
        return f"{self.gid}/again{self.again}" if self.again else self.gid

    def receiver(self, holders: tuple[str, ...]) -> str:
        """Return whose the first step is."""
        return holder(next(iter(self.steps[0])), holders)

    def onward(self) -> "Note":
        """Return the note of the steps after the first, with how to undo that one too; a compensation needs no such."""
        undo = [negated(self.steps[0]), *self.undo] if self.undo else []
        return Note(self.gid, self.steps[1:], undo)


class Receipt(msgspec.Struct):
    """A row of the inbox: a note, what came of it, and what was added to which account for it, in all."""

    sender: str
    note: Note
    outcome: str
    effects: Effects


class Forward(Message):
    """A client's transfer or order, in steps, to whose the first is."""

    gid: str
    steps: list[Effects]


class Taken(Message):
    """What was passed on is accepted, durably."""


class Deliver(Message):
    """A note on its way, as often as it takes."""

    note: Note


class Delivered(Message):
    """The note is in the inbox, durably: it need not come again."""

    gid: str


class Statement(Message):
    """Reconciliation: somebody asks what came from it."""


class StatementOk(Message):
    """The receipts of the notes in the inbox that came from the asker, by gid."""

    receipts: dict[str, Receipt]


class Correct(Message):
    """Reconciliation: this note was of so much; put right what you made of it."""

    gid: str
    effects: Effects
