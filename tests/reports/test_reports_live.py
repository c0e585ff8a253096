"""The live screen names the links that a cut holds shut, as short as a person would say it."""

import pytest

from chaosctl.reports.live import links_text


def both(*pairs):
    return {way for one, other in pairs for way in ((one, other), (other, one))}


@pytest.mark.parametrize(
    ("nodes", "cut", "told"),
    [
        ("n1 n2 n3", set(), ""),
        ("n1 n2 n3", both(("n1", "n2"), ("n1", "n3")), "n1 ╫ n2 n3"),
        ("n1 n2 n3", both(("n1", "n2"), ("n1", "n3"), ("n2", "n3")), "n1 ╫ n2 ╫ n3"),
        ("n1 n2 n3 n4", both(("n2", "n1"), ("n2", "n3"), ("n4", "n1"), ("n4", "n3")), "n1 n3 ╫ n2 n4"),
        ("n1 n2 n3", both(("n1", "n2")), "n1 ╫ n2"),  # A bridge: n3 still reaches both.
        ("n1 n2 n3", {("n1", "n2")}, "n1 ↛ n2"),
        ("n1 n2 n3", both(("n1", "n2")) | {("n3", "n1")}, "n1 ╫ n2, n3 ↛ n1"),
    ],
)
def test_a_cut_is_told_by_its_sides_or_else_by_its_links(nodes, cut, told):
    assert links_text(nodes.split(), cut) == told
