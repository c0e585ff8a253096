"""A tiny pattern whose runs are no function of their seed, each variant by another leak; and the job that traces it."""

from itertools import count

from chaosctl.node.pattern import Pattern
from chaosctl.node.role import Role
from chaosctl.patterns import PATTERNS
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
from chaosctl.search.determinism import traced
from chaosctl.search.trial import Trial

_RUNS = count()
NAMES = [f"name-{number}" for number in range(40)]


class Tight(Role):
    """Answers, and leaks nothing."""

    async def on_who_leads(self, request: WhoLeads) -> None:
        self.emit("asked", what=self.leak())
        await self.reply(request, WhoLeadsOk(leader="n1", term=1))

    def leak(self) -> object:
        return self.random.random()


class OrdersASet(Tight):
    """Asks a set of strings for its order, which PYTHONHASHSEED decides."""

    violates = "nothing"

    def leak(self) -> object:
        return list(set(NAMES))


class DrawsFromASet(Tight):
    """Draws as often as the order of a set of strings says."""

    violates = "nothing"

    def leak(self) -> object:
        for name in set(NAMES):
            self.random.random()
            if name == NAMES[0]:
                break
        return None


class KnowsItsAddress(Tight):
    """Tells where an object of its own lies in memory."""

    violates = "nothing"

    def leak(self) -> object:
        return id(self)


class CountsRuns(Tight):
    """Remembers from one run of its process to the next."""

    violates = "nothing"

    def leak(self) -> object:
        return next(_RUNS)


LEAKY = Pattern(
    name="leaky",
    summary="Not a function of its seed",
    roles={"answerer": Tight},
    workloads=("leadership",),
    checks=(),
    progress=False,
    broken={
        "set": OrdersASet,
        "draws": DrawsFromASet,
        "address": KnowsItsAddress,
        "runs": CountsRuns,
    },
)


def traced_leaky(trial: Trial) -> bytes:
    """Trace a run, in a process of the search's own, which alone knows the pattern: no test's catalogue may have it."""
    PATTERNS["leaky"] = "tests.search.leaky:LEAKY"
    return traced(trial)
