"""What the tables of an experiment mean together: the system, its network, its workload, and what is expected.

Faults have their own module, schedule.py. Every check here is for a file that is well formed and still makes no sense.
"""

import re
from collections.abc import Collection

from chaosctl.experiment.known import CLIENT, RESERVED, Known
from chaosctl.experiment.mistakes import listing, unknown
from chaosctl.experiment.model import Threshold
from chaosctl.experiment.options import refuse_dates
from chaosctl.experiment.positions import Path
from chaosctl.experiment.values import duration_text

MOST_NODES = 100
"""A bound on the nodes of one run; more would measure the machine."""

SIDES = ("majority", "minority")
"""The sides of a partition; a threshold may name a node in their place."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check_whole(known: Known) -> None:
    """Note a name that is no folder's name, and durations that are nothing."""
    experiment, mistakes = known.experiment, known.mistakes
    if experiment.name is not None and not _NAME.fullmatch(experiment.name):
        slug = re.sub(r"[^a-z0-9]+", "-", experiment.name.lower()).strip("-")[:100]
        hint = f', such as "{slug}"' if slug else ""
        mistakes.add(("name",), f"must be letters, digits and hyphens, for it names the folder of results{hint}")
    if experiment.duration == 0:
        mistakes.add(("duration",), "must be more than 0: it is how long the load lasts")
    if experiment.workload.timeout == 0:
        mistakes.add(("workload", "timeout"), "must be more than 0: after it an operation counts as not answered")


def check_system(known: Known) -> None:
    """Note what is wrong about the pattern or command, its nodes, roles and broken variant."""
    system, mistakes, pattern = known.experiment.system, known.mistakes, known.pattern
    names = known.catalogue.patterns
    if system.pattern is not None and system.command is not None:
        mistakes.add(("system", "command"), "a system is a pattern or a command: not both", at_key=True)
    elif system.pattern is None and system.command is None and not mistakes.touches("system"):
        mistakes.add(("system",), f"needs a pattern ({listing(names)}) or a command", at_key=True)
    if system.pattern is not None and system.pattern not in names:
        mistakes.add(("system", "pattern"), unknown("pattern", system.pattern, names))
    if system.command is not None and not any(system.command):
        mistakes.add(("system", "command"), 'must name a program, as in ["python", "my_node.py"]')
    _check_nodes(known)
    _check_roles(known)
    _check_quorums(known)
    if system.broken is not None and pattern is not None and system.broken not in pattern.broken:
        what = f"broken variant of {pattern.name}"
        mistakes.add(("system", "broken"), unknown(what, system.broken, tuple(pattern.broken)))
    if system.pattern is None and system.command is not None:
        for key in ("broken", "roles", "options"):
            if getattr(system, key):
                mistakes.add(("system", key), "only a pattern has this: a command takes arguments", at_key=True)


def check_network(known: Known) -> None:
    """Note link rules that name nobody."""
    for number, rule in enumerate(known.experiment.network.links):
        path: Path = ("network", "links", number)
        for key, word in (("from", rule.source), ("to", rule.dest)):
            if word is not None:
                known.check_endpoint(word, (*path, key), leads=False)
        if rule.message is not None:
            known.check_message(rule.message, (*path, "message"))
        if rule.latency is None and rule.loss is None and rule.duplicate is None and not known.mistakes.touches(*path):
            known.mistakes.add(path, "changes nothing: give it a latency, loss or duplicate", at_key=True)


def check_workload(known: Known) -> None:
    """Note a workload that does not exist or is not served, and script steps that can't be taken."""
    workload, mistakes, pattern = known.experiment.workload, known.mistakes, known.pattern
    kinds = known.catalogue.workloads
    if workload.kind is None:
        if known.experiment.system.command is not None and not mistakes.touches("workload", "kind"):
            mistakes.add(("workload", "kind"), f"is missing: a command may serve any of {listing(kinds)}", at_key=True)
    elif workload.kind not in kinds:
        mistakes.add(("workload", "kind"), unknown("workload", workload.kind, kinds))
    elif pattern is not None and workload.kind not in pattern.workloads:
        served = listing(pattern.workloads)
        mistakes.add(("workload", "kind"), f'{pattern.name} does not serve "{workload.kind}"; it serves {served}')
    for number, step in enumerate(workload.script):
        path: Path = ("workload", "script", number)
        if (step.at is None) == (step.when is None) and not mistakes.touches(*path):
            mistakes.add(path, "needs one of `at` and `when`, which say when it is invoked", at_key=True)
        if step.at is not None and known.experiment.duration is not None and step.at >= known.experiment.duration:
            end = duration_text(known.experiment.duration)
            mistakes.add((*path, "at"), f"is after the end of the load, which lasts {end}")
        if step.node is not None:
            known.check_node(step.node, (*path, "node"))
        if step.f is not None:
            known.check_operation(step.f, (*path, "f"))
        refuse_dates(step.value, (*path, "value"), mistakes)


def check_expect(known: Known) -> None:
    """Note checks and metrics that do not exist, limits that limit nothing, and runtimes left out without a reason."""
    expect, mistakes = known.experiment.expect, known.mistakes
    for key in ("violates", "checks"):
        for number, name in enumerate(getattr(expect, key)):
            if name not in known.catalogue.checks:
                mistakes.add(("expect", key, number), unknown("check", name, known.catalogue.checks))
    if expect.violates and expect.verdict != "fail" and not mistakes.touches("expect", "verdict"):
        mistakes.add(("expect", "violates"), 'goes with verdict = "fail" only: what must be convicted', at_key=True)
    if not expect.runtimes:
        mistakes.add(("expect", "runtimes"), 'must name "processes", "simulation" or both')
    elif len(set(expect.runtimes)) == 1 and not expect.why.strip():
        mistakes.add(("expect", "runtimes"), "needs a `why` beside it: what can the other runtime not show?")
    for number, threshold in enumerate(expect.thresholds):
        _check_threshold(known, threshold, ("expect", "thresholds", number))


