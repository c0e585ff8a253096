"""A sweep in plain text: the verdict and what it proves first, then failures, what happened, and the figures.

Written from the sweep's JSON document (search/sweep_document.py), so that both say the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chaosctl.reports.symbols import Symbols
from chaosctl.reports.words import amount, plain

SHARES, SHARES_NARROW = ("min", "p5", "median", "p95", "max"), ("min", "median", "max")
REASONS_SHOWN = 8
SEEDS_SHOWN = 10


def render(document: Mapping[str, Any], symbols: Symbols, width: int = 100) -> str:
    """Return the text, lines about `width` long."""
    return "\n".join(
        [
            *verdict(document, symbols),
            *_groups(document, width),
            *_reasons("seeds that could not be run", document["broken"], width),
            *_died(document["died"], width),
            *_reasons("unknown", document["unknown"], width),
            *_happened(document),
            *_figures(document["figures"], width),
        ]
    )


def determinism(document: Mapping[str, Any], symbols: Symbols, width: int = 100) -> str:
    """Return what a check of determinism found: how many seeds gave the same, and where the first did not."""
    differ, name = document["differ"], plain(document["experiment"])
    word = "fail" if differ else "pass" if document["seeds"] else "unknown"
    same = f"{document['seeds'] - len(differ):,} of {document['seeds']:,} seeds gave the same draws and rows twice"
    lines = [f"{symbols.verdicts[word]} {word.upper()}  {name}: {same}"]
    if differ:
        first = differ[0]
        lines.append(f"  seed {first['seed']} first differs in {plain(first['place'])}")
        lines += [f"    {title:<7} {plain(first[title], width - 12)}" for title in ("before", "first", "second")]
        lines.append(f"  seeds that differ: {', '.join(str(each['seed']) for each in differ[:SEEDS_SHOWN])}")
    return "\n".join(lines)


def progress_line(experiment: str, counts: Mapping[str, int], seeds_per_s: float, simulated_s_per_s: float) -> str:
    """Return how far a sweep has come, on one line; `counts` are numbers by what they count."""
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    return f"{experiment}: {told}; {seeds_per_s:,.1f} seeds/s, {simulated_s_per_s:,.0f} simulated s a second"


def verdict(document: Mapping[str, Any], symbols: Symbols) -> Iterator[str]:
    """Yield the lines that come first: the verdict, what it proves, how fast."""
    word = _word(document)
    expected = "as expected" if document["as_expected"] else f"expected: {document['expected']}"
    counts = f"{document['failed']:,} of {document['seeds']:,} seeds failed"
    yield f"{symbols.verdicts.get(word, '!')} {word.upper()}  {plain(document['experiment'])}: {counts}  ({expected})"
    if document["rate_below"] is not None:
        bound = f"rate of failures below {_percent(document['rate_below'])}, 95 % confidence"
        yield f"  0 of {document['passed']:,} seeds: {bound}"
    for doubt in document["doubts"]:
        yield f"  nothing is proven: {plain(doubt)}"
    if document["is_interrupted"]:
        yield "  interrupted: the same command goes on from here"
    parts = [f"seeds from {document['first_seed']}", f"{document['wall_s']:.1f} s"]
    if document["seeds_per_s"]:
        parts.append(f"{document['seeds_per_s']:,.1f} seeds/s")
        parts.append(f"{document['simulated_s_per_s']:,.0f} simulated s a second")
    if document["earlier"]:
        parts.append(f"{document['earlier']:,} seeds from earlier sittings")
    if document["swarm"]:
        parts.append("each seed drew its own faults")
    yield "  " + ", ".join(parts)


def _word(document: Mapping[str, Any]) -> str:
    if document["died"] or document["broken"]:
        return "broken"
    if document["failed"]:
        return "fail"
    return "unknown" if document["doubts"] or not document["passed"] else "pass"


def _groups(document: Mapping[str, Any], width: int) -> Iterator[str]:
    if document["groups"]:
        yield from ("", "failures, by what they violate")
    for group in document["groups"]:
        seeds = ", ".join(map(str, group["seeds"][:SEEDS_SHOWN])) + (", ..." if group["count"] > SEEDS_SHOWN else "")
        yield f"  {group['count']:>6,}  {plain(group['violates'])}: seed {seeds}"
        yield f"          {plain(group['why'], width - 10)}"
        if group["run"]:
            yield f"          chaosctl report {plain(group['run'])}"


def _reasons(title: str, reasons: list[Mapping[str, Any]], width: int) -> Iterator[str]:
    if reasons:
        yield from ("", f"{title}: {sum(reason['count'] for reason in reasons):,}")
    for reason in reasons[:REASONS_SHOWN]:
        yield f"  {reason['count']:>6,}  {plain(reason['why'], width - 10)}  (seed {reason['seeds'][0]})"
    if len(reasons) > REASONS_SHOWN:
        yield f"          and {len(reasons) - REASONS_SHOWN} more reasons: --json has them all"


def _died(died: Mapping[str, str], width: int) -> Iterator[str]:
    if died:
        yield from ("", f"seeds that killed their worker: {len(died):,}")
    for seed, why in list(died.items())[:SEEDS_SHOWN]:
        yield f"  seed {seed}: {plain(why, width - 10)}"


def _happened(document: Mapping[str, Any]) -> Iterator[str]:
    medians = document["medians"]
    if medians["hit"] is None:
        return
    yield from ("", "what happened")
    names = {"hit": "faults that hit", "lost": "messages lost", "leaders": "leaders made"}
    yield "  medians a seed: " + ", ".join(f"{text} {medians[name]:g}" for name, text in names.items())
    for name, rare in document["sometimes"].items():
        yield f"  {plain(name)}: in {rare['seeds']:,} of {document['seeds']:,} seeds, median {rare['median']:g}"


def _figures(figures: Mapping[str, Mapping[str, Any]], room: int) -> Iterator[str]:
    """Yield a row a figure of the whole run, and by side while faults held; the document has every slice."""
    shown = {name: figure for name, figure in figures.items() if is_shown(name)}
    if not shown:
        return
    yield ""
    width = max(len("figures over seeds"), *(len(label(name)) + 2 for name in shown))
    shares, column = (SHARES, 13) if width + 13 * len(SHARES) <= room else (SHARES_NARROW, 11)
    yield f"{'figures over seeds':<{width}}" + "".join(f"{share:>{column}}" for share in shares)
    for name, figure in shown.items():
        values = "".join(f"{amount(figure[share], figure['unit']):>{column}}" for share in shares)
        yield f"  {label(name):<{width - 2}}{values}"


def is_shown(name: str) -> bool:
    """Return whether the figure of this name is in the table."""
    metric, phase, *rest = name.split("/")
    if phase == "all":
        return len(rest) == (metric == "operations")
    return phase == "faults" and rest in (["majority"], ["minority"])


def label(name: str) -> str:
    """Return a figure's name as the table has it."""
    return name.replace("/all", "").replace("/", " ")


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
