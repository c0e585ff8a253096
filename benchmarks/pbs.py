"""Probabilistically bounded staleness, reproduced: P. Bailis and others (VLDB 2012), table 4 and the k of section 3.

    python benchmarks/pbs.py --reads 60000      # twenty minutes; 2,000 reads: a look

The store is `eventual` with N = 3, no gossip, no read repair, no hints, under the paper's four delays (W, A, R, S) by
message type. Every node is one of the copies, so the coordinator's messages to itself are delayed like all others. A
read is a sample where the last write before it had been acknowledged and no other write of its key was under way.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from random import Random

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.experiment.model import Experiment
from chaosctl.history.recording import Recording
from chaosctl.measurements.calls import calls_of
from chaosctl.measurements.register_reads import reads_of, writes_of
from chaosctl.network.latency import Sampler, sampler
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.run import judge_in_simulation

SSD = ((0.9122, "pareto", 0.235, 10.0), (0.0878, "exponential", 1.66))
DELAYS = {
    "LNKD-SSD": {"store": SSD, "others": SSD},
    "LNKD-DISK": {"store": ((0.38, "pareto", 1.05, 1.51), (0.62, "exponential", 0.183)), "others": SSD},
    "YMMR": {
        "store": ((0.939, "pareto", 3.0, 3.35), (0.061, "exponential", 0.0028)),
        "others": ((0.982, "pareto", 1.5, 3.8), (0.018, "exponential", 0.0217)),
    },
}
"""Mixtures as (weight, kind, parameters): Pareto's xm (ms) and alpha, an exponential's rate (1/ms)."""

MESSAGES = ("store", "store_ok", "fetch", "fetch_ok")

PAPER = {
    "LNKD-SSD": {
        (1, 1): (0.66, 0.66, 1.85),
        (1, 2): (0.66, 1.63, 1.79),
        (2, 1): (1.63, 0.65, 0),
        (2, 2): (1.62, 1.64, 0),
    },
    "LNKD-DISK": {
        (1, 1): (0.66, 10.99, 45.5),
        (1, 2): (0.65, 20.97, 43.3),
        (2, 1): (1.63, 10.9, 13.6),
        (2, 2): (1.64, 20.96, 0),
    },
    "YMMR": {
        (1, 1): (5.58, 10.83, 1364),
        (1, 2): (5.61, 427.12, 1352),
        (2, 1): (32.6, 10.73, 202),
        (2, 2): (33.18, 428.11, 0),
    },
}
"""(R, W) to the latency of reads, of writes, and t-visibility, all at 99.9 % and in ms."""

KEYS, READS_A_WRITE, READS_A_RUN, TRIALS, SHARE = 20, 2, 10_000, 200_000, 0.999


@dataclass(frozen=True)
class Row:
    """What one source says of a configuration: latencies of reads and writes, t-visibility, at 99.9 % and in ms."""

    reads_ms: float
    writes_ms: float
    t_ms: float


def latency_toml(mixture: tuple[tuple[object, ...], ...]) -> str:
    """Return a mixture as an experiment file writes it."""
    shares = []
    for weight, kind, *parameters in mixture:
        if kind == "pareto":
            drawn = f'distribution = "pareto", min = "{parameters[0]}ms", alpha = {parameters[1]}'
        else:
            drawn = f'distribution = "exponential", mean = "{1 / float(str(parameters[0])):.9f}ms"'
        shares.append(f"{{ weight = {weight}, latency = {{ {drawn} }} }}")
    return f'{{ distribution = "mixture", of = [{", ".join(shares)}] }}'


def experiment(delays: str, r: int, w: int, interval_ms: float, reads: int) -> Experiment:
    """Return the experiment: writes of a key about every so many ms, two reads for each."""
    rate = KEYS * (READS_A_WRITE + 1) * 1000 / interval_ms
    rules = []
    for message in MESSAGES:
        mixture = latency_toml(DELAYS[delays]["store" if message == "store" else "others"])
        rules.append(f'[[network.links]]\nmessage = "{message}"\nlatency = {mixture}')
        for node in ("n1", "n2", "n3"):
            own = f'from = "{node}"\nto = "{node}"\n'
            rules.append(f'[[network.links]]\n{own}message = "{message}"\nlatency = {mixture}')
    return load(
        f"""name = "pbs"
