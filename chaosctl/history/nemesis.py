"""What Jepsen's nemesis did, as faults: what it starts is held until it stops it. A picture needs no more.

Its rows come twice, as it begins and when it is done, both of type info; the first of each counts.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from chaosctl.history.records import FaultRow

HEALS = re.compile(r"(?:stop|heal|resume|restart)-?")
STARTS = re.compile(r"start-?")
ANY = "nemesis"
"""The name of a fault whose rows say `start` and `stop` alone."""


@dataclass
class Nemesis:
    """Gathers faults from the rows of a process that is no client."""

    faults: list[FaultRow] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    occurrences: int = 0

    def take(self, f: str, value: Any, time: int) -> None:
        """Add a row."""
        if found := HEALS.match(f):
            name = f[found.end() :]
            for held in [held for held in self.held if name in ("", held)]:
                self._heal(held, time)
        elif f == "start" and "kill" in self.held:
            self._heal("kill", time)
        elif (name := STARTS.sub("", f, count=1) or ANY) not in self.held:
            self.held[name] = self.occurrences
            self.occurrences += 1
            details = {} if value is None else {"value": value}
            self._add(name, self.held[name], "applied", time, details)

    def _heal(self, name: str, time: int) -> None:
        self._add(name, self.held.pop(name), "healed", time, {})

    def _add(self, name: str, occurrence: int, phase: str, time: int, details: dict[str, Any]) -> None:
        row = FaultRow(time=time, occurrence=occurrence, name=name, kind=ANY, phase=phase, details=details)
        self.faults.append(row)
