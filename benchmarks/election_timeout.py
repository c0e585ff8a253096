"""Raft's election timeout against the time without a leader: figure 16 of the Raft paper, reproduced in simulation.

    python benchmarks/election_timeout.py --trials 1000 --svg benchmarks/election_timeout.svg      # some minutes

D. Ongaro, J. Ousterhout, "In Search of an Understandable Consensus Algorithm" (USENIX ATC 2014), section 9.3. Five
servers whose broadcast time (there and back, and a write to disk) is about 15 ms: 2 to 3 ms a way, 6 ms a sync. The
leader crashes at a moment drawn from one heartbeat interval (half of the least timeout); two of the four that are left
are behind in their logs and may not lead. Measured is from the crash to the first heartbeat of the next leader that
anybody receives; the followers' timers run on from the last heartbeat of the old one. No pre-vote, no check-quorum.
The picture is the figure: the share of trials that had a leader after so long, a line a range, and as dots what the
paper's text says of one.
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.history.recording import Recording
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.run import judge_in_simulation

SETTLED_MS = 300
"""From then on the first leader is in office, with the tightest timeouts too."""


@dataclass(frozen=True)
class Setting:
    """A range of timeouts, how long a trial lasts after the crash, and what the paper's text says of it."""

    least_ms: float
    most_ms: float
    horizon_ms: int
    paper: str = ""
    dot: tuple[float, float] | None = None
    """A point of the paper's own distribution: after so many ms so large a share had a leader."""

    def __str__(self) -> str:
        return f"{self.least_ms:g}-{self.most_ms:g} ms"


SETTINGS = (
    Setting(150, 150, 12_000, "above 10 s, consistently"),
    Setting(150, 151, 12_000),
    Setting(150, 155, 6_000, "median 287 ms", (287, 0.5)),
    Setting(150, 175, 4_000),
    Setting(150, 200, 3_000, "worst 513 ms", (513, 1.0)),
    Setting(150, 300, 3_000),
    Setting(12, 24, 1_000, "mean 35 ms, worst 152 ms", (152, 1.0)),
    Setting(25, 50, 1_000),
    Setting(50, 100, 1_500),
    Setting(100, 200, 2_000),
)

SHARES = (10, 25, 50, 75, 90, 99)


def experiment(setting: Setting, disk: str = "6ms", latency: str = 'min = "2ms", max = "3ms"') -> str:
    """Return a trial as an experiment file: n1 to n3 may lead, and n1 is told to."""
    heartbeat_ms = setting.least_ms / 2
    return f"""name = "figure-16"
duration = "{SETTLED_MS + heartbeat_ms + setting.horizon_ms:g}ms"
grace = "1ms"
[system]
pattern = "raft-election"
nodes = 5
[system.options]
heartbeat = "{heartbeat_ms:g}ms"
election_timeout_min = "{setting.least_ms:g}ms"
election_timeout_max = "{setting.most_ms:g}ms"
pre_vote = false
check_quorum = false
behind = ["n4", "n5"]
[network]
latency = {{ distribution = "uniform", {latency} }}
[disk]
sync = "{disk}"
[workload]
clients = 1
script = [{{ at = "0ms", node = "n1", f = "who-leads" }}]
[[faults]]
kind = "operator"
command = "stand"
target = "n1"
[[faults]]
kind = "crash"
target = "leader"
at = {{ random = ["{SETTLED_MS}ms", "{SETTLED_MS + heartbeat_ms:g}ms"] }}
"""


def without_leader_ms(recording: Recording) -> float | None:
    """Return how long it took from the crash to a follower of the next leader; None where that never came."""
    crashed_ns = next(row.time for row in recording.faults if row.kind == "crash" and row.phase == "applied")
    led = [
        int(row.fields["term"]) for row in recording.events if row.event == "became_leader" and row.time < crashed_ns
    ]
    seen = [row for row in recording.events if row.event == "leader_seen" and row.time > crashed_ns]
    return next(((row.time - crashed_ns) / 1e6 for row in seen if int(row.fields["term"]) > max(led)), None)


def trials(setting: Setting, count: int) -> list[float]:
    """Return the times of so many trials in order, infinite where nobody was elected before the trial ended."""
    loaded = load(experiment(setting), catalogue())
    found = []
    for seed in range(count):
        plan = make_plan(loaded, seed, load_pattern("raft-election"), load_workload)
        took_ms = without_leader_ms(judge_in_simulation(plan, messages_wanted=False)[0])
        found.append(float("inf") if took_ms is None else took_ms)
    return sorted(found)


def written(value: float, setting: Setting) -> str:
    """Return milliseconds, or how long the trial lasted at least."""
    return f"{value:.0f}" if value < float("inf") else f"> {setting.horizon_ms}"


COLOURS = ("#999999", "#1f77b4", "#2ca02c", "#9467bd", "#d62728", "#8c564b", "#ff7f0e", "#17becf", "#bcbd22", "#e377c2")
WIDTH, HEIGHT, LEFT, TOP = 640, 300, 50, 20


def place(milliseconds: float, share: float) -> tuple[float, float]:
    """Return where a point stands in the picture: time from 10 ms to 10 s to the right, by its logarithm."""
    return LEFT + WIDTH * (math.log10(milliseconds) - 1) / 3, TOP + HEIGHT * (1 - share)


def picture(found: dict[Setting, list[float]]) -> str:
    """Return the distributions as SVG."""
    marks = []
    for tick in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000):
        x, bottom = place(tick, 0)
        marks.append(f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="#dddddd"/>')
        marks.append(f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{tick}</text>')
    marks.extend(
        f'<text x="{LEFT - 8}" y="{place(10, share / 100)[1] + 4:.1f}" text-anchor="end">{share} %</text>'
        for share in (0, 25, 50, 75, 100)
    )
    for number, (setting, took) in enumerate(found.items()):
        colour = COLOURS[number]
        ends = [took[max(math.ceil(len(took) * share / 100) - 1, 0)] for share in range(101)]
        points = [place(end, share / 100) for share, end in enumerate(ends) if end <= 10_000]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        marks.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if setting.dot:
            x, y = place(*setting.dot)
            marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        marks.append(f'<text x="{LEFT + WIDTH + 14}" y="{TOP + 14 + 18 * number}" fill="{colour}">{setting}</text>')
    title = "Share of trials with a leader, by ms since the crash; dots: what the paper says"
    marks.append(f'<text x="{LEFT}" y="{TOP + HEIGHT + 36}">{title}</text>')
    size = f'width="{LEFT + WIDTH + 110}" height="{TOP + HEIGHT + 46}"'
    style = 'font-family="sans-serif" font-size="12"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>', *marks, "</svg>\n"])


def main() -> None:
    """Print the table: a row a range, with the points of its distribution, beside what the paper's text says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1_000, help="for each range (default %(default)s)")
    parser.add_argument("--svg", type=Path, help="where to draw the distributions")
    arguments = parser.parse_args()
    found = {}
    print("| election timeout | " + " | ".join(f"{share} %" for share in SHARES) + " | worst | mean | the paper says |")
    print("|---|" + "---:|" * (len(SHARES) + 2) + "---|")
    for setting in SETTINGS:
        took = found[setting] = trials(setting, arguments.trials)
        points = [median(took) if share == 50 else took[(len(took) - 1) * share // 100] for share in SHARES]
        cells = [written(point, setting) for point in (*points, took[-1], mean(took))]
        print(f"| {setting} | " + " | ".join(cells) + f" | {setting.paper} |", flush=True)
    if arguments.svg:
        arguments.svg.write_text(picture(found), encoding="utf-8")


if __name__ == "__main__":
    main()
