"""What shrink found, in plain text: that it still fails and how, what went, and the file that is left."""

from collections.abc import Iterator, Mapping
from typing import Any

from chaosctl.reports.words import plain

ENTRIES_SHOWN = 6


def render(document: Mapping[str, Any]) -> str:
    """Return the text."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    violated = ", ".join(document["violates"])
    yield f"{plain(document['experiment'])}, seed {document['seed']}: still violates {violated}"
    yield f"  {plain(document['why'])}"
    cut = ", cut short: it could be smaller" if document["is_cut_short"] else ""
    yield f"  {document['runs']:,} runs, {document['wall_s']:.1f} s{cut}"
    if document["removed"] or document["lowered"]:
        yield ""
    for what, entries in document["removed"].items():
        yield f"  {what}: {len(entries):,} removed"
        yield from (f"      {plain(entry)}" for entry in entries[:ENTRIES_SHOWN])
        if len(entries) > ENTRIES_SHOWN:
            yield f"      and {len(entries) - ENTRIES_SHOWN:,} more"
    for place, values in document["lowered"].items():
        yield f"  {place}: {plain(values['before'])} -> {plain(values['after'])}"
    yield f"\n  chaosctl run --simulate {plain(document['file'])}"
