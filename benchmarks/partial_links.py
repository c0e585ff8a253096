"""Raft under partial links: which of its options keeps a leader that can lead, reproduced in simulation.

    python benchmarks/partial_links.py --seeds 200      # a quarter of an hour; 5 seeds: a look

Six cuts, none of which splits the cluster in two, last 18 s; timeouts 150 to 300 ms, a heartbeat every 50 ms, 1 to 3 ms
a way. For each cut and set of options: how many leaders were elected in that time, and the share of it in which
one with links both ways to a majority was in office (in brackets: from when, where the first one could not lead).
"No lease rule" is pre-vote as etcd's option PreVote alone has it: who hears a leader would vote all the same.
"Ours" are means of this run; below them stand those of a prototype of the election alone (reference/consensus.md).
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parent.parent))

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.history.recording import Recording
from chaosctl.measurements.leadership import leaders_between, reigns_of
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.run import judge_in_simulation
from tests.mutants.mutant import installed
from tests.mutants.raft_election import RAFT_ELECTION

HELD_NS = 18 * 10**9


@dataclass(frozen=True)
class Cut:
    """A cut as partitions in TOML, who leads at first, and who has links both ways to a majority."""

    name: str
    partitions: tuple[str, ...]
    leader: str
    able: tuple[str, ...]
    nodes: int = 5
    behind: str = "[]"


DISRUPTORS = (
    'shape = "one-way"\nfrom = "n4"\nto = ["n1", "n3", "n5"]',
    'shape = "one-way"\nfrom = ["n1", "n3", "n5"]\nto = "n4"',
    'shape = "one-way"\nfrom = "n5"\nto = ["n1", "n2"]',
    'shape = "one-way"\nfrom = ["n1", "n2"]\nto = "n5"',
)
STAR = ('shape = "star"\ntarget = "n1"',)

CUTS = (
    Cut("disruptors 1-2-3, 4-2, 5-3", DISRUPTORS, "n3", ("n1", "n2", "n3")),
    Cut("star: all only to 1", STAR, "n3", ("n1",)),
    Cut("star, the centre's log is short", STAR, "n3", ("n1",), behind='["n1"]'),
    Cut("chain 1-2-3", ('shape = "chain"\ntarget = ["n1", "n2", "n3"]',), "n1", ("n1", "n2", "n3"), nodes=3),
    Cut("leader sends, hears nobody", ('shape = "one-way"\nto = "n3"',), "n3", ("n1", "n2", "n4", "n5")),
    Cut("leader hears, sends nothing", ('shape = "one-way"\nfrom = "n3"',), "n3", ("n1", "n2", "n4", "n5")),
)


@dataclass(frozen=True)
class Column:
    """A set of options; `mutant` names what else is changed."""

    name: str
    pre_vote: bool
    check_quorum: bool
    mutant: str = ""


COLUMNS = (
    Column("plain", pre_vote=False, check_quorum=False),
    Column("pre-vote, no lease rule", pre_vote=True, check_quorum=False, mutant="prevote-though-led"),
    Column("pre-vote, thesis", pre_vote=True, check_quorum=False),
    Column("check-quorum", pre_vote=False, check_quorum=True),
    Column("pre-vote + check-quorum", pre_vote=True, check_quorum=True),
)

REFERENCE = {
    "disruptors 1-2-3, 4-2, 5-3": ("31, 53 %", "0, 100 %", "0, 100 %", "0, 100 %", "0, 100 %"),
    "star: all only to 1": ("1, 96.5 % (531 ms)", "never", "never", "1, 94.6 % (861 ms)", "1, 97.3 % (480 ms)"),
    "star, the centre's log is short": ("never", "never", "never", "never", "never"),
    "chain 1-2-3": ("71, 100 %", "70, 100 %", "0", "0", "0"),
    "leader sends, hears nobody": ("never", "never", "never", "1, 97.5 % (430 ms)", "1, 97.6 %"),
    "leader hears, sends nothing": ("1, 99.2 % (131 ms)", "1, 99.2 %", "1", "1", "1"),
}
"""The same cells of a prototype of the election, 200 seeds (reference/consensus.md, section 2)."""


def experiment(cut: Cut, column: Column) -> str:
    """Return a run as an experiment file."""
    partitions = "".join(f'[[faults]]\nkind = "partition"\nat = "1s"\n{one}\n' for one in cut.partitions)
    return f"""name = "partial-links"
duration = "19s"
grace = "1ms"
[system]
pattern = "raft-election"
nodes = {cut.nodes}
[system.options]
heartbeat = "50ms"
election_timeout_min = "150ms"
election_timeout_max = "300ms"
pre_vote = {str(column.pre_vote).lower()}
check_quorum = {str(column.check_quorum).lower()}
behind = {cut.behind}
[network]
latency = {{ distribution = "uniform", min = "1ms", max = "3ms" }}
[workload]
clients = 1
script = [{{ at = "0ms", node = "n1", f = "who-leads" }}]
[[faults]]
kind = "operator"
command = "stand"
target = "{cut.leader}"
{partitions}"""


def recordings(cut: Cut, column: Column, seeds: int) -> Iterator[Recording]:
    """Yield what each seed recorded."""
    mutant = next((mutant for mutant in RAFT_ELECTION if mutant.name == column.mutant), None)
    loaded = load(experiment(cut, column), catalogue())
    with nullcontext() if mutant is None else installed(mutant):
        for seed in range(seeds):
            plan = make_plan(loaded, seed, load_pattern("raft-election"), load_workload)
            yield judge_in_simulation(plan, messages_wanted=False)[0]


def cell(cut: Cut, column: Column, seeds: int) -> str:
    """Return the means over the seeds as the table has them."""
    changes, shares, began_ms = [], [], []
    for recording in recordings(cut, column, seeds):
        start_ns = next(row.time for row in recording.faults if row.kind == "partition" and row.phase == "applied")
        end_ns = start_ns + HELD_NS
        reigns = reigns_of(recording, end_ns)
        able = [reign for reign in reigns if reign.node in cut.able]
        led_ns = sum(end - begin for begin, end, leaders in leaders_between(able, start_ns, end_ns) if leaders)
        changes.append(sum(start_ns < reign.start_ns < end_ns for reign in reigns))
        shares.append(led_ns / HELD_NS)
        began_ms += [(reign.start_ns - start_ns) / 1e6 for reign in able[:1]]
    if not any(shares):
        return "never" if not any(changes) else f"never ({mean(changes):.0f} changes)"
    when = f" ({mean(began_ms):.0f} ms)" if min(began_ms) > 0 else ""
    return f"{mean(changes):.1f}, {mean(shares):.1%}{when}"


def main() -> None:
    """Print the table as Markdown, each cell with the reference's below."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="for each cell (default %(default)s)")
    arguments = parser.parse_args()
    print(f"| cut (first leader) | | {' | '.join(column.name for column in COLUMNS)} |")
    print("|---|---|" + "---|" * len(COLUMNS))
    for cut in CUTS:
        ours = " | ".join(cell(cut, column, arguments.seeds) for column in COLUMNS)
        print(f"| {cut.name} ({cut.leader}) | ours | {ours} |")
        print(f"| | reference | {' | '.join(REFERENCE[cut.name])} |", flush=True)


if __name__ == "__main__":
    main()
