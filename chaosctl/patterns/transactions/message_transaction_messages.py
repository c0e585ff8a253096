"""What producer, broker and consumer of a message transaction say to each other."""

import msgspec

from chaosctl.node.messages import Message

COMMIT, ROLLBACK = "commit", "rollback"


class Parcel(msgspec.Struct):
    """What the consumer is to put on an account."""

    gid: str
    account: str
    amount: int


class Forward(Message, tag="forward_transfer"):
    """A client's transfer, passed on to who holds the account that it is taken from."""

    gid: str
    source: str
    dest: str
    amount: int


class Half(Message):
    """Keep this, and show it to nobody until you are told to."""

    parcel: Parcel


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
    """A message to its consumer, as often as it takes."""

    parcel: Parcel


class Consumed(Message):
    """The parcel is taken in, durably."""

    gid: str
