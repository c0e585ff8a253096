"""The experiment file as a model: every table, every key, its type and default (DESIGN section 5).

There are no unions: a fault's or a latency's model is found by its `kind` or `distribution` first, and validated
against that model alone, so that one misspelling hides no other mistake. Loading, and the place of each mistake in
the file, are load.py's and mistakes.py's.
"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from chaosctl.experiment.values import Duration, Moment, Range, duration_text


class Table(BaseModel):
    """A table of the file: unknown keys and wrong types are refused, nothing is converted behind the user's back."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Latency(Table):
    """How long a message takes; `distribution` names the subclass (network/latency.py draws from it)."""

    distribution: str


class Constant(Latency):
    """Always the same."""

    distribution: Literal["constant"] = "constant"
    mean: Duration


class Uniform(Latency):
    """Anything from min to max, equally likely."""

    distribution: Literal["uniform"] = "uniform"
    min: Duration
    max: Duration

    @model_validator(mode="after")
    def _check_order(self) -> "Uniform":
        if self.min > self.max:
            raise ValueError(f"its min, {duration_text(self.min)}, is above its max, {duration_text(self.max)}")
        return self


class Normal(Latency):
    """A bell curve, cut off at zero."""

    distribution: Literal["normal"] = "normal"
    mean: Duration
    deviation: Duration


class Lognormal(Latency):
    """A long tail: `median`, and `sigma` of the underlying normal distribution."""

    distribution: Literal["lognormal"] = "lognormal"
    median: Duration
    sigma: float = Field(gt=0)


class Exponential(Latency):
    """Memoryless, as in Maelstrom."""

    distribution: Literal["exponential"] = "exponential"
    mean: Duration


class Pareto(Latency):
    """A heavy tail from `min` (xm) up, with exponent `alpha`."""

    distribution: Literal["pareto"] = "pareto"
    min: Duration
    alpha: float = Field(gt=0)


class Share(Table):
    """A part of a mixture."""

    weight: float = Field(gt=0)
    latency: Latency


class Mixture(Latency):
    """One of several distributions, drawn by weight: `of = [{ weight = 0.9, latency = {...} }, ...]`."""

    distribution: Literal["mixture"] = "mixture"
    of: list[Share] = Field(min_length=1)


DISTRIBUTIONS: dict[str, type[Latency]] = {
    "constant": Constant,
    "uniform": Uniform,
    "normal": Normal,
    "lognormal": Lognormal,
    "exponential": Exponential,
    "pareto": Pareto,
    "mixture": Mixture,
}


class Configured(Table):
    """A table with options, which its pattern or workload declares; load.py turns their durations into seconds."""

    options: dict[str, Any] = {}
    _durations: frozenset[str] = PrivateAttr(frozenset())

    def remember_durations(self, names: frozenset[str]) -> None:
        """Note which options are durations, in seconds now, so that they can be written with a unit again."""
        self._durations = names

    def written_options(self) -> dict[str, Any]:
        """Return the options as a file writes them."""
        return {key: _with_unit(value) if key in self._durations else value for key, value in self.options.items()}


def _with_unit(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_unit(each) for each in value]
    return duration_text(value) if isinstance(value, float) else value


class System(Configured):
    """What is tried: one of our patterns, or any Maelstrom node by its command (an argv, never a shell string)."""

    pattern: str | None = None
    command: list[str] | None = None
    nodes: int | list[str] = 3
    broken: str | None = None
    on_exit: Literal["unknown", "restart"] = "unknown"
    roles: dict[str, list[str]] = {}

    def node_names(self) -> list[str]:
        """Return n1..nN, or the names that the file gives."""
        return [f"n{i + 1}" for i in range(self.nodes)] if isinstance(self.nodes, int) else list(self.nodes)


class LinkRule(Table):
    """Where a link differs: `from`, `to` are nodes, roles, "clients" or c1, `message` a type; the last fit counts."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    source: str | None = Field(None, alias="from")
    dest: str | None = Field(None, alias="to")
    message: str | None = None
    latency: Latency | None = None
    loss: float | None = Field(None, ge=0, le=1)
    duplicate: float | None = Field(None, ge=0, le=1)


class Network(Table):
    """Every link's latency, loss and duplication where no rule says otherwise."""

    latency: Latency = Constant.model_validate({"mean": "1ms"})
    loss: float = Field(0.0, ge=0, le=1)
    duplicate: float = Field(0.0, ge=0, le=1)
    links: list[LinkRule] = []


class Disk(Table):
    """What a sync takes (simulation), or takes more (processes)."""

    sync: Duration = 0.0


