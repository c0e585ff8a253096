"""A cycle of transactions as a picture: each in a box, and from each an arrow to the next, with why it came before.

From top to bottom stand the transactions as each came before the next; the last arrow leads back up to the first, and
closes the contradiction. Plain SVG without script, style sheet or anything from elsewhere: it can stand in a page.
"""

from html import escape

from chaosctl.checkers.isolation.txns import parts_text
from chaosctl.history.findings import Cycle, CycleStep
from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation
from chaosctl.reports.words import plain

MOST_DRAWN = 12
"""Steps of one picture; a longer cycle is cut after them, and says so."""

LEFT, TOP, BOX, GAP, LETTER, LEAST = 70, 44, 44, 46, 7, 640
"""In pixels: room for the arrow back, where boxes begin, a box, the space between two, a letter, the least width."""

MOST_LETTERS = 150

COLOURS = {"ww": "#6a1b9a", "wr": "#1565c0", "rw": "#c62828", "time": "#5f6368"}
"""The colour of each kind of edge."""


def draw(recording: Recording, cycle: Cycle) -> str:
    """Return the picture as SVG."""
    steps = cycle.steps[:MOST_DRAWN]
    texts = _texts(recording, {step.before for step in steps})
    numbers = {index: place for place, index in enumerate(dict.fromkeys(step.before for step in cycle.steps), 1)}
    back = steps[-1]
    longest = max(len(text) for text in [*texts.values(), *(_why(step) for step in cycle.steps), cycle.meaning])
    width = max(LEAST, LEFT + 60 + LETTER * min(longest, MOST_LETTERS))
    bottom = TOP + len(steps) * (BOX + GAP) - GAP
    is_cut = len(steps) < len(cycle.steps)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom + 50}" '
        f'viewBox="0 0 {width} {bottom + 50}" font-family="sans-serif" font-size="12" role="img">',
        f'<rect width="{width}" height="{bottom + 50}" fill="#ffffff"/>',
        _text(10, 20, f"{cycle.name}: {cycle.meaning}", weight="bold"),
    ]
    for place, step in enumerate(steps):
        top = TOP + place * (BOX + GAP)
        parts += [
            f'<rect x="{LEFT}" y="{top}" width="{width - LEFT - 20}" height="{BOX}" rx="5" fill="#f1f3f4" '
            'stroke="#5f6368"/>',
            _text(LEFT + 10, top + 26, f"T{numbers[step.before]}  {texts.get(step.before, '')}"),
        ]
        if place < len(steps) - 1:
            x, y = LEFT + 24, top + BOX
            parts += [*_arrow(f"M {x} {y} L {x} {y + GAP - 8}", x, y + GAP, step.kind, is_down=True)]
            parts.append(_text(x + 14, y + 27, _why(step), colour=COLOURS[step.kind]))
    y = TOP + BOX // 2
    last = bottom - BOX // 2
    parts += _arrow(f"M {LEFT} {last} H 30 V {y} H {LEFT - 8}", LEFT, y, back.kind, is_down=False)
    why = f"and so on, {len(cycle.steps)} transactions in all" if is_cut else f"and back: {_why(back)}"
    parts.append(_text(30, bottom + 26, why, colour=COLOURS[back.kind]))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _texts(recording: Recording, wanted: set[int]) -> dict[int, str]:
    """Return each transaction in words, by the index of its invocation: whose it was, and what it was answered."""
    under_way: dict[int, Operation] = {}
    found: dict[int, str] = {}
    for row in recording.operations:
        if row.type == "invoke":
            under_way[row.process] = row
            if row.index in wanted:
                found[row.index] = f"{_words(row)} (no answer)"
        elif (invoked := under_way.pop(row.process, None)) is not None and invoked.index in wanted:
            found[invoked.index] = _words(row) if row.type == "ok" else f"{_words(row)} ({row.type})"
    return found


def _words(row: Operation) -> str:
    return f"{row.client or f'process {row.process}'}: {parts_text(row.value or ())}"


def _why(step: CycleStep) -> str:
    return f"{step.kind}: {step.why}"


def _arrow(path: str, x: int, y: int, kind: str, *, is_down: bool) -> list[str]:
    colour = COLOURS[kind]
    head = f"{x - 5},{y - 9} {x + 5},{y - 9} {x},{y}" if is_down else f"{x - 9},{y - 5} {x - 9},{y + 5} {x},{y}"
    dashes = ' stroke-dasharray="5 4"' if kind == "time" else ""
    return [
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>',
        f'<polygon points="{head}" fill="{colour}"/>',
    ]


def _text(x: int, y: int, text: str, *, colour: str = "#1a1a1a", weight: str = "normal") -> str:
    bold = f' font-weight="{weight}"' if weight != "normal" else ""
    return f'<text x="{x}" y="{y}" fill="{colour}"{bold}>{escape(plain(text, MOST_LETTERS))}</text>'
