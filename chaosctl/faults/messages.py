"""What the kinds of fault that hurt messages have in common: which messages, and until when."""

from typing import Any, ClassVar, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from chaosctl.experiment.dump import as_written
from chaosctl.experiment.model import Fault, Match, When
from chaosctl.experiment.values import Range
from chaosctl.faults.control import Control
from chaosctl.faults.holds import Holds
from chaosctl.faults.occurrence import Aim, Occurrence
from chaosctl.faults.targets import in_order, is_leader_missing, is_one, recognizer, resolve, resolve_ends, words_of
from chaosctl.network.effects import Effect


class LinkFault(Fault):
    """A fault of messages: to or from `target`, or sent `from` and `to` somebody, of one type `message` or of all.

    Or, aimed, those of `match` alone: the nth that fits, `count` from there on (just that one where only nth is given,
    every one that fits where neither is). It ends with `duration`, or `until` something happens.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    at_point: ClassVar[str] = "tell"
    is_instant: ClassVar[bool] = False
    cuts_off_services: ClassVar[bool] = True

    source: str | list[str] | None = Field(None, alias="from")
    dest: str | list[str] | None = Field(None, alias="to")
    message: str | None = None
    match: Match | None = None
    until: When | None = None

    @field_validator("match")
    @classmethod
    def _nth_alone_is_one(cls, match: Match | None) -> Match | None:
        if match is not None and match.count is None and "nth" in match.model_fields_set:
            return match.model_copy(update={"count": 1})
        return match

    @model_validator(mode="after")
    def _check_one_way_to_choose(self) -> Self:
        ends = self.source is not None or self.dest is not None
        if (self.target is not None) + ends + (self.match is not None) > 1:
            raise ValueError("choose messages by `target`, or by `from` and `to`, or by `match`: one of the three")
        if self.match is not None and self.message is not None:
            raise ValueError("with `match` the message's type stands in it: match = { message = ... }")
        return self

    def aim_at(self, control: Control, by: str | None) -> Aim:  # noqa: ARG002 - a fault of messages needs no node.
        """Return which messages are meant now."""
        if self.match is not None:
            return self._aim_by_match(self.match, control)
        for end in (self.target, self.source, self.dest):
            if is_leader_missing(end, control):
                return Aim(missing="nobody led")
        if self.target is not None:
            return self._aim_at_nodes(resolve(self.target, control))
        return self._aim_at_links(control)

    def held_for(self) -> Range | None:
        """As long as its window."""
        return None

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Put the effect on the links."""
        concerns = occurrence.aim.concerns
        assert concerns is not None, "a fault of messages is aimed at messages"
        effect = Effect(occurrence.number, concerns)
        if self.match is not None:
            effect.skip, effect.limit = self.match.nth - 1, self.match.count
            ends = (self.match.source, self.match.dest)
            effect.per_link = None not in ends and not all(is_one(end or "", holds.control) for end in ends)
        self.impose(effect)
        if not effect.held:
            effect.on_spent = occurrence.spent
        occurrence.handle = holds.control.add_effect(effect)

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Take the effect off the links; what it held goes on its way."""
        assert occurrence.handle is not None, "only an applied fault is healed"
        occurrence.messages += holds.control.remove_effect(occurrence.handle).touched

    def impose(self, effect: Effect) -> None:
        """Set what the effect does; each kind says it."""
        raise NotImplementedError

    def details(self) -> dict[str, Any]:
        """Return what is recorded of the fault besides its targets: what it does, as the file says it."""
        schedule = {*Fault.model_fields, "until"}
        return {key: value for key, value in as_written(self).items() if key not in schedule}

    def _aim_at_nodes(self, nodes: list[str]) -> Aim:
        targets, message = frozenset(nodes), self.message

        def concerns(source: str, dest: str, message_type: str) -> bool:
            return (source in targets or dest in targets) and message in (None, message_type)

        return Aim(nodes, details=self.details(), concerns=concerns, missing="" if nodes else "its target was empty")

    def _aim_at_links(self, control: Control) -> Aim:
        sources = resolve_ends(self.source, control) if self.source is not None else None
        dests = resolve_ends(self.dest, control) if self.dest is not None else None
        message = self.message

        def concerns(source: str, dest: str, message_type: str) -> bool:
            return (
                (sources is None or source in sources)
                and (dests is None or dest in dests)
                and message in (None, message_type)
            )

        resolved = {"from": sources, "to": dests}
        details = self.details() | {key: sorted(names) for key, names in resolved.items() if names is not None}
        nodes = in_order({*(sources or ()), *(dests or ())}, control)
        is_empty = any(names is not None and not names for names in resolved.values())
        return Aim(nodes, details=details, concerns=concerns, missing="its target was empty" if is_empty else "")

    def _aim_by_match(self, match: Match, control: Control) -> Aim:
        is_source, is_dest = recognizer(match.source, control), recognizer(match.dest, control)

        def concerns(source: str, dest: str, message_type: str) -> bool:
            return match.message in (None, message_type) and is_source(source) and is_dest(dest)

        ends = words_of(match.source) + words_of(match.dest)
        return Aim(in_order(ends, control), details=self.details(), concerns=concerns)
