"""What holders and grantors of a lease say to each other."""

from chaosctl.node.messages import Message


class Ask(Message):
    """Grant me the lease under this token."""

    token: int


class Granted(Message):
    """You have my part of it."""

    token: int


class Refused(Message):
    """Not now, to who `asked`: the highest token that I have granted, and who has my part (empty: nobody)."""

    asked: int
    token: int
    holder: str


class Release(Message):
    """I shall not use what you granted under this token."""

    token: int
