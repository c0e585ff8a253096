"""The experiment that a Maelstrom command line stands for: `chaosctl test` writes it as a file would have it.

Options are Maelstrom's (its core.clj), and most defaults (docs/own-node.md says which are not, and why). The window of
a fault is laid out beforehand, not drawn, so that each kind happens at least once: nothing passes because chance had
left a fault out. How long it holds there is drawn from the run's seed: nothing passes because all outages were equally
long.
"""

from dataclasses import dataclass
from typing import Any

from chaosctl.errors import BadInput
from chaosctl.experiment.mistakes import unknown
from chaosctl.experiment.values import duration_text, parse_duration, toml_key, toml_text

Tables = dict[str, Any]

CHECKS = {
    "echo": "echo",
    "unique-ids": "unique-ids",
    "broadcast": "set-full",
    "g-set": "set-full",
    "g-counter": "counter-sums",
    "pn-counter": "counter-sums",
    "lin-kv": "linearizable",
    "txn-list-append": "",
    "txn-rw-register": "",
}
"""Maelstrom's workloads, and by what each is judged; transactions by the levels that --consistency-models names."""

NEMESES = ("partition", "kill", "pause")
LONGEST_INTERVAL = 10.0
LONGEST_TIMEOUT = 5.0
FEWEST_FOR_GROUPS = 3
"""Of fewer nodes there is no minority with anybody in it, and no ring."""

SHORTEST_SHARE = 0.7
"""A fault holds for this share of its window at least."""

RESTART_SHARES = (0.0, 0.05, 0.15, 0.35)
"""Where in its window a node is killed and started again at once: at growing distances, for clocks coarse and fine."""

ABSENT_FROM = 0.55
"""From here on in that window it is away."""

SOON = 0.1
"""At once: so many seconds later at most."""

APART = 0.1
"""So many seconds are between two kills, or a sixth of a shorter window: what is not yet up again can't be killed."""


@dataclass(frozen=True)
class Options:
    """What the command line said; durations in seconds, words as they were written."""

    workload: str
    command: list[str]
    nodes: list[str]
    time_limit: float
    rate: float
    latency: float
    distribution: str
    nemeses: list[str]
    interval: float | None
    clients: int
    availability: str | None
    settle: float | None
    models: list[str]
    workload_options: Tables


def experiment_text(options: Options) -> str:
    """Return the experiment file; raises BadInput for options that no file could mean."""
    if options.workload not in CHECKS:
        raise BadInput(f"--workload: {unknown('workload of Maelstrom', options.workload, tuple(CHECKS))}")
    run = {"name": f"test-{options.workload}", "duration": duration_text(options.time_limit), "grace": "1s"}
    if options.settle is not None:
        run["settle"] = duration_text(options.settle)
    parts: list[tuple[str, Tables]] = [
        ("", run),
        ("[system]", {"command": options.command, "nodes": options.nodes}),
        ("[network]", {"latency": _latency(options)}),
        ("[[network.links]]", {"from": "clients", "latency": {"distribution": "constant", "mean": "0s"}}),
        ("[[network.links]]", {"to": "clients", "latency": {"distribution": "constant", "mean": "0s"}}),
        ("[workload]", _workload(options)),
    ]
    if options.workload_options:
        parts.append(("[workload.options]", options.workload_options))
    parts += [("[[faults]]", fault) for fault in _faults(options)]
    parts.append(("[expect]", {"verdict": "pass", "checks": _checks(options)}))
    if options.availability is not None:
        parts.append(("[[expect.thresholds]]", {"metric": "availability", "min": _share(options.availability)}))
    return "\n".join(_table(header, table) for header, table in parts)


def seconds(option: str, text: str, unit: str) -> float:
    """Return a duration: with its own unit, or a bare number in Maelstrom's; raises BadInput."""
    try:
        return parse_duration(text if text.strip()[-1:].isalpha() else text.strip() + unit)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from error


def _table(header: str, table: Tables) -> str:
    lines = [f"{toml_key(key)} = {toml_text(value)}" for key, value in table.items()]
    return "\n".join(([header] if header else []) + lines) + "\n"


def _latency(options: Options) -> Tables:
    mean = duration_text(options.latency)
    match options.distribution:
        case "uniform":
            return {"distribution": "uniform", "min": "0s", "max": duration_text(2 * options.latency)}
        case "constant" | "exponential":
            return {"distribution": options.distribution, "mean": mean}
        case other:
            known = unknown("distribution", other, ("constant", "uniform", "exponential"))
            raise BadInput(f"--latency-dist: {known}")


def _workload(options: Options) -> Tables:
    kind = "key-value" if options.workload == "lin-kv" else options.workload
    timeout = duration_text(_timeout(options))
    table = {"kind": kind, "clients": options.clients, "rate": options.rate, "timeout": timeout}
    return table | ({"hang_up": True} if "kill" in options.nemeses else {})


