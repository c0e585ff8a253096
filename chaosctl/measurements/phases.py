"""Phases and sides of a run, taken from when faults really held.

`before` lasts up to the first fault applied, `faults` to the last one healed, `after` is the rest, grace included. An
operation belongs to the phase of its invocation. Sides exist where links are cut into clean groups, two or more.
"""

from dataclasses import dataclass

from chaosctl.history.recording import Recording


@dataclass(frozen=True)
class Phases:
    """When the faults phase began and ended (ns; None without faults), and the sides of the partitions in it."""

    faults_start_ns: int | None
    faults_end_ns: int | None
    end_ns: int
    sides: "tuple[Side, ...]"

    @classmethod
    def of(cls, recording: Recording) -> "Phases":
        """Return the phases of a recording."""
        raise NotImplementedError

    def phase(self, time_ns: int) -> str:
        """Return before, faults or after; "before" throughout in a run without faults."""
        raise NotImplementedError

    def side(self, node: str, time_ns: int) -> str | None:
        """Return majority or minority for a node while a clean partition holds, else None."""
        raise NotImplementedError


@dataclass(frozen=True)
class Side:
    """One group of a partition while it held; `is_majority` where it has more than half of the nodes."""

    nodes: frozenset[str]
    is_majority: bool
    start_ns: int
    end_ns: int
