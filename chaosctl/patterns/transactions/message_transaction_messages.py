"""What producer, broker and consumer of a message transaction say to each other."""

import msgspec

from chaosctl.node.messages import Message
from chaosctl.patterns.transactions.two_phase_commit_messages import Effects

COMMIT, ROLLBACK = "commit", "rollback"


class Parcel(msgspec.Struct):
    """What one consumer is to add to its accounts."""

    gid: str
    effects: Effects


class Forward(Message, tag="forward_transfer"):
    """A client's transfer or order, passed on to who holds the first of the accounts: its producer."""

    gid: str
    legs: Effects


class Half(Message):
    """Keep this, a parcel for each consumer, and show it to nobody until you are told to."""

    gid: str
    parcels: list[Parcel]


class HalfOk(Message):
    """The half message is on disk."""


class End(Message):
    """How the local transaction ended. Said once, and never answered: the broker asks where it hears nothing."""

    gid: str
    outcome: str


class Check(Message):
    """The broker asks how the local transaction of an old half message ended."""

    gid: str


class Deliver(Message, tag="deliver_parcel"):
    """A consumer's part of a message, as often as it takes."""

    parcel: Parcel


class Consumed(Message):
    """The parcel is taken in, durably."""

    gid: str