def _check_nodes(known: Known) -> None:
    mistakes, nodes = known.mistakes, known.experiment.system.nodes
    path: Path = ("system", "nodes")
    count = nodes if isinstance(nodes, int) else len(nodes)
    if not 1 <= count <= MOST_NODES:
        mistakes.add(path, f"must be from 1 to {MOST_NODES} nodes, not {count}")
    if isinstance(nodes, int):
        return
    for number, name in enumerate(nodes):
        if name in nodes[:number]:
            mistakes.add((*path, number), f'there are two nodes called "{name}"')
        if name in RESERVED or CLIENT.fullmatch(name):
            mistakes.add((*path, number), f'"{name}" is reserved for another use: call the node n{number + 1}, say')
        elif known.roles and name in known.roles:
            mistakes.add((*path, number), f'"{name}" is a role of this pattern: a node needs a name of its own')
        elif not _NAME.fullmatch(name):
            mistakes.add((*path, number), f'"{name}" is no node\'s name: use letters, digits, hyphens, as in "n1"')


def _check_quorums(known: Known) -> None:
    """Note quorums of the two phases that need not meet (Howard 2016), or that there are not members enough for."""
    system, pattern, nodes = known.experiment.system, known.pattern, known.nodes
    if pattern is None or pattern.quorum is None or nodes is None or known.mistakes.touches("system"):
        return
    hosts = pattern.place(list(nodes), system.roles)
    members = len(hosts[pattern.quorum_role] if pattern.quorum_role else nodes)
    elect, decide = pattern.options(**system.options).quorums(pattern.quorum(members))
    path: Path = ("system", "options")
    for size in (elect, decide):
        if not 1 <= size <= members:
            known.mistakes.add(path, f"a quorum of {size} is not from 1 to the {members} there are", at_key=True)
            return
    if elect + decide <= members:
        known.mistakes.add(
            path,
            f"quorums of {elect} (phase 1) and {decide} (phase 2) of {members} need not meet: "
            f"together they must be more than {members}",
            at_key=True,
        )


def _check_roles(known: Known) -> None:
    if known.pattern is None:
        return
    for role, nodes in known.experiment.system.roles.items():
        path: Path = ("system", "roles", role)
        if role not in known.pattern.roles:
            what = f"role of {known.pattern.name}"
            known.mistakes.add(path, unknown(what, role, tuple(known.pattern.roles)), at_key=True)
        if not nodes and not known.mistakes.touches(*path):
            known.mistakes.add(path, "must have at least 1 node; leave the role out for the pattern's default")
        for number, node in enumerate(nodes):
            known.check_node(node, (*path, number))
            if node in nodes[:number]:
                known.mistakes.add((*path, number), f'"{node}" has this role twice')


def _check_threshold(known: Known, threshold: Threshold, path: Path) -> None:
    mistakes, metrics = known.mistakes, known.catalogue.metrics()
    if threshold.min is None and threshold.max is None and not mistakes.touches(*path):
        mistakes.add(path, "limits nothing: give it a min or a max", at_key=True)
    if threshold.min is not None and threshold.max is not None and threshold.min > threshold.max:
        mistakes.add((*path, "min"), f"is above max, {threshold.max:g}: nothing could lie between them")
    if threshold.metric is None:
        return
    if threshold.metric not in metrics:
        mistakes.add((*path, "metric"), unknown("metric", threshold.metric, tuple(sorted(metrics))))
        return
    has = metrics[threshold.metric]
    if threshold.phase != "all" and "phase" not in has:
        mistakes.add((*path, "phase"), f"{threshold.metric} is not told apart by phase: leave it out")
    elif threshold.phase in {"faults", "after"} and not known.experiment.faults and not mistakes.touches("faults"):
        mistakes.add((*path, "phase"), "there are no faults, so all of the run is before them")
    if threshold.f is not None and "f" not in has:
        mistakes.add((*path, "f"), f"{threshold.metric} is not told apart by operation: leave f out")
    elif threshold.f is not None:
        known.check_operation(threshold.f, (*path, "f"))
    if threshold.side is not None:
        _check_side(known, threshold.side, has, threshold.metric, (*path, "side"))


def _check_side(known: Known, side: str, dimensions: Collection[str], metric: str, path: Path) -> None:
    """Note a side that is none, and one that the metric is not told apart by; a node may stand for a side."""
    if side in SIDES:
        if "side" not in dimensions:
            known.mistakes.add(path, f"{metric} is not told apart by side: leave it out")
        elif not known.mistakes.touches("faults") and "partition" not in [
            each.kind for each in known.experiment.faults
        ]:
            known.mistakes.add(path, "there is no partition, so there are no sides")
    elif not {"side", "node"} & set(dimensions):
        known.mistakes.add(path, f"{metric} is not told apart by side or node: leave it out")
    elif known.nodes is not None and side not in known.nodes:
        known.mistakes.add(path, unknown("side or node", side, (*SIDES, *known.nodes)))
