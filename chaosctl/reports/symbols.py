"""The signs that reports draw with; no meaning rests on colour alone. ASCII only where the terminal can't show more."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Symbols:
    """One set of signs. `levels` are shares from just above none to all."""

    verdicts: dict[str, str]
    levels: str
    none: str
    nothing: str
    held: str
    leads: str
    several_lead: str
    rule: str
    at_least: str
    at_most: str
    above: str
    below: str
    arrow: str

    def level(self, share: float | None) -> str:
        """Return the sign for an availability; the highest level means all and nothing less."""
        if share is None:
            return self.nothing
        if share <= 0:
            return self.none
        return self.levels[-1] if share >= 1 else self.levels[int(share * (len(self.levels) - 1))]


UNICODE = Symbols(
    verdicts={"pass": "✓", "fail": "✗", "unknown": "?"},
    levels="▁▂▃▄▅▆▇█",
    none="_",
    nothing="·",
    held="█",
    leads="─",
    several_lead="═",
    rule="─",
    at_least="≥",
    at_most="≤",
    above=">",
    below="<",
    arrow="→",
)

ASCII = Symbols(
    verdicts={"pass": "+", "fail": "x", "unknown": "?"},
    levels="123456789#",
    none="0",
    nothing=".",
    held="#",
    leads="-",
    several_lead="=",
    rule="-",
    at_least=">=",
    at_most="<=",
    above=">",
    below="<",
    arrow="->",
)


def symbols_for(encoding: str) -> Symbols:
    """Return the richest set that an encoding can show."""
    signs = "".join(str(part) for part in vars(UNICODE).values())
    try:
        signs.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
