"""Where the words beside arrows stand: a third of the way on, and none over another one.

Arrows that meet do so at their ends, and in the middle they cross; a third of the way each is by itself most often.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LETTER, HEIGHT = 5.6, 10
"""In units of the picture: a letter's width, and a line's height."""

TRIES = (0, HEIGHT, -HEIGHT, 2 * HEIGHT)
"""How far up and down a free place is looked for; where none is found the tip of the arrow says it alone."""


@dataclass(frozen=True)
class Label:
    """A word, from its left end on its line."""

    x: float
    y: float
    text: str

    def is_over(self, other: "Label") -> bool:
        """Return whether two words would stand in one place."""
        first, second = sorted((self, other), key=lambda each: each.x)
        return first.x + LETTER * len(first.text) + 3 > second.x and abs(self.y - other.y) < HEIGHT


def placed(wanted: Iterable[tuple[float, float, float, float, str]]) -> Iterator[Label]:
    """Yield a label for each (x1, y1, x2, y2, word) that there is room for; equal words in one place are one."""
    there: list[Label] = []
    for x1, y1, x2, y2, text in wanted:
        x, y = round(x1 + (x2 - x1) / 3 + 4, 1), round(y1 + (y2 - y1) / 3, 1)
        tried = [Label(x, y + down, text) for down in TRIES]
        if any(other.text == text and other.is_over(tried[0]) for other in there):
            continue
        free = next((label for label in tried if not any(label.is_over(other) for other in there)), None)
        if free is not None:
            there.append(free)
            yield free
