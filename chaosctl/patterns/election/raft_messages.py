"""What the voters of Raft's election say to each other and to clients (thesis, sections 3.4, 6.4, 9.6)."""

from chaosctl.node.messages import Message

LogEnd = tuple[int, int]
"""(term, index) of a log's last entry: the greater has the newer log (3.6.1)."""


class RequestPreVote(Message):
    """The question whether you would vote for me in this term, which I have not entered yet; `last` is my log's end."""

    term: int
    last: LogEnd


class PreVote(Message):
    """Granted: the candidate's next term. Refused: the voter's own, which may be newer than the candidate's."""

    term: int
    granted: bool


class RequestVote(Message):
    """Vote for me in this term; `last` is how far my log goes."""

    term: int
    last: LogEnd


class Vote(Message):
    """Granted in this term; or refused, with the voter's own term."""

    term: int
    granted: bool


class Heartbeat(Message):
    """I lead this term; `round` numbers this leader's rounds of heartbeats."""

    term: int
    round: int


class HeartbeatAck(Message):
    """The round that is answered and the voter's term: one above the leader's unseats it."""

    term: int
    round: int


class WhoLeads(Message):
    """A client's question; `forwarded` where a follower passed it on, so that it is passed on once at most."""

    forwarded: bool = False


class WhoLeadsOk(Message):
    """Who leads, as a majority confirmed after the question came."""

    leader: str
    term: int
