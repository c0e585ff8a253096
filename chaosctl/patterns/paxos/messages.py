"""What the roles of single-decree Paxos say to each other and to clients ("Paxos Made Simple", section 2)."""

import msgspec

from chaosctl.node.messages import Message

Ballot = tuple[int, str]
"""(round, proposer): ordered, and no two proposers share one."""

NO_BALLOT: Ballot = (0, "")
"""Below every ballot that is ever used."""

Value = int | str


class Proposal(msgspec.Struct, frozen=True):
    """A value under a ballot, as an acceptor accepts it."""

    ballot: Ballot
    value: Value


class Prepare(Message):
    """Phase 1(a): promise to accept nothing below this ballot, and say what you have accepted."""

    ballot: Ballot


class Promise(Message):
    """Phase 1(b): promised; this is the highest-numbered proposal that I have accepted, if any."""

    ballot: Ballot
    accepted: Proposal | None = None


class Accept(Message):
    """Phase 2(a): accept this value under this ballot."""

    ballot: Ballot
    value: Value


class Accepted(Message):
    """Phase 2(b), to the proposer: accepted."""

    ballot: Ballot


class Refused(Message):
    """No: of the ballot asked, because a higher one is promised. Lets a proposer give up early; never needed."""

    ballot: Ballot
    promised: Ballot


class Learn(Message):
    """Phase 2(b), to learners: I have accepted this."""

    ballot: Ballot
    value: Value


class Inform(Message):
    """The distinguished learner to the others: this is chosen."""

    ballot: Ballot
    value: Value


class Remind(Message):
    """A learner's request to hear again what was accepted: its first news was lost, or forgotten in a crash."""


class Propose(Message):
    """A client's request to have a value chosen."""

    value: Value


class ProposeOk(Message):
    """The value that is chosen, whosever it was."""

    value: Value


class WhatIsChosen(Message):
    """A client's question to a learner."""


class WhatIsChosenOk(Message):
    """The value that was learned; none where a majority's acceptance did not come to be known."""

    value: Value | None = None
