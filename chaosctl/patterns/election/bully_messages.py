"""What members say to each other in the bully election, and to clients as in every election here."""

from chaosctl.node.messages import Message


class Election(Message):
    """To all of higher rank: is one of you there? `attempt` numbers the asker's elections."""

    attempt: int


class Answer(Message):
    """I am, and take it from here."""

    attempt: int


class Coordinator(Message):
    """To all of lower rank: I coordinate, in this term."""

    term: int


class Alive(Message):
    """I still coordinate this term; `round` numbers this coordinator's heartbeats."""

    term: int
    round: int


class AliveAck(Message):
    """The round that is answered and the member's term: one above the coordinator's unseats it (round 0)."""

    term: int
    round: int
