"""What members of the ring pass on to their successors; each passing is acknowledged, or the next one is tried."""

from chaosctl.node.messages import Message


class Token(Message):
    """An election under way: the highest candidate so far, in this round of elections."""

    round: int
    candidate: str


class Elected(Message):
    """The leader's word, once round the ring in each `circuit`; `passed` are those who obey, the leader among them."""

    term: int
    leader: str
    circuit: int
    passed: list[str]


class Passed(Message):
    """I have it; my term is this."""

    term: int


class Ping(Message):
    """Are you there again? To one that was skipped."""


class Pong(Message):
    """I am."""