duration = "{reads * (READS_A_WRITE + 1) / READS_A_WRITE / rate:.6f}s"
grace = "1ms"
[system]
pattern = "eventual"
nodes = 3
[system.options]
r = {r}
w = {w}
stamps = "wall"
patience = "60s"
gossip = "0ms"
read_repair = false
handoff = false
[workload]
clients = 3000
rate = {rate}
timeout = "60s"
options = {{ keys = {KEYS}, reads = {READS_A_WRITE / (READS_A_WRITE + 1)} }}
[network]
latency = {{ distribution = "constant", mean = "0ms" }}
{chr(10).join(rules)}
""",
        catalogue(),
    )


def recordings(of: Experiment, seeds: range) -> Iterator[Recording]:
    """Yield what each seed recorded."""
    assert of.system.pattern is not None, "the store is a pattern"
    for seed in seeds:
        plan = make_plan(of, seed, load_pattern(of.system.pattern), load_workload)
        yield judge_in_simulation(plan, messages_wanted=False)[0]


def samples(recording: Recording) -> Iterator[tuple[int, bool]]:
    """Yield (time since the last acknowledged write, whether the read missed it), where nothing else was under way."""
    writes = {key: sorted(of, key=lambda write: write.begun_ns) for key, of in writes_of(recording).items()}
    by_key = defaultdict(list)
    for read in reads_of(recording):
        by_key[read.key].append(read)
    for key, reads in by_key.items():
        begun, latest = 0, -1  # How many writes had begun; the last end of them.
        ended_before = -1
        for read in sorted(reads, key=lambda read: read.begun_ns):
            while begun < len(writes[key]) and writes[key][begun].begun_ns <= read.begun_ns:
                ended_before, latest = latest, max(latest, writes[key][begun].acked_ns)
                begun += 1
            if not begun or read.since_ack_ns is None:
                continue
            last = writes[key][begun - 1]
            if last.acked_ns < read.begun_ns and latest < read.begun_ns and ended_before < last.begun_ns:
                yield read.begun_ns - last.acked_ns, all(write.begun_ns < last.begun_ns for write in read.shown)


def t_visibility_ms(found: list[tuple[int, bool]]) -> float:
    """Return the least t from which at most 0.1 % of the reads miss the write: by the best falling curve (PAV)."""
    blocks: list[list[float]] = []  # [sum of misses, reads, first t]
    for since_ns, is_missed in sorted(found):
        blocks.append([float(is_missed), 1.0, float(since_ns)])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] <= blocks[-1][0] * blocks[-2][1]:
            misses, reads, _ = blocks.pop()
            blocks[-1][0] += misses
            blocks[-1][1] += reads
    blocks[0][2] = 0.0  # The first one holds from 0 on, and not from the least lag that happened to be drawn.
    return next((first / 1e6 for misses, reads, first in blocks if misses <= (1 - SHARE) * reads), float("inf"))


def quantile(values: list[float]) -> float:
    """Return the value that 99.9 % do not exceed."""
    return sorted(values)[min(len(values) - 1, int(SHARE * len(values)))]


def measured(delays: str, r: int, w: int, reads: int) -> tuple[Row, int]:
    """Return what our store gave, and on how many samples of staleness that rests."""
    interval_ms = PAPER[delays][r, w][2] or PAPER[delays][1, 1][2]
    runs = max(1, reads // READS_A_RUN)
    found, took = [], defaultdict(list)
    for recording in recordings(experiment(delays, r, w, interval_ms, min(reads, READS_A_RUN)), range(runs)):
        found += samples(recording)
        for call in calls_of(recording):
            if call.outcome == "ok":
                took[call.f].append((call.ended_ns - call.invoked_ns) / 1e6)
    return Row(quantile(took["read"]), quantile(took["write"]), t_visibility_ms(found)), len(found)


def modelled(delays: str, r: int, w: int, random: Random) -> Row:
    """Return what the paper's own model says, drawn from the same samplers without any store."""
    draw: dict[str, Sampler] = {}
    parsed = experiment(delays, r, w, 1.0, 10).network.links
    for rule in parsed:
        if rule.source is None and rule.latency is not None and rule.message is not None:
            draw[rule.message] = sampler(rule.latency)
    read_ms, write_ms, t_ms = [], [], []
    for _ in range(TRIALS):
        stored = [draw["store"](random) for _ in range(3)]
        write = sorted(at + draw["store_ok"](random) for at in stored)[w - 1]
        asked = [draw["fetch"](random) for _ in range(3)]
        answered = sorted((at + draw["fetch_ok"](random), copy) for copy, at in enumerate(asked))[:r]
        write_ms.append(write * 1e3)
        read_ms.append(answered[-1][0] * 1e3)
        t_ms.append(max(0.0, min(stored[copy] - asked[copy] for _, copy in answered) - write) * 1e3)
    return Row(quantile(read_ms), quantile(write_ms), quantile(t_ms))


