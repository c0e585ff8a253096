"""Pages of many runs: a comparison, a sweep, an exploration. Written from their JSON documents, as their texts are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chaosctl.reports import compare_text, explore_text, sweep_text
from chaosctl.reports.html.page import fill
from chaosctl.reports.symbols import UNICODE
from chaosctl.reports.words import amount, plain

MOST_ROWS = 300
"""Rows of one table or picture; the document has all, and the page says how many there are."""


@dataclass(frozen=True)
class Bar:
    """How many of how many; `is_bad` where these are failures."""

    label: str
    count: int
    of: int
    is_bad: bool = False

    @property
    def width(self) -> float:
        """In percent of the widest."""
        return round(100 * self.count / max(1, self.of), 2)


@dataclass(frozen=True)
class Spread:
    """Where the values of a figure lie, in percent of the picture's width; `inner` is p5 to p95, or all there is."""

    label: str
    low: float
    inner_low: float
    middle: float
    inner_high: float
    high: float
    text: str
    judged: str = ""


@dataclass(frozen=True)
class Picture:
    """Bars or spreads under a title, and what is to be said of them."""

    title: str
    rows: Sequence[Bar] | Sequence[Spread]
    kind: str
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under heads; the first cell of each is its label."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def sweep_page(document: Mapping[str, Any]) -> str:
    """Return the page of a sweep: failures by kind, what is unknown and why, and how the figures are distributed."""
    groups = [
        Bar(plain(each["violates"]), each["count"], document["seeds"], is_bad=True) for each in document["groups"]
    ]
    failures = [
        (plain(each["violates"]), f"{each['count']:,}", _seeds(each["seeds"]), plain(each["why"]), plain(each["run"]))
        for each in document["groups"]
    ]
    reasons = [
        (f"{each['count']:,}", _seeds(each["seeds"]), plain(each["why"]))
        for kind in ("broken", "unknown")
        for each in document[kind]
    ]
    rare = [Bar(plain(name), each["seeds"], document["seeds"]) for name, each in document["sometimes"].items()]
    figures = {name: each for name, each in document["figures"].items() if sweep_text.is_shown(name)}
    return _page(
        "sweep",
        document,
        list(sweep_text.verdict(document, UNICODE)),
        [
            Picture("Failures by what they violate", groups, "bars", f"of {document['seeds']:,} seeds"),
            Table("Where to look", ("violates", "seeds", "which", "why", "kept run"), failures),
            Table("Without a verdict", ("seeds", "which", "why"), reasons),
            Picture("Rare events: in how many seeds", rare, "bars"),
            Picture("Figures over the seeds", [_distribution(*each) for each in figures.items()], "spreads", SPREAD),
        ],
    )


SPREAD = "line: least to most; box: 5th to 95th percentile; bar: median. Each row has a scale of its own, from 0."


def explore_page(document: Mapping[str, Any]) -> str:
    """Return the page of an exploration: convictions, and how much was tried and convicted at each place."""
    sites = sorted(document["sites"], key=lambda each: -each["convictions"])[:MOST_ROWS]
    most = max((each["schedules"] for each in sites), default=1)
    convicted = [
        (plain(each["faults"]), ", ".join(map(plain, each["violates"])), plain(each["why"]), plain(each["file"]))
        for each in document["convictions"][:MOST_ROWS]
    ]
    tried = [Bar(plain(each["site"]), each["schedules"], most) for each in sites]
    bad = [Bar(plain(each["site"]), each["convictions"], most, is_bad=True) for each in sites if each["convictions"]]
    note = f"{len(sites):,} of {len(document['sites']):,} places, those with convictions first"
    return _page(
        "exploration",
        document,
        list(explore_text.verdict(document, UNICODE)),
        [
            Table("Convictions, the shortest first", ("faults", "violates", "why", "file"), convicted),
            Picture("Convictions by place", bad, "bars", "on the scale of the next picture"),
            Picture("Schedules with a fault at each place", tried, "bars", note),
        ],
    )


def compare_page(document: Mapping[str, Any], metrics: Sequence[str]) -> str:
    """Return the page of a comparison: the table of variants, and each figure's spread side by side."""
    heads = ["", *(plain(" ".join(column["label"])) for column in document["columns"])]
    rows = [
        (f"{row.title}, {row.label}" if row.title else row.label, *(" ".join(filter(None, c.parts)) for c in row.cells))
        for row in compare_text.rows(document, UNICODE, metrics)
        if row.cells
    ]
    shown = compare_text.shown(document["figures"], metrics)
    pictures = [_beside(figure, heads[1:], "" if at else BESIDE) for at, figure in enumerate(shown)]
    lines = [compare_text.headline(document, UNICODE), *compare_text.whys(document)]
    return _page(
        "comparison", document, lines, [Table("Variants", heads, rows, compare_text.LEGEND), *pictures[:MOST_ROWS]]
    )


def _page(what: str, document: Mapping[str, Any], lines: list[str], parts: list[Picture | Table]) -> str:
    word = {0: "pass", 4: "unknown"}.get(document["exit_code"], "fail")
    shown = [part for part in parts if part.rows]
    return fill("search.html.j2", title=f"{what}: {lines[0]}", word=word, lines=lines, parts=shown)


def _seeds(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds[:10])) + (", ..." if len(seeds) > 10 else "")


def _distribution(name: str, figure: Mapping[str, Any]) -> Spread:
    places = [figure[share] for share in ("min", "p5", "median", "p95", "max")]
    unit = figure["unit"]
    text = f"{amount(figure['median'], unit)} ({amount(figure['min'], unit)} to {amount(figure['max'], unit)})"
    return Spread(plain(sweep_text.label(name)), *_shares(places, 1.0 if unit == "share" else max(places)), text)


def _beside(figure: Mapping[str, Any], heads: Sequence[str], note: str) -> Picture:
    """Return the columns of one figure under one another, on one scale."""
    values = [value for value in figure["values"] if value is not None]
    most = 1.0 if figure["unit"] == "share" else max((value["max"] for value in values), default=1)
    title = plain(", ".join([figure["metric"], figure["phase"], *figure["slice"]]))
    return Picture(title, list(_spreads(figure, heads, most)), "spreads", note)


BESIDE = (
    "box: least to most of all seeds; bar: median; [ ]: the difference of the medians, 95 %. Each picture has one"
    " scale, from 0."
)


def _spreads(figure: Mapping[str, Any], heads: Sequence[str], most: float) -> Iterator[Spread]:
    for head, value in zip(heads, figure["values"], strict=True):
        if value is not None:
            low, middle, high = value["min"], value["median"], value["max"]
            text = " ".join(filter(None, compare_text.cell(value, figure["unit"], value["seeds"]).parts))
            yield Spread(head, *_shares([low, low, middle, high, high], most), text, value.get("judged", ""))


def _shares(values: Sequence[float], most: float) -> tuple[float, float, float, float, float]:
    low, inner_low, middle, inner_high, high = (round(100 * max(0.0, value) / (most or 1), 2) for value in values)
    return low, inner_low, middle, inner_high, high
