"""What holders, grantors and the resource of a lease say to each other, and clients to holders."""

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


class Write(Message):
    """A holder does its work at the resource, under its token."""

    token: int


class Written(Message):
    """Done; `position` is its place in the order in which the resource did everything."""

    position: int


class Work(Message):
    """A client asks for work to be done; `forwarded` where a node passed it on, once at most."""

    forwarded: bool = False


class WorkOk(Message):
    """Done: by whom, under which token, at which place in the resource's order."""

    holder: str
    token: int
    position: int
