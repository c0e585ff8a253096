"""What the roles of Try, Confirm, Cancel say to each other."""

from chaosctl.node.messages import Message
from chaosctl.patterns.transactions.two_phase_commit_messages import Effects


class Try(Message, tag="try"):
    """Reserve what these effects need."""

    gid: str
    effects: Effects


class Confirm(Message):
    """Make of the reservation what it was made for."""

    gid: str


class Cancel(Message):
    """Give the reservation back, if there is one, and let none come later."""

    gid: str


class Done(Message):
    """It is done, durably: reserved, confirmed, or cancelled."""
