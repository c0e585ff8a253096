"""What a person sees while a run goes on: nodes, who leads, faults that hold, and a strip of availability."""

from collections import deque

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
        return Group(self._head(), self._nodes(), self._availability(), self._faults())

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