def _timeout(options: Options) -> float:
    """Return Maelstrom's timeout, or less: who waits for what one fault lost must ask again before the next one."""
    least = max(10 * options.latency, 1.0)
    if options.workload == "lin-kv":
        return least
    return min(LONGEST_TIMEOUT, max(least, round(_interval(options, _kinds(options)), 3)))


def _checks(options: Options) -> list[str]:
    check = CHECKS[options.workload]
    return [check] if check else options.models


def _faults(options: Options) -> list[Tables]:
    """Return the faults, one window after another, each again after all the others while there is time."""
    faults = _kinds(options)
    round_trips, interval = 2 * len(faults), _interval(options, faults)
    if round_trips * interval > options.time_limit * 1.0001:
        raise BadInput(
            f"--nemesis-interval: {', '.join(fault['name'] for fault in faults)} one after another, "
            f"{duration_text(interval)} each and as much between them, need --time-limit {round_trips * interval:g}"
        )
    step = round(interval, 3)
    tables: list[Tables] = []
    for number, fault in enumerate(faults):
        place = _Place(begin=round((2 * number + 1) * step, 3), step=step, every=duration_text(round_trips * step))
        tables += _killed(fault, place) if fault["kind"] == "crash" else [_held(fault, place)]
    return tables


def _kinds(options: Options) -> list[Tables]:
    """Return the faults in their order, without their times."""
    if wrong := [name for name in options.nemeses if name not in NEMESES]:
        raise BadInput(f"--nemesis: {unknown('nemesis', wrong[0], NEMESES)}")
    return [fault for nemesis in dict.fromkeys(options.nemeses) for fault in _of_kind(nemesis, len(options.nodes))]


def _interval(options: Options, faults: list[Tables]) -> float:
    """Return how long a fault's window is, and the gap before the next one; seconds."""
    return options.interval or min(LONGEST_INTERVAL, options.time_limit / (2 * len(faults) or 1))


@dataclass(frozen=True)
class _Place:
    """Where in the run a fault's window is: it begins there, lasts a `step`, and comes again; seconds."""

    begin: float
    step: float
    every: str


def _held(fault: Tables, place: _Place) -> Tables:
    """Return a fault that is undone before its window ends, when exactly is drawn from the run's seed."""
    lengths = _drawn(SHORTEST_SHARE * place.step, place.step)
    return fault | {"at": duration_text(place.begin), "every": place.every, "duration": lengths}


def _killed(fault: Tables, place: _Place) -> list[Tables]:
    """Return quick restarts, at growing distances, and one long absence: each is what some node can't stand.

    Who begins anew in the same second, or ten, as before repeats the ids that hold that time; who is away for long
    misses what others gave up to send.
    """
    apart = min(APART, place.step / 6)
    kills = [max(share * place.step, number * apart) for number, share in enumerate((*RESTART_SHARES, ABSENT_FROM))]
    begins = [duration_text(round(place.begin + kill, 3)) for kill in kills]
    soon = _drawn(0.0, min(SOON, RESTART_SHARES[1] * place.step / 2))
    restarts = [
        {"name": f"{fault['name']}-restarted-{number}", "at": at, "restart_after": soon}
        for number, at in enumerate(begins[:-1], 1)
    ]
    rest = place.step - kills[-1]
    absence = {"at": begins[-1], "restart_after": _drawn(SHORTEST_SHARE * rest, rest)}
    return [fault | {"every": place.every} | table for table in [*restarts, absence]]


def _drawn(low: float, high: float) -> Tables:
    return {"random": [duration_text(round(low, 3)), duration_text(round(high, 3))]}


def _of_kind(nemesis: str, nodes: int) -> list[Tables]:
    """Return a nemesis's faults; all nodes are killed too, else a mistake of the one that was not hit passes."""
    if nemesis == "kill":
        one: Tables = {"name": "one-killed", "kind": "crash", "target": "random"}
        return [one, {"name": "all-killed", "kind": "crash", "target": "all"}]
    if nemesis == "pause":
        return [{"name": "pause", "kind": "pause", "target": "random"}]
    one = {"name": "one-alone", "kind": "partition", "shape": "isolate", "target": "random"}
    if nodes < FEWEST_FOR_GROUPS:
        return [one]
    halves: Tables = {"name": "halves", "kind": "partition", "groups": [["minority"], ["rest"]]}
    return [one, halves, {"name": "majorities-ring", "kind": "partition", "shape": "ring"}]


def _share(text: str) -> float:
    if text == "total":
        return 1.0
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadInput(f'--availability: must be "total" or a share from 0 to 1, not {text}')
    return share
