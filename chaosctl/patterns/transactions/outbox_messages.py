"""What holders of accounts say to each other in the pattern `outbox`, and the rows that they keep of it."""

import msgspec

from chaosctl.node.messages import Message

CREDITED, REFUSED = "credited", "refused"


class Note(msgspec.Struct):
    """A row of the message table: put so much on an account. A refusal goes `back` to the account it came from.

    A compensation has no `back`: it can't be refused. `tries` counts how often it was sent in vain; `again` how often
    reconciliation sent it anew, because the receiver knew nothing of it any more.
    """

    gid: str
    account: str
    amount: int
    back: str = ""
    tries: int = 0
    again: int = 0

    def name(self) -> str:
        """Return under which name it goes out and takes effect: what was lost, and is sent anew, counts anew."""
        return f"{self.gid}/again{self.again}" if self.again else self.gid


class Receipt(msgspec.Struct):
    """A row of the inbox: what came of a note, and how much was put on its account for it, in all."""

    sender: str
    outcome: str
    account: str
    amount: int
    back: str = ""


class Forward(Message):
    """A client's transfer, passed on to who holds the account that it is taken from."""

    gid: str
    source: str
    dest: str
    amount: int


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
    amount: int
