"""A small catalogue of our own, so that loading is tested without the patterns and faults that ship."""

from typing import ClassVar, Literal

import pytest
from pydantic import Field

from chaosctl.experiment.catalogue import Catalogue
from chaosctl.experiment.model import Fault, Latency, Match
from chaosctl.experiment.values import Duration, Range
from chaosctl.node.messages import Message
from chaosctl.node.pattern import Duration as Seconds
from chaosctl.node.pattern import Options, Pattern
from chaosctl.node.role import Role
from chaosctl.workloads.workload import Options as WorkloadOptions


class RequestVote(Message):
    term: int


class AppendEntries(Message):
    term: int


class Accept(Message):
    ballot: int


class Voter(Role):
    async def on_request_vote(self, request: RequestVote) -> None: ...


class Proposer(Role): ...


class Acceptor(Role):
    async def on_accept(self, accept: Accept) -> None: ...


class ForgetsVotes(Voter):
    violates = "election-safety"


class ElectionOptions(Options):
    heartbeat: Seconds = 0.05
    pauses: list[Seconds] = []  # noqa: RUF012 - msgspec copies it.
    retries: int = 3
    mode: Literal["fast", "safe"] = "safe"
    prevote: bool = True


class RegisterOptions(WorkloadOptions):
    keys: int = 5


class Crash(Fault):
    kind: Literal["crash"] = "crash"
    restart_after: Duration | None = None
    disk: Literal["keep", "lose-tail", "wipe"] = "keep"

    def lasts(self) -> Range | None:
        return None if self.restart_after is None else Range(self.restart_after, self.restart_after)


class Partition(Fault):
    takes_target: ClassVar[bool] = False
    kind: Literal["partition"] = "partition"
    groups: list[list[str]] = []  # noqa: RUF012 - pydantic copies it.


class Delay(Fault):
    kind: Literal["delay"] = "delay"
    latency: Latency
    match: Match | None = None


class Loss(Fault):
    takes_target: ClassVar[bool] = False
    kind: Literal["loss"] = "loss"
    share: float = Field(ge=0, le=1)


PATTERNS = {
    "toy-election": Pattern(
        name="toy-election",
        summary="An election.",
        roles={"voter": Voter},
        workloads=("leadership",),
        checks=("election-safety",),
        options=ElectionOptions,
        leader_event="became_leader",
        broken={"forgets-votes": ForgetsVotes},
    ),
    "toy-consensus": Pattern(
        name="toy-consensus",
        summary="A consensus.",
        roles={"proposer": Proposer, "acceptor": Acceptor},
        workloads=("register", "leadership"),
        checks=("linearizable",),
    ),
}
FAULTS = {"crash": Crash, "partition": Partition, "delay": Delay, "loss": Loss}
OPERATIONS = {"leadership": ("who-leads",), "register": ("read", "write", "cas")}
FIGURES = {"availability": ("phase", "side", "f"), "longest-unavailability": ("phase",), "elections": ()}


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue(
        patterns=tuple(PATTERNS),
        pattern=PATTERNS.__getitem__,
        faults=tuple(FAULTS),
        fault=FAULTS.__getitem__,
        workloads=tuple(OPERATIONS),
        workload_options=lambda name: RegisterOptions if name == "register" else WorkloadOptions,
        workload_operations=OPERATIONS.__getitem__,
        checks=("linearizable", "election-safety", "progress"),
        metrics=lambda: FIGURES,
    )
