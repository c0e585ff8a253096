"""What the runner says to a node before init: the environment variable CHAOSCTL_NODE, as JSON.

Without it a node takes defaults and emits nothing, as under Maelstrom.
"""

from typing import Any

import msgspec

VARIABLE = "CHAOSCTL_NODE"


class ArmedPoint(msgspec.Struct, frozen=True):
    """A named point at which this node must crash or stall.

    `name` is `role.call:pre` or `role.call:post` (without node and occurrence); `nth` counts from 1 over all
    incarnations of the node, `seen` are those counted before this one; `stall` is in seconds where action is "stall".
    """

    name: str
    nth: int
    action: str  # "crash" | "stall" | "tell"
    seen: int = 0
    stall: float = 0.0


class Settings(msgspec.Struct, kw_only=True):
    """A node's settings; every default is what it has under Maelstrom.

    `directory` is where the store lives (""; then in a temporary folder), `origin_ns` the CLOCK_MONOTONIC reading
    at which run time is 0, `disk_sync` what a sync takes more (s), `events` whether the runner wants them.
    """

    pattern: str = ""
    placement: dict[str, list[str]] | None = None
    options: dict[str, Any] = {}
    broken: str | None = None
    directory: str = ""
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
