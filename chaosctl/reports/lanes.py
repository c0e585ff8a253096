"""A contradiction as a picture: one lane a client, the faults behind them, each operation from its call to its answer.

From left to right stand the rows of the history in their order, as far apart as the words between them need, so that
what overlapped is seen to. A number in an operation is its place in the last order that worked; its tip says which
state it left. The picture is plain SVG without script, style sheet or anything from elsewhere: it can stand in a page.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from chaosctl.checkers.objects import ANSWERING
from chaosctl.history.findings import Contradiction
from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation
from chaosctl.reports.words import plain, time_text, value_text

MOST_DRAWN = 60
"""Operations in one picture: those involved, and the last of all others that were under way."""

LABEL, LANE, BAR, TOP, STEP, LETTER, LEAST = 110, 34, 24, 46, 22, 7, 760
"""In pixels: a label, a lane, an operation, where lanes begin, the least from row to row, a letter, the least width."""

MOST_LETTERS = 26
"""Of what an operation says so much is shown; all of it is in its tip."""

FILLS = {"stuck": ("#c62828", "#ffffff"), "involved": ("#ffd54f", "#1a1a1a"), "other": ("#dfe3e8", "#1a1a1a")}
"""What an operation is to the contradiction, the colour of it and of its text."""

FAULT = "#b39ddb"


@dataclass(frozen=True)
class Bar:
    """An operation: the rows where it was called and answered (None: not until the end), what it says, what it is."""

    begin: int
    end: int | None
    text: str
    role: str
    note: str


@dataclass(frozen=True)
class Picture:
    """What is drawn: lanes by client, faults as (name, first row, last row), the rows' times, and lines below."""

    title: str
    lanes: dict[str, list[Bar]]
    faults: list[tuple[str, int, int]]
    times_ns: list[int]
    lines: list[str]

    def places(self) -> list[int]:
        """Return where each row stands, and after them the right edge, so that every operation's words have room."""
        ending: dict[int, list[Bar]] = {}
        for bar in (bar for lane in self.lanes.values() for bar in lane):
            ending.setdefault(len(self.times_ns) if bar.end is None else bar.end, []).append(bar)
        found = [LABEL]
        for row in range(1, len(self.times_ns) + 1):
            room = (found[bar.begin] + LETTER * min(len(bar.text), MOST_LETTERS) + 14 for bar in ending.get(row, ()))
            found.append(max(found[-1] + STEP, *room, 0))
        return found


def picture_of(recording: Recording, contradiction: Contradiction, most: int = MOST_DRAWN) -> Picture:
    """Return the picture of why nothing explains an operation, with so many operations at most."""
    calls = _drawn(list(_calls(recording, contradiction)), contradiction, most)
    rows = sorted({row.index: row.time for call in calls for row in call if row is not None}.items())
    places = {index: place for place, (index, _time) in enumerate(rows)}
    effects = {effect.operation: (place, effect) for place, effect in enumerate(contradiction.order, 1)}
    lanes: dict[str, list[Bar]] = {}
    for invoked, completed in calls:
        end = places[completed.index] if completed is not None and completed.type == "ok" else None
        number, effect = effects.get(invoked.index, (0, None))
        text = _text(invoked, completed, contradiction.key)
        note = text + (f" leaves {effect.state}" if effect is not None else ", not in the last order that worked")
        role = "stuck" if invoked.index == contradiction.stuck else "other"
        role = "involved" if role == "other" and invoked.index in contradiction.involved else role
        bar = Bar(places[invoked.index], end, f"{number}. {text}" if number else text, role, note)
        lanes.setdefault(invoked.client or f"process {invoked.process}", []).append(bar)
    times = [time for _index, time in rows]
    title = f"{contradiction.key}: no order of effects explains the operation in red"
    return Picture(title, lanes, list(_faults(recording, times)), times, list(lines_of(contradiction)))


def lines_of(contradiction: Contradiction) -> Iterator[str]:
    """Yield what is to be said below a picture."""
    if contradiction.order:
        yield f"numbers: the last order that worked; it left {contradiction.order[-1].state}"
    if contradiction.instead:
        yield f"the operation in red could have answered {' or '.join(contradiction.instead)}"
    yield "yellow: enough for there to be no order with the one in red; dashed: never answered"


