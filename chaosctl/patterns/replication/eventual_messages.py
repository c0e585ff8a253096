"""What the nodes of `eventual` say to each other, what a coordinator notes of it, and what more clients ask for."""

from dataclasses import dataclass, field
from typing import Any

from chaosctl.node.messages import Message
from chaosctl.patterns.replication.eventual_values import State


class Add(Message):
    """From a client: let this set have this element."""

    key: int | str
    element: Any


class AddOk(Message):
    """It has."""


class Remove(Message):
    """From a client: let this set have this element no longer, as far as you have seen it."""

    key: int | str
    element: Any


class RemoveOk(Message):
    """What was seen of it is gone."""


class Increment(Message):
    """From a client: let this counter grow by so much, or shrink."""

    key: int | str
    amount: int


class IncrementOk(Message):
    """It has."""


class Fetch(Message):
    """From a coordinator: tell me what you have of this key."""

    round: int
    key: str


class FetchOk(Message):
    """So much, or nothing."""

    round: int
    state: State | None = None


class Store(Message):
    """From a coordinator: merge this into what you have of this key."""

    round: int
    key: str
    state: State


class StoreOk(Message):
    """It is on disk."""

    round: int


class Hint(Message):
    """From a coordinator to the keeper of hints beside it: `home` was silent; give it this when it can be reached."""

    round: int
    home: str
    key: str
    state: State


class HintOk(Message):
    """The hint is on disk."""

    round: int
    home: str


class HandBack(Message):
    """From a keeper of hints: this was written while you were away."""

    key: str
    state: State


class HandBackOk(Message):
    """It is on disk."""


class Push(Message):
    """Anti-entropy: all that the sender has, of what both of us are to have."""

    states: dict[str, State]


class Newer(Message):
    """You were behind, others have this: from a coordinator that has read (read repair), or in answer to a push."""

    states: dict[str, State]


@dataclass
class Round:
    """One request under way at its coordinator: whom it asked, who answered what; `state` is what an update stores."""

    request: Message
    key: str
    needed: int
    done: Message
    state: State | None = None
    asked: list[str] = field(default_factory=list)
    answers: dict[str, State | None] = field(default_factory=dict)
    is_answered: bool = False
