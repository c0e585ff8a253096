"""From an experiment to what one run needs: the pattern's classes and placement, the workload, what is declared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

from msgspec.structs import asdict

from chaosctl.errors import BadInput, Mistake
from chaosctl.experiment.model import Experiment
from chaosctl.faults.targets import words_of
from chaosctl.history.recording import Declared
from chaosctl.node.pattern import Backend, BrokerChoice, Options, Pattern, server_of
from chaosctl.node.settings import Settings
from chaosctl.runtimes.members import Blueprint
from chaosctl.workloads.workload import Greeting, Settling, Workload

COMMAND_GRACE = 2.0
"""Seconds of grace for a user's own nodes where the file does not say."""


NO_DATABASES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Plan:
    """All that one run needs. `pattern` is None for a user's command; `served` are the nodes that clients talk to."""

    experiment: Experiment
    seed: int
    pattern: Pattern | None
    placement: dict[str, tuple[str, ...]]
    served: tuple[str, ...]
    workload: Workload
    grace: float

    @property
    def nodes(self) -> tuple[str, ...]:
        """The node names in order."""
        return tuple(self.experiment.system.node_names())

    @property
    def settle(self) -> float:
        """Seconds without load between the grace and the final reads: the file's, the pattern's or the workload's."""
        if self.experiment.settle is not None:
            return self.experiment.settle
        if self.pattern is not None:
            return self.pattern.settle
        return self.workload.settle if isinstance(self.workload, Settling) else 0.0

    @property
    def check_names(self) -> tuple[str, ...]:
        """What is judged: what the pattern always carries, then what the file adds."""
        always = self.pattern.checks if self.pattern else ()
        if self.pattern and self.pattern.progress:
            always = (*always, "progress")
        return tuple(dict.fromkeys([*always, *self.experiment.expect.checks, *self.experiment.expect.violates]))

    @property
    def servers(self) -> dict[str, Backend]:
        """Which nodes have a database server of their own, and of which kind."""
        return self.pattern.servers(self.experiment.system.options, self.placement) if self.pattern else {}

    @property
    def broker(self) -> BrokerChoice | None:
        """Which message broker there is to be; None where there is none, or it is embedded."""
        return self.pattern.broker(self.experiment.system.options) if self.pattern else None

    @property
    def small_disks(self) -> frozenset[str]:
        """Return the servers whose disks a fault is to fill."""
        aims = [words_of(fault.target) for fault in self.experiment.faults if fault.kind == "disk"]
        return frozenset(server_of(node) for node in self.servers) & {word for aim in aims for word in aim}

    def blueprint(
        self,
        directory: Callable[[str], str],
        *,
        origin_ns: int,
        databases: Mapping[str, str] = NO_DATABASES,
        broker: str = "",
    ) -> Blueprint:
        """Return how every node of this run is launched; `databases` and `broker` say where their servers are."""
        system = self.experiment.system
        settings = Settings(
            pattern=system.pattern or "",
            placement={role: list(hosts) for role, hosts in self.placement.items()} or None,
            options=system.options,
            broken=system.broken,
            seed=self.seed,
            origin_ns=origin_ns,
            events=True,
            disk_sync=self.experiment.disk.sync,
            broker=broker,
        )
        return Blueprint(
            command=tuple(system.command) if system.command else None,
            settings=settings,
            directory=directory,
            databases=databases,
            leader_event=self.pattern.leader_event if self.pattern else None,
            stepped_down_event=self.pattern.stepped_down_event if self.pattern else None,
            restarts_by_itself=system.on_exit == "restart",
            greeting=cast("Greeting", self.workload).greeting if _greets(type(self.workload)) else None,
        )

    def declared(self, load_end_ns: int, end_ns: int) -> Declared:
        """Return what checks and figures may know of the experiment, with when load and grace really ended."""
        system, workload = self.experiment.system, self.experiment.workload
        pattern = self.pattern
        elect, decide = self._quorums()
        options = self._options
        return Declared(
            experiment=self.experiment.name,
            nodes=self.nodes,
            pattern=system.pattern or "",
            placement=self.placement,
            options=asdict(options) if options else dict(system.options),
            workload=workload.kind or (pattern.workloads[0] if pattern else ""),
            workload_options=asdict(self.workload.options),
            quorum=decide,
            leader_event=pattern.leader_event if pattern else None,
            stepped_down_event=pattern.stepped_down_event if pattern else None,
            progress=pattern.progress if pattern else False,
            timeout=workload.timeout,
            grace=self.grace,
            load_end_ns=load_end_ns,
            end_ns=end_ns,
            tolerates_exits=system.on_exit == "restart",
            election_messages=pattern.election_messages if pattern else (),
            election_quorum=elect,
            members=self._members(),
            lingers=options.lingers() if options else 0.0,
            states=dict(pattern.states) if pattern else {},
        )

    def _quorums(self) -> tuple[int | None, int | None]:
        """Return how many members elect and how many decide, as the file has it; None where there is no such thing."""
        if self.pattern is None or self._options is None or self.pattern.quorum is None:
            return None, None
        return self._options.quorums(self.pattern.quorum(len(self._members())))

    def _members(self) -> tuple[str, ...]:
        """Return of whom a quorum is one."""
        role = self.pattern.quorum_role if self.pattern else None
        return self.placement[role] if role else self.nodes

    @cached_property
    def _options(self) -> Options | None:
        """The pattern's options, defaults included; None for a user's command."""
        return self.pattern.options(**self.experiment.system.options) if self.pattern else None


@lru_cache(maxsize=64)  # To ask a protocol takes longer than all else here.
def _greets(kind: type[object]) -> bool:
    return issubclass(kind, Greeting)


def make_plan(
    experiment: Experiment,
    seed: int,
    pattern: Pattern | None,
    workload: Callable[[str], type[Workload]],
) -> Plan:
    """Return the plan for a checked experiment; `workload` finds the class for a name.

    Raises BadInput for what the loader can't know: a scripted value that the workload has no use for.
    """
    nodes = experiment.system.node_names()
    hosts = pattern.place(nodes, experiment.system.roles) if pattern else experiment.system.roles
    placement = {role: tuple(names) for role, names in hosts.items()}
    served = placement[pattern.serving_role] if pattern and pattern.serving_role else tuple(nodes)
    kind = experiment.workload.kind or (pattern.workloads[0] if pattern else "")
    chosen = workload(kind)
    made = chosen(chosen.Options(**experiment.workload.options), served, placement)
    _check_script(experiment, made)
    return Plan(
        experiment=experiment,
        seed=seed,
        pattern=pattern,
        placement=placement,
        served=served,
        workload=made,
        grace=experiment.grace if experiment.grace is not None else (pattern.grace if pattern else COMMAND_GRACE),
    )


def _check_script(experiment: Experiment, workload: Workload) -> None:
    mistakes = []
    for number, step in enumerate(experiment.workload.script):
        try:
            workload.scripted(step.f, step.value)
        except ValueError as error:
            mistakes.append(Mistake(experiment.name, 0, 0, f"workload.script[{number}].value", str(error)))
    if mistakes:
        raise BadInput(mistakes)
