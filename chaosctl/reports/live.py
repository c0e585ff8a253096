"""What a person sees while a run goes on: nodes, roles, who leads, cut links, faults, and a strip of availability."""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import combinations

import trio
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from chaosctl.runtimes.conductor import Conductor

FRAME_SECONDS = 0.1
STRIP = 60
"""So many samples of availability are shown, one a frame."""

LEVELS = " ▁▂▃▄▅▆▇█"


async def watch(conductor: Conductor) -> None:
    """Show the run on stderr until it is cancelled."""
    console = Console(stderr=True)
    screen = _Screen(conductor, console.width)
    with Live(screen.draw(), console=console, refresh_per_second=10, transient=True) as live:
        while True:
            await trio.sleep(FRAME_SECONDS)
            screen.sample()
            live.update(screen.draw())


class _Screen:
    """Samples the conductor and draws one frame."""

    def __init__(self, conductor: Conductor, width: int) -> None:
        self._width = width
        self._room = max(10, width - len("availability   "))
        self._conductor = conductor
        self._last = (0, 0)
        self._strip: deque[float | None] = deque(maxlen=STRIP)

    def sample(self) -> None:
        """Add what has ended since the last sample to the strip."""
        tally = self._conductor.clients.tally
        ended, ok = sum(tally.outcomes.values()) + tally.missed, tally.outcomes["ok"]
        since, served = ended - self._last[0], ok - self._last[1]
        self._last = (ended, ok)
        self._strip.append(served / since if since else None)

    def draw(self) -> Group:
        """Return the frame."""
        lines = [self._head(), self._nodes(), *self._roles(), self._links(), self._availability(), self._faults()]
        for line in lines:
            line.truncate(self._width, overflow="ellipsis")
        return Group(*lines)

    def _head(self) -> Text:
        conductor = self._conductor
        if conductor.journal.zero_ns is None:
            return Text.from_markup(f"[bold]{escape(conductor.plan.experiment.name)}[/] starting")
        tally = conductor.clients.tally
        total = (conductor.load_ns / 1e9) + conductor.plan.grace
        counts = "  ".join(f"{kind} {count}" for kind, count in tally.outcomes.items())
        return Text.from_markup(
            f"[bold]{escape(conductor.plan.experiment.name)}[/]  {conductor.journal.now_ns() / 1e9:5.1f} of "
            f"{total:.1f} s   {counts}  missed {tally.missed}"
        )

    def _nodes(self) -> Text:
        text = Text("nodes         ")
        leaders = self._conductor.members.leaders()
        for name, member in self._conductor.members.members.items():
            if member.state == "down":
                text.append(f" ✕ {name} ", style="red")
            elif member.is_paused:
                text.append(f" ‖ {name} ", style="yellow")
            elif name in leaders:
                text.append(f" ▲ {name} ", style="bold green")
            else:
                text.append(f" ● {name} ")
        return text

    def _roles(self) -> list[Text]:
        placement = self._conductor.plan.placement
        if len({frozenset(hosts) for hosts in placement.values()}) < 2:
            return []
        told = ", ".join(f"{role} {' '.join(hosts)}" for role, hosts in placement.items())
        return [Text("roles          " + told)]

    def _links(self) -> Text:
        cut = self._conductor.router.network.cut_ways(self._conductor.plan.nodes)
        told = links_text(self._conductor.plan.nodes, cut)
        return Text("links          " + (told or "all whole"), style="red" if told else "dim")

    def _availability(self) -> Text:
        text = Text("availability   ")
        for share in list(self._strip)[-self._room :]:
            if share is None:
                text.append("·", style="dim")
            else:
                style = "green" if share > 0.99 else "yellow" if share > 0 else "red"
                text.append(LEVELS[max(1, round(share * 8))], style=style)
        return text

    def _faults(self) -> Text:
        held = self._conductor.schedule.holding()
        return Text("faults         " + (", ".join(held) if held else "none"), style="red" if held else "dim")


def links_text(nodes: Sequence[str], cut: set[tuple[str, str]]) -> str:
    """Return which links are cut: the sides of a partition, `n1 n2 ╫ n3`, or else each link, one way as `n1 ↛ n2`."""
    severed = [pair for pair in combinations(nodes, 2) if pair in cut and pair[::-1] in cut]
    sides = _sides(nodes, severed)
    across = sum(len(one) * len(other) for one, other in combinations(sides, 2))
    if cut and len(severed) == across and len(cut) == 2 * across:
        return " ╫ ".join(" ".join(side) for side in sides)
    both = [f"{one} ╫ {other}" for one, other in severed]
    one_way = [f"{one} ↛ {other}" for one, other in sorted(cut) if (other, one) not in cut]
    return ", ".join(both + one_way)


def _sides(nodes: Sequence[str], severed: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the nodes in groups that are joined by links that are not severed, in their order."""
    side: Mapping[str, list[str]] = {node: [node] for node in nodes}
    for one, other in combinations(nodes, 2):
        if (one, other) not in severed and side[one] is not side[other]:
            merged = sorted(side[one] + side[other], key=list(nodes).index)
            side = {node: merged if node in merged else group for node, group in side.items()}
    return [list(group) for group in dict.fromkeys(tuple(side[node]) for node in nodes)]
