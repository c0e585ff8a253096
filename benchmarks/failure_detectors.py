"""Three failure detectors under the same load, measured in simulation beside the closed form of Chen's NFD-S.

    python benchmarks/failure_detectors.py --heartbeats 100000      # some minutes

W. Chen, S. Toueg, M. K. Aguilera, "On the Quality of Service of Failure Detectors" (2002), theorem 5: one watched
node, one monitor, a heartbeat every `PERIOD`, each lost with probability `LOSS`, else late by an exponential time of
mean `DELAY`. As there, detectors are compared at one bound on the time to detect a crash: NFD-S with shift delta has
delta + period for a bound. A fixed timeout has none but the delay's own: it is set to the same sum. Phi accrual's
threshold is what it is set by, so its rows stand at the detection time that came of it.

Mistakes are measured in one long run without a crash, detection in runs that end with one, at a time drawn from a
period. A recurrence of few mistakes is a rough number: how many there were stands beside it.
"""

import argparse
import math
from dataclasses import dataclass

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.measurements import measure_all
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.run import judge_in_simulation

PERIOD, LOSS, DELAY = 0.1, 0.05, 0.01
"""Seconds between heartbeats, the share that is lost, and the mean of the delay of the others."""

STEPS = 10_000
"""Into so many the integral over a period is cut."""

NAMES = ("mistake-rate", "mistake-duration", "query-accuracy", "crash-detection-time")


@dataclass(frozen=True)
class Setting:
    """A detector and how it is set; `shift_ms` where the closed form speaks of it."""

    detector: str
    option: str
    shift_ms: float | None = None


SETTINGS = (
    *(Setting("nfd-s", f'shift = "{ms}ms"', ms) for ms in (25, 50, 75, 110, 150)),
    *(Setting("fixed", f'suspect = "{100 + ms}ms"') for ms in (25, 50, 75, 110, 150)),
    *(Setting("phi-accrual", f"phi = {phi}") for phi in (1.0, 2.0, 4.0, 8.0)),
)


@dataclass(frozen=True)
class Quality:
    """Time between mistakes, how long one takes (s), and the share of time in which the monitor is right."""

    recurrence: float
    duration: float
    accuracy: float


def closed_form(shift: float) -> Quality:
    """Return what theorem 5 says of NFD-S with this shift (s)."""

    def late(after: float) -> float:
        """Return the chance that a heartbeat takes longer than that, or never comes."""
        return LOSS + (1 - LOSS) * (math.exp(-after / DELAY) if after > 0 else 1.0)

    def wrong(since: float) -> float:
        """Return u(x): the chance that no good heartbeat is here so long after a freshness point."""
        heartbeats = range(math.ceil(shift / PERIOD) + 1)
        return math.prod(late(shift + since - number * PERIOD) for number in heartbeats)

    begins = (1 - late(shift + PERIOD)) * wrong(0)
    width = PERIOD / STEPS
    area = math.fsum(wrong((step + 0.5) * width) for step in range(STEPS)) * width
    return Quality(PERIOD / begins, area / begins, 1 - area / PERIOD)


def experiment(setting: Setting, seconds: float, fault: str = "") -> str:
    """Return a run of one pair as an experiment file."""
    return f"""name = "failure-detectors"
duration = "{seconds:g}s"
grace = "1ms"
[system]
pattern = "failure-detector"
nodes = 2
[system.roles]
monitor = ["n1"]
watched = ["n2"]
[system.options]
detector = "{setting.detector}"
heartbeat = "{PERIOD * 1000:g}ms"
{setting.option}
[network]
latency = {{ distribution = "exponential", mean = "{DELAY * 1000:g}ms" }}
[[network.links]]
message = "heartbeat"
loss = {LOSS}
[workload]
clients = 1
script = [{{ at = "0ms", node = "n1", f = "suspects" }}]
{fault}
"""


CRASH = f"""[[faults]]
kind = "crash"
target = "n2"
at = {{ random = ["3s", "{3 + PERIOD:g}s"] }}
"""


@dataclass(frozen=True)
class Measured:
    """A figure of a whole run."""

    value: float
    extra: dict[str, int]


def figures(text: str, seed: int) -> dict[str, Measured]:
    """Return the figures of a whole run that the table is made of, by name."""
    plan = make_plan(load(text, catalogue()), seed, load_pattern("failure-detector"), load_workload)
    measured = measure_all(judge_in_simulation(plan, messages_wanted=False)[0])
    rows = {name: measured[name]["values"][0] for name in NAMES if name in measured}
    return {name: Measured(row["value"], row.get("extra", {})) for name, row in rows.items()}


def mistakes(setting: Setting, heartbeats: int) -> tuple[Quality, int]:
    """Return what one long run without a crash says, and on how many mistakes that rests."""
    found = figures(experiment(setting, heartbeats * PERIOD), seed=1)
    rate, count = found["mistake-rate"].value, found["mistake-rate"].extra["mistakes"]
    duration = found["mistake-duration"].value if count else math.nan
    return Quality(1 / rate if rate else math.inf, duration, found["query-accuracy"].value), count


def detections(setting: Setting, trials: int) -> list[float]:
    """Return how long it took the monitor to suspect for good, for so many crashes."""
    text = experiment(setting, 3 + 10 * PERIOD + 1, CRASH)
    return [figures(text, seed)["crash-detection-time"].value for seed in range(trials)]


def main() -> None:
    """Print the table: a row a detector and setting, what was measured beside what the theorem says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heartbeats", type=int, default=100_000, help="for each row (default %(default)s)")
    parser.add_argument("--trials", type=int, default=200, help="crashes for each row (default %(default)s)")
    arguments = parser.parse_args()
    print("| detector | detected after, mean / worst (bound) ms | mistakes | between two, s (formula)", end="")
    print(" | one takes, ms (formula) | query accuracy (formula) |\n|---|---:|---:|---:|---:|---:|")
    for setting in SETTINGS:
        took = detections(setting, arguments.trials)
        measured, count = mistakes(setting, arguments.heartbeats)
        formula = None if setting.shift_ms is None else closed_form(setting.shift_ms / 1000)
        bound = "" if setting.shift_ms is None else f" ({PERIOD * 1000 + setting.shift_ms:g})"
        cells = (
            f"{setting.detector}, {setting.option}",
            f"{sum(took) / len(took) * 1000:.0f} / {max(took) * 1000:.0f}{bound}",
            str(count),
            f"{measured.recurrence:.3g}" + (f" ({formula.recurrence:.3g})" if formula else ""),
            f"{measured.duration * 1000:.1f}" + (f" ({formula.duration * 1000:.1f})" if formula else ""),
            f"{measured.accuracy:.6f}" + (f" ({formula.accuracy:.6f})" if formula else ""),
        )
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
