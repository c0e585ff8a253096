"""What clients ask of the replicated account, and what its copies say to each other."""

from typing import NamedTuple

from chaosctl.node.messages import Message


class Entry(NamedTuple):
    """A booking: the number that its client gave it, and the amount, below zero for a withdrawal."""

    number: int
    amount: int


class Book(Message):
    """A client's deposit or withdrawal; `forwarded` where another copy passed it on, so that it is passed on once."""

    number: int
    amount: int
    forwarded: bool = False


class BookOk(Message):
    """It is booked, as the entry at this place of the statement, and this was the balance then."""

    place: int
    balance: int


class Balance(Message):
    """A client's question how much there is."""

    forwarded: bool = False


class BalanceOk(Message):
    """So much, after so many entries."""

    place: int
    balance: int


class Statement(Message):
    """A client's question for everything that was booked."""

    forwarded: bool = False


class StatementOk(Message):
    """All entries in their order."""

    entries: list[Entry]


class Ask(Message):
    """From who takes over in this term: promise to take nothing from an older one, and tell me what you have."""

    term: int


class Have(Message):
    """Promised; `reign` is the term whose leader wrote what I have last."""

    term: int
    reign: int
    entries: list[Entry]


class Append(Message):
    """From the leader of this term: after so many entries, which you have of me already, these follow."""

    term: int
    after: int
    entries: list[Entry]


class Appended(Message):
    """So many entries of this term's leader are on disk here; a newer term in place of it: I listen to another one."""

    term: int
    have: int
