"""What clients say to whoever leads, to have work done that only a leader may do, and executors to the resource."""

from chaosctl.node.messages import Message


class Work(Message):
    """A client asks for work to be done; `forwarded` where a node passed it on, once at most."""

    forwarded: bool = False


class WorkOk(Message):
    """Done: by whom, under which token, at which place in the resource's order."""

    holder: str
    token: int
    position: int


class Write(Message):
    """A leader does its work at the resource, under its token."""

    token: int


class Written(Message):
    """Done; `position` is its place in the order in which the resource did everything."""

    position: int
