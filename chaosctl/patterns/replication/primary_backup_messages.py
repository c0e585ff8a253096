"""What the two copies of a primary-backup store say to each other, and to the nodes that only pass requests on."""

from typing import Any, NamedTuple

from chaosctl.node.messages import Message

Entry = tuple[int, Any]
"""(sequence, value): within one view only its primary numbers writes, and a new view begins with equal copies."""


class View(NamedTuple):
    """Who has the copies: a higher number is newer. Without a backup the primary serves alone."""

    number: int
    primary: str
    backup: str = ""


class Announce(Message):
    """From a view's primary to everybody: this view is the present one as far as I know."""

    view: View


class Replicate(Message):
    """From the primary: keep these, and tell me so if this view is still yours. Without entries it asks only that."""

    view: View
    entries: dict[str, Entry]


class ReplicateOk(Message):
    """It is, and they are on disk."""


class Join(Message):
    """From a copy that has been left behind: take me as your backup."""

    view: View


class Transfer(Message):
    """To the new backup: all there is, and the last write that its primary had when it took over (`base`)."""

    view: View
    entries: dict[str, Entry]
    base: int