def draw(picture: Picture) -> str:
    """Return the picture as SVG."""
    places = picture.places()
    width = max(LEAST, places[-1] + STEP)
    bottom = TOP + LANE * len(picture.lanes)
    height = bottom + 30 + 18 * len(picture.lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" role="img">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _label(10, 18, picture.title, limit=160, weight="bold"),
    ]
    for name, begin, end in picture.faults:
        left, right = places[begin], places[end]
        parts.append(
            f'<rect x="{left}" y="{TOP - 22}" width="{right - left}" height="{bottom - TOP + 22}" fill="{FAULT}" '
            f'fill-opacity="0.3">{_tip(name)}</rect>'
        )
        parts.append(_label(left + 4, TOP - 10, name, limit=MOST_LETTERS, colour="#4527a0"))
    for lane, (client, bars) in enumerate(picture.lanes.items()):
        y = TOP + LANE * lane
        middle = y + LANE // 2
        parts.append(f'<line x1="{LABEL}" y1="{middle}" x2="{width}" y2="{middle}" stroke="#9aa0a6"/>')
        parts.append(_label(10, middle + 4, client, limit=14))
        parts += [_bar(bar, y, places) for bar in bars]
    parts += list(_axis(picture, places, bottom))
    parts += [
        _label(10, bottom + 36 + 18 * place, line, limit=width // LETTER) for place, line in enumerate(picture.lines)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _calls(recording: Recording, contradiction: Contradiction) -> Iterator[tuple[Operation, Operation | None]]:
    """Yield the operations of the object up to the contradiction; an answer that came later is left out."""
    wanted = {effect.operation for effect in contradiction.order} | {*contradiction.involved, contradiction.stuck}
    under_way: dict[int, Operation] = {}
    found: dict[int, tuple[Operation, Operation | None]] = {}
    for row in recording.operations:
        if row.index > contradiction.until:
            break
        if row.type == "invoke":
            under_way[row.process] = row
            found[row.index] = (row, None)
        elif (invoked := under_way.pop(row.process, None)) is not None:
            found[invoked.index] = (invoked, row)
    yield from (call for index, call in found.items() if index in wanted)


def _drawn(
    calls: list[tuple[Operation, Operation | None]], contradiction: Contradiction, most: int
) -> list[tuple[Operation, Operation | None]]:
    """Return the calls that fit in a picture: the last ones, and of those involved as many."""
    involved = [call for call in calls if call[0].index in {*contradiction.involved, contradiction.stuck}]
    kept = {call[0].index for call in (*involved[-most // 2 :], *calls[-most // 2 :])}
    return [call for call in calls if call[0].index in kept]


def _faults(recording: Recording, times: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Yield (name, place, place) of the faults that were in force while these rows were written."""
    healed = {row.occurrence: row.time for row in recording.faults if row.phase == "healed"}
    for row in recording.faults:
        if row.phase == "applied":
            begin, end = bisect_left(times, row.time), bisect_left(times, healed.get(row.occurrence, 1 << 62))
            if begin < len(times) and end > 0:
                yield row.name or row.kind, begin, max(end, begin + 1)


def _text(invoked: Operation, completed: Operation | None, key: str) -> str:
    """Return an operation in words, without the key that all have in common."""
    asked = _bare(invoked.value, key)
    words = invoked.f if asked is None else f"{invoked.f} {value_text(asked)}"
    if completed is None or completed.type != "ok":
        return words
    answer = _bare(completed.value, key)
    if invoked.f not in ANSWERING and answer in (None, asked):
        return words
    return f"{invoked.f} = {value_text(answer)}"


def _bare(value: Any, key: str) -> Any:
    return value[1] if isinstance(value, list | tuple) and len(value) == 2 and str(value[0]) == key else value


def _bar(bar: Bar, y: int, places: list[int]) -> str:
    left, right = places[bar.begin] + 2, places[-1 if bar.end is None else bar.end] - 2
    fill, ink = FILLS[bar.role]
    dashes = ' stroke-dasharray="4 3"' if bar.end is None else ""
    top = y + (LANE - BAR) // 2
    return (
        f'<g><rect x="{left}" y="{top}" width="{right - left}" height="{BAR}" rx="4" fill="{fill}" '
        f'stroke="#5f6368"{dashes}>{_tip(bar.note)}</rect>'
        f"{_label(left + 5, top + 16, bar.text, limit=MOST_LETTERS, colour=ink)}</g>"
    )


def _axis(picture: Picture, places: list[int], bottom: int) -> Iterator[str]:
    """Yield a time under as many rows as there is room for."""
    free = 0
    for x, time_ns in zip(places, picture.times_ns, strict=False):
        if x >= free:
            yield _label(x, bottom + 14, time_text(time_ns), limit=12, colour="#5f6368")
            free = x + 10 * LETTER


def _label(x: int, y: int, text: str, *, limit: int, colour: str = "#1a1a1a", weight: str = "normal") -> str:
    bold = f' font-weight="{weight}"' if weight != "normal" else ""
    return f'<text x="{x}" y="{y}" fill="{colour}"{bold}>{escape(plain(text, limit))}</text>'


def _tip(text: str) -> str:
    return f"<title>{escape(plain(text))}</title>"
