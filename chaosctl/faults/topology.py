"""Which links are cut for each shape of a partition: pure functions from nodes to pairs (from, to).

Every link not listed is whole. Shapes as Jepsen's nemeses have them (jepsen/nemesis.clj: complete-grudge, bridge,
majorities-ring), and star and chain, the two on which pre-vote and check-quorum differ.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

Cut = tuple[str, str]


def between(groups: Sequence[Sequence[str]]) -> list[Cut]:
    """Cut every link between two nodes that no group has both of; a node in two groups bridges them."""
    nodes = list(dict.fromkeys(node for group in groups for node in group))
    together = {(one, other) for group in groups for one in group for other in group}
    return [(one, other) for one in nodes for other in nodes if (one, other) not in together]


def one_way(sources: Iterable[str], dests: Iterable[str]) -> list[Cut]:
    """Cut what these say to those; the way back stays whole."""
    heard = list(dests)
    return [(source, dest) for source in sources for dest in heard if source != dest]


def bridge(centre: str, others: Sequence[str]) -> list[Cut]:
    """Cut the others into two halves that only the centre hears both of."""
    half = len(others) // 2
    return between([[centre, *others[:half]], [centre, *others[half:]]])


def majorities_ring(ring: Sequence[str]) -> list[Cut]:
    """Let every node hear a majority in which it is the middle of its neighbours, no two the same majority."""
    total, seen = len(ring), len(ring) // 2 + 1
    cuts = []
    for place, node in enumerate(ring):
        heard = {ring[(place + step - seen // 2) % total] for step in range(seen)}
        cuts += [(other, node) for other in ring if other not in heard]
    return cuts


def star(centre: str, others: Sequence[str]) -> list[Cut]:
    """Cut every link that does not end at the centre."""
    return between([[centre, other] for other in others])


def chain(nodes: Sequence[str]) -> list[Cut]:
    """Cut every link but those between neighbours."""
    return between(list(pairwise(nodes)))
