"""Partition: links are cut, into clean groups or in one of the shapes that real networks fail in."""

from typing import Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from chaosctl.experiment.model import Fault, When
from chaosctl.experiment.values import Range
from chaosctl.faults import topology
from chaosctl.faults.control import Control
from chaosctl.faults.holds import Holds
from chaosctl.faults.occurrence import Aim, Occurrence
from chaosctl.faults.targets import is_leader_missing, resolve, resolve_groups
from chaosctl.faults.topology import Cut
from chaosctl.network.effects import Effect


class Partition(Fault):
    """Cuts links: `groups = [["leader", "random"], ["rest"]]`, or a `shape`.

    one-way: what `from` says to `to` is lost; isolate: each of `target` is alone; bridge: two halves that only
    `target` hears both of; star: all hear only `target`; chain: each hears its neighbours, beginning at `target`; ring:
    everybody hears a majority, each another one. Without a `target` a random node is taken. Clients are on the side of
    the node that they talk to; nodes that no group names are a group of their own, and one that two groups name bridges
    them: `groups = [["n1", "n2"], ["n2", "n3"]]`. A service ("lin-kv") is cut off where it is named, in a group, as
    `target`, or at an end of one-way, and else is heard by all.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    at_point: ClassVar[str] = "tell"
    is_instant: ClassVar[bool] = False
    cuts_off_services: ClassVar[bool] = True
    until: ClassVar[When | None] = None

    kind: Literal["partition"] = "partition"
    groups: list[list[str]] | None = Field(None, min_length=1)
    shape: Literal["one-way", "isolate", "bridge", "ring", "star", "chain"] | None = None
    source: str | list[str] | None = Field(None, alias="from")
    dest: str | list[str] | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _check_one_shape(self) -> Self:
        if (self.groups is None) == (self.shape is None):
            raise ValueError('a partition has either `groups`, or a `shape` such as "isolate" or "one-way"')
        ends = self.source is not None or self.dest is not None
        if ends != (self.shape == "one-way"):
            raise ValueError('`from` and `to` (one of them at least) go with shape = "one-way", and that with them')
        if self.target is not None and (self.groups is not None or self.shape in ("one-way", "ring")):
            raise ValueError(f"a partition by {self.shape or 'groups'} has no `target`")
        return self

    def aim_at(self, control: Control, by: str | None) -> Aim:  # noqa: ARG002 - links are cut, whoever set it off.
        """Return which links would be cut now."""
        words = [word for group in self.groups or [] for word in group]
        if any(is_leader_missing(target, control) for target in (words, self.target, self.source, self.dest)):
            return Aim(missing="nobody led")
        aim = self._aim_at_groups(control) if self.groups is not None else self._aim_by_shape(control)
        cuts = frozenset((source, dest) for source, dest in aim.cuts)
        home = control.home

        def concerns(source: str, dest: str, _message_type: str) -> bool:
            return (home(source) or source, home(dest) or dest) in cuts  # A service is on nobody's side.

        aim.concerns = concerns
        aim.details = {"shape": self.shape or "groups"}
        aim.missing = "" if cuts else "it left no link to cut"
        return aim

    def held_for(self) -> Range | None:
        """As long as its window."""
        return None

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Cut the links."""
        assert occurrence.aim.concerns is not None, "a partition is aimed at links"
        occurrence.handle = holds.control.add_effect(Effect(occurrence.number, occurrence.aim.concerns, cut=True))

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Mend them; what was lost stays lost."""
        assert occurrence.handle is not None, "only an applied fault is healed"
        occurrence.messages += holds.control.remove_effect(occurrence.handle).touched

    def _aim_at_groups(self, control: Control) -> Aim:
        groups = resolve_groups(self.groups or [], control)
        return Aim(groups=_sides(groups, control), cuts=_rows(topology.between(groups)))

    def _aim_by_shape(self, control: Control) -> Aim:
        if self.shape == "one-way":
            return self._aim_one_way(control)
        if self.shape == "ring":
            return Aim(cuts=_rows(topology.majorities_ring(_shuffled(list(control.nodes), control))))
        targets = resolve(self.target if self.target is not None else "random", control)
        if not targets:
            return Aim()
        others = _shuffled([node for node in control.nodes if node not in targets], control)
        if self.shape == "isolate":
            groups = resolve_groups([[node] for node in targets], control)
            return Aim(targets, groups=_sides(groups, control), cuts=_rows(topology.between(groups)))
        if self.shape == "chain":
            return Aim(targets, cuts=_rows(topology.chain([*targets, *others])))
        shape = topology.bridge if self.shape == "bridge" else topology.star
        return Aim(targets, cuts=_rows(shape(targets[0], [*targets[1:], *others])))

    def _aim_one_way(self, control: Control) -> Aim:
        """Return the cut of one direction; the end that is not given is everybody else."""
        sources = resolve(self.source, control) if self.source is not None else None
        dests = resolve(self.dest if self.dest is not None else "rest", control, sources or ())
        sources = resolve("rest", control, dests) if sources is None else sources
        return Aim(sources, cuts=_rows(topology.one_way(sources, dests)))


def _sides(groups: list[list[str]], control: Control) -> list[list[str]]:
    """Return the nodes of each group where the groups are clean, none in two, and two or more; else there are none."""
    sides = [side for group in groups if (side := [name for name in group if name in control.nodes])]
    are_clean = sum(len(side) for side in sides) == len(control.nodes)
    return sides if are_clean and len(sides) > 1 else []


def _shuffled(nodes: list[str], control: Control) -> list[str]:
    return control.random.sample(nodes, len(nodes))


def _rows(cuts: list[Cut]) -> list[list[Any]]:
    return [[source, dest] for source, dest in cuts]
