"""What the runner says to a node before init: the environment variable CHAOSCTL_NODE, as JSON.

Without it a node takes defaults and emits nothing, as under Maelstrom.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from chaosctl.errors import BadInput

VARIABLE = "CHAOSCTL_NODE"


class ArmedPoint(msgspec.Struct, frozen=True):
    """A named point at which this node must crash, stall or tell.

    `name` is `role.call:pre` or `role.call:post` (without node and occurrence), or `*` with action "tell": every
    point. `nth` counts from 1 over all incarnations of the node; 0 means each time. `seen` are those counted before
    this incarnation, where the runner knows better than the host (the greater counts); `stall` is in seconds.
    """

    name: str
    nth: int
    action: Literal["crash", "stall", "tell"]
    seen: int = 0
    stall: float = 0.0


class Settings(msgspec.Struct, kw_only=True):
    """A node's settings; every default is what it has under Maelstrom.

    `directory` is where the store lives (""; then in a temporary folder), `origin_ns` the CLOCK_MONOTONIC reading
    at which run time is 0, `events` whether the runner wants them. `disk_sync` is what a sync takes more (s; in the
    simulation: what it takes), `disk_faults` what a `disk` line would say at once, `lose_tail` how many of the last
    syncs the disk forgets before this incarnation reads it. `database` is the server that holds the roles' databases,
    as kind and address ("postgres:@socket"); "": they are embedded over the store. `broker` is the message broker, as
    kind and folder ("redis:/run/servers/message-broker/data"); "": there is none.
    """

    pattern: str = ""
    placement: dict[str, list[str]] | None = None
    options: dict[str, Any] = {}
    broken: str | None = None
    directory: str = ""
    database: str = ""
    broker: str = ""
    seed: int = 0
    incarnation: int = 0
    origin_ns: int = 0
    events: bool = False
    armed: list[ArmedPoint] = []
    disk_sync: float = 0.0
    disk_faults: dict[str, Any] = {}
    lose_tail: int = 0
    clock_offset: float = 0.0
    clock_rate: float = 1.0


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return what CHAOSCTL_NODE says, or the defaults; raises BadInput where it is not understood."""
    try:
        return msgspec.json.decode(environment.get(VARIABLE, "{}"), type=Settings)
    except msgspec.DecodeError as problem:
        raise BadInput(f"{VARIABLE}: {problem}") from problem
