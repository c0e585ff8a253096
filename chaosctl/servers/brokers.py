"""Message brokers that a run starts for itself: what each kind must say of itself beside what any server must."""

import importlib
from typing import Protocol

from chaosctl.errors import Missing
from chaosctl.node.pattern import BrokerChoice
from chaosctl.servers.server import Server

BROKERS = {
    "redis": "chaosctl.servers.redis:RedisServer",
    "nats": "chaosctl.servers.nats:NatsServer",
}
"""The broker of `[system.options]` to what starts it."""


class BrokerServer(Server, Protocol):
    """One kind of message broker. `address` is the folder that it serves from, where its clients find it."""

    promise: str
    """What it has done with a message before acknowledging it, in words."""


def load_broker(choice: BrokerChoice) -> BrokerServer:
    """Return the kind of message broker that was chosen, writing to disk when that was chosen."""
    module, _, name = BROKERS[choice.kind].partition(":")
    broker: BrokerServer = getattr(importlib.import_module(module), name)(choice.sync)
    return broker


def missing_broker(choice: BrokerChoice | None) -> str:
    """Return what is missing for a message broker, in words; empty where all is there, or none is wanted."""
    if choice is None:
        return ""
    try:
        load_broker(choice).check()
    except Missing as missing:
        return str(missing)
    return ""
