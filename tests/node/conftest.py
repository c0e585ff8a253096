"""A bench with one node in memory, under trio's autojump clock."""

from collections.abc import Callable

import pytest
import trio
from fake_host import Bench

from chaosctl.node.pattern import Pattern
from chaosctl.node.role import Role


@pytest.fixture
def bench(nursery: trio.Nursery, autojump_clock: trio.testing.MockClock) -> Callable[..., Bench]:
    """Make a bench for these roles: `bench(echoer=Echoer)`."""

    assert autojump_clock.autojump_threshold == 0, "no test of a node waits in real time"

    def make(*, nodes: tuple[str, ...] = ("n1",), pattern: Pattern | None = None, **roles: type[Role]) -> Bench:
        return Bench(nursery, pattern or Pattern("test", "for tests", roles, (), ()), nodes)

    return make
