"""What the roles of a saga say to each other."""

from chaosctl.node.messages import Message
from chaosctl.patterns.transactions.two_phase_commit_messages import Effects


class Execute(Message):
    """Carry this step out, and commit it at once."""

    gid: str
    effects: Effects


class Compensate(Message):
    """Undo your step, if it was carried out, and let none come later."""

    gid: str


class Done(Message):
    """It is done, durably: carried out, or undone."""
