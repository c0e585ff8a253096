"""Clock: a node's idea of the time is wrong: by an offset, or by a rate that makes it drift away."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from chaosctl.experiment.values import duration_text, parse_duration
from chaosctl.faults.holds import Holds
from chaosctl.faults.nodes import NodeFault
from chaosctl.faults.occurrence import Occurrence


def parse_offset(value: Any) -> float:
    """Return seconds for a duration such as "5s" or "-250ms"; raises ValueError with what was expected."""
    if isinstance(value, str) and value.startswith("-"):
        return -parse_duration(value[1:])
    return parse_duration(value)


def offset_text(seconds: float) -> str:
    """Return the duration with its sign, as the file would say it."""
    return ("-" if seconds < 0 else "") + duration_text(abs(seconds))


Offset = Annotated[
    float,
    BeforeValidator(parse_offset),
    PlainSerializer(offset_text),
    WithJsonSchema({"type": "string", "examples": ["5s", "-250ms"]}),
]


class Clock(NodeFault):
    """Sets nodes' clocks wrong: `offset` ("-5s": behind), `drift` (0.1: a tenth too fast, timeouts too)."""

    kind: Literal["clock"] = "clock"
    offset: Offset = 0.0
    drift: float = Field(0.0, gt=-1)

    def done_by_nodes(self) -> str:
        """Return the kind: a node does it to itself."""
        return "kind"

    @model_validator(mode="after")
    def _check_something_is_wrong(self) -> "Clock":
        if not self.offset and not self.drift:
            raise ValueError("a clock fault needs an `offset` or a `drift`, or both")
        return self

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Tell the targets what their clocks show from now on."""
        for node in occurrence.aim.targets:
            holds.tell(node, occurrence, {"type": "clock", "offset": self.offset, "rate": 1.0 + self.drift})

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Set them right."""
        for node in occurrence.aim.targets:
            holds.untell(node, occurrence, {"type": "clock", "offset": 0.0, "rate": 1.0})

    def details(self) -> dict[str, Any]:
        """Return how wrong the clocks are."""
        return {"offset": self.offset, "drift": self.drift}
