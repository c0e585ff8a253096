"""What the watched say to monitors, and what clients ask monitors."""

from chaosctl.node.messages import Message


class Heartbeat(Message):
    """I live; the number is that of the period, by the sender's clock, at whose beginning this was sent."""

    number: int


class Suspects(Message):
    """A client asks whom this monitor suspects."""


class SuspectsOk(Message):
    """Those of whom no good heartbeat is here."""

    suspected: list[str]
