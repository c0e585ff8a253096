"""A bench with one node in memory."""

from collections.abc import Callable

import pytest
import trio
from fake_host import Bench

from chaosctl.node.pattern import Pattern
from chaosctl.node.role import Role


@pytest.fixture
def bench(nursery: trio.Nursery) -> Callable[..., Bench]:
    """Make a bench for these roles: `bench(echoer=Echoer)`."""

    def make(*, nodes: tuple[str, ...] = ("n1",), pattern: Pattern | None = None, **roles: type[Role]) -> Bench:
        return Bench(nursery, pattern or Pattern("test", "for tests", roles, (), ()), nodes)

    return make
