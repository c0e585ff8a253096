"""What a fault does to links: which messages an effect concerns, and what becomes of them."""

from collections.abc import Callable
from dataclasses import dataclass

from chaosctl.experiment.model import Latency


@dataclass(eq=False)
class Effect:
    """One fault's hold on some messages, from when it is added until it is removed.

    `concerns(source, dest, message_type)` chooses by the process that wrote the line, the destination and the type.
    `cut` drops all; `loss` and `duplicate` are probabilities; `delay` comes on top of the link's latency, for the
    share `reorder` of the messages where that is above zero, so that later ones overtake these. `bandwidth` is in
    bytes a second for each link; `held` keeps messages back until the effect is removed.
    `skip` messages pass unhurt first, then `limit` are hurt (None: all); `per_link`: counted for each link by itself.
    `on_spent` is called once, when the limit is used up. `touched` counts the messages really hurt.
    """

    occurrence: int
    concerns: Callable[[str, str, str], bool]
    cut: bool = False
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: Latency | None = None
    bandwidth: float | None = None
    held: bool = False
    skip: int = 0
    limit: int | None = None
    per_link: bool = False
    on_spent: Callable[[], object] | None = None
    touched: int = 0