def k_staleness(r: int, w: int, operations: int) -> list[tuple[int, float, float]]:
    """Return (k, measured, closed form) of the probability to read one of the k latest versions, quorums not expanding.

    One client, one operation after the other: nothing is on its way when a read begins.
    """
    text = f"""name = "k-staleness"
duration = "{operations * 4}ms"
grace = "1ms"
[system]
pattern = "eventual"
nodes = 3
options = {{ r = {r}, w = {w}, ask = "quorum", stamps = "wall", gossip = "0ms", read_repair = false, handoff = false }}
[workload]
clients = 1
options = {{ keys = 1 }}
"""
    behind = []
    for recording in recordings(load(text, catalogue()), range(4)):
        reads = reads_of(recording)
        behind += [read.behind for read in reads[len(reads) // 10 :]]  # By then there are more than ten versions.
    miss = comb(3 - w, r) / comb(3, r)
    return [(k, sum(each < k for each in behind) / len(behind), 1 - miss**k) for k in (1, 2, 3, 5, 10)]


def number(value: float) -> str:
    """Return three digits that count."""
    return f"{float(f'{value:.3g}'):g}"


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=20_000, help="reads for each configuration")
    parser.add_argument("--delays", choices=[*DELAYS, "none"], help="these alone; none: k-staleness alone")
    arguments = parser.parse_args()
    chosen = {name: rows for name, rows in PAPER.items() if arguments.delays in (None, name)}
    print("| delays | R, W | | reads 99.9 % | writes 99.9 % | t-visibility 99.9 % |\n|---|---|---|---:|---:|---:|")
    for delays, rows in chosen.items():
        for (r, w), published in rows.items():
            ours, count = measured(delays, r, w, arguments.reads)
            sources = {
                "paper": Row(*published),
                "its model": modelled(delays, r, w, Random(1)),
                f"our store, {count:,} reads": ours,
            }
            for source, row in sources.items():
                cells = " | ".join(map(number, (row.reads_ms, row.writes_ms, row.t_ms)))
                print(f"| {delays} | {r}, {w} | {source} | {cells} |", flush=True)
    if arguments.delays not in (None, "none"):
        return
    print("\n| R, W | k | measured | closed form |\n|---|---:|---:|---:|")
    for r, w in ((1, 1), (1, 2), (2, 1), (2, 2)):
        for k, share, expected in k_staleness(r, w, 4000):
            print(f"| {r}, {w} | {k} | {share:.3f} | {expected:.3f} |", flush=True)


if __name__ == "__main__":
    main()