class When(Table):
    """A trigger: a message of a type being sent, a node's event, or a named point; exactly one of the three.

    `nth` counts from 1 (for each from/to where both are given); `probability` is drawn at each that would count.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    message: str | None = None
    event: str | None = None
    point: str | None = None
    source: str | None = Field(None, alias="from")
    dest: str | None = Field(None, alias="to")
    node: str | None = None
    nth: int = Field(1, ge=1)
    probability: float = Field(1.0, gt=0, le=1)


class Step(Table):
    """One scripted operation: `at` a time or `when` something happens."""

    at: Duration | None = None
    when: When | None = None
    node: str
    f: str
    value: Any = None


class Workload(Configured):
    """What the clients do: open loop with a rate, closed loop without, or a script.

    `hang_up`: a client learns at once that its node was killed, as by a connection that breaks, and what it asks a dead
    node fails when that is back, as by a connection that is refused; else it waits for its timeout, and a node is asked
    nothing where all of them wait.
    """

    kind: str | None = None
    clients: int = Field(5, ge=1, le=10_000)
    rate: float | None = Field(None, gt=0)
    timeout: Duration = 1.0
    hang_up: bool = False
    script: list[Step] = []


class Match(Table):
    """The messages that an aimed delay, loss or duplicate hurts: the nth of a type, and `count` from there on."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    message: str | None = None
    source: str | None = Field(None, alias="from")
    dest: str | None = Field(None, alias="to")
    nth: int = Field(1, ge=1)
    count: int | None = Field(None, ge=1)


class Fault(Table):
    """The schedule that every kind of fault has; a kind's own keys are in faults/<kind>.py.

    Where none of `at`, `when` and `after` is given the fault starts at time 0. `at` counts from time 0, or from the
    end of the fault that `after` names. `every` repeats it, `count` times at most, until the load ends.
    Without `duration` it lasts until all is healed at the end of the load.
    """

    takes_target: ClassVar[bool] = True
    hurts_nodes: ClassVar[bool] = True
    cuts_off_services: ClassVar[bool] = False

    name: str | None = None
    kind: str
    at: Moment | None = None
    every: Moment | None = None
    duration: Moment | None = None
    count: int | None = Field(None, ge=1)
    after: str | None = None
    when: When | None = None
    target: str | list[str] | None = None

    def hurts_servers(self) -> bool:
        """Return whether it may aim at a server."""
        return False

    def done_by_nodes(self) -> str:
        """Return the key that asks for what only nodes of chaosctl's own patterns do to themselves; empty: none."""
        return ""

    def lasts(self) -> Range | None:
        """Return how long the fault lasts, all repetitions together; None: until the load ends."""
        if self.duration is None or self.every is None:
            return self.duration
        if self.count is None:
            return None
        repeats = self.count - 1
        low, high = repeats * self.every.low, repeats * self.every.high
        return Range(low + self.duration.low, high + self.duration.high)


class Threshold(Table):
    """A figure that must lie within limits; `phase`: before, faults, after, all; `side`: majority, minority, a node.

    `type`: of a figure that is told by more than that, as `abort-rate` by its cause, the line of this name.
    """

    metric: str
    phase: Literal["before", "faults", "after", "all"] = "all"
    side: str | None = None
    f: str | None = None
    type: str | None = None
    min: float | None = None
    max: float | None = None


class Expect(Table):
    """How the run must end; `fail` with `violates` is a demonstration that must be convicted of each named check.

    `tolerance`: so much worse than its baseline a figure may be, as a share of it (of a share: as a difference). Where
    none is given it is 0.05, and what is worse by more is told as chance, not failed, where some seed got better.
    """

    verdict: Literal["pass", "fail", "unknown"] = "pass"
    violates: list[str] = []
    checks: list[str] = []
    thresholds: list[Threshold] = []
    runtimes: list[Literal["processes", "simulation"]] = ["processes", "simulation"]
    why: str = ""
    tolerance: float | None = Field(None, ge=0, le=10)


class Experiment(Table):
    """A whole file. `faults` holds instances of the kinds' own models.

    `grace` is more load once all has healed, `settle` the time without load before the final reads.
    """

    name: str
    description: str = ""
    duration: Duration
    grace: Duration | None = None
    settle: Duration | None = None
    seed: int | None = Field(None, ge=0, le=2**63 - 1)
    system: System
    network: Network = Network()
    disk: Disk = Disk()
    workload: Workload = Workload()
    faults: list[Fault] = Field([], max_length=500)
    expect: Expect = Expect()
