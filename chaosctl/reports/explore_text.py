"""An exploration in plain text: the verdict and what was covered first, then convictions, then a table by place.

Written from the exploration's JSON document (search/exploration.py), so that both say the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chaosctl.reports.symbols import Symbols
from chaosctl.reports.words import plain

CONVICTIONS_SHOWN, SITES_SHOWN, REASONS_SHOWN = 5, 40, 5


def render(document: Mapping[str, Any], symbols: Symbols, width: int = 100) -> str:
    """Return the text, lines about `width` long."""
    lines = [*verdict(document, symbols), *_convictions(document, width), *_rest(document, width), *_sites(document)]
    return "\n".join(lines)


def coverage(document: Mapping[str, Any]) -> str:
    """Return how many of the schedules there are were tried."""
    parts = []
    for kind, what in (("singles", "single faults"), ("pairs", "pairs")):
        if document[kind]["total"]:
            parts.append(f"{document[kind]['tried']:,} of {document[kind]['total']:,} {what}")
    return ", ".join(parts) or "nothing tried"


def verdict(document: Mapping[str, Any], symbols: Symbols) -> Iterator[str]:
    """Yield the lines that come first: the verdict, what was covered, how fast."""
    without, count = document["without_faults"], len(document["convictions"])
    word = _word(document)
    expected = "as expected" if document["exit_code"] == 0 else f"expected: {document['expected']}"
    name = plain(document["experiment"])
    yield f"{symbols.verdicts.get(word, '!')} {word.upper()}  {name}: {coverage(document)}  ({expected})"
    if without["verdict"] != "pass":
        yield f"  without any fault: {without['verdict']}: {plain(without['why'])}"
        return
    counts = {"convicted": count, "held": document["held"], "whose fault never happened": document["missed"]}
    counts["without a verdict"] = sum(reason["count"] for reason in document["unknown"])
    yield "  " + ", ".join(f"{number:,} {what}" for what, number in counts.items() if number or what == "convicted")
    tried = document["singles"]["tried"] + document["pairs"]["tried"]
    if document["cpu_s"]:
        yield f"  {document['wall_s']:.1f} s, {tried / document['cpu_s']:,.0f} schedules a second of CPU time"
    if document["is_interrupted"]:
        yield "  interrupted"


def _word(document: Mapping[str, Any]) -> str:
    if document["died"]:
        return "broken"
    if document["convictions"] or document["without_faults"]["verdict"] == "fail":
        return "fail"
    return "pass" if document["held"] and document["exit_code"] != 4 else "unknown"


def _convictions(document: Mapping[str, Any], width: int) -> Iterator[str]:
    found = document["convictions"]
    if found:
        yield from ("", "convictions, the shortest first")
    for each in found[:CONVICTIONS_SHOWN]:
        yield f"  {plain(each['faults'])}"
        yield f"      violates {', '.join(each['violates'])}: {plain(each['why'], width - 6)}"
        if each["file"]:
            yield f"      chaosctl run --simulate {plain(each['file'])}"
    if len(found) > CONVICTIONS_SHOWN:
        yield f"  and {len(found) - CONVICTIONS_SHOWN:,} more: --json has them all"


def _rest(document: Mapping[str, Any], width: int) -> Iterator[str]:
    if document["unknown"]:
        yield from ("", "without a verdict")
    for reason in document["unknown"][:REASONS_SHOWN]:
        yield f"  {reason['count']:>7,}  {plain(reason['why'], width - 11)}"
    if document["died"]:
        yield from ("", f"schedules that killed their worker: {len(document['died']):,}")
        yield from (f"  {plain(each, width - 2)}" for each in document["died"][:REASONS_SHOWN])


def _sites(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a row a place, those with convictions first, else in the order in which the run without faults passed."""
    sites = sorted(document["sites"], key=lambda site: -site["convictions"])
    if not sites:
        return
    label = max(len(site["site"]) for site in sites[:SITES_SHOWN])
    yield ""
    yield f"{'schedules with a fault at':<{label + 2}}{'tried':>9}{'convicted':>11}"
    for site in sites[:SITES_SHOWN]:
        yield f"  {plain(site['site']):<{label}}{site['schedules']:>9,}{site['convictions']:>11,}"
    if len(sites) > SITES_SHOWN:
        yield f"  and {len(sites) - SITES_SHOWN:,} more: --json has them all"
