"""Scripted operations (`[[workload.script]]`): each invoked once, at its time or when its trigger fires."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from chaosctl.experiment.model import Step
from chaosctl.faults.control import Control
from chaosctl.faults.triggers import Trigger
from chaosctl.history.records import Event
from chaosctl.workloads.clients import Clients
from chaosctl.workloads.workload import Workload


class Script:
    """The steps of a file. `waiting` are those whose trigger has not fired; `wanted_types` the messages they need."""

    def __init__(self, steps: Sequence[Step], workload: Workload, control: Control, clients: Clients) -> None:
        self.waiting: list[tuple[Step, Trigger]] = []
        self._steps, self._control, self._clients = steps, control, clients
        self._workload = workload

    @property
    def wanted_types(self) -> set[str]:
        """The message types that some waiting step wants to see."""
        return {trigger.message for _, trigger in self.waiting if trigger.message}

    def begin(self) -> None:
        """Arm the triggers and schedule the rest, at time 0."""
        for step in self._steps:
            if step.when is not None:
                self.waiting.append((step, Trigger(step.when, self._control)))
            else:
                self._control.call_at(round((step.at or 0.0) * 1e9), partial(self._invoke, step))

    def saw_message(self, process: str, dest: str, message_type: str) -> None:
        """See a message at its send; steps that waited for it are invoked before it is routed."""
        self._fire([entry for entry in self.waiting if entry[1].saw_message(process, dest, message_type)])

    def saw_event(self, event: Event) -> None:
        """See a node's event."""
        self._fire([entry for entry in self.waiting if entry[1].saw_event(event)])

    def _fire(self, fired: list[tuple[Step, Trigger]]) -> None:
        for entry in fired:
            self.waiting.remove(entry)
            self._invoke(entry[0])

    def _invoke(self, step: Step) -> None:
        invocation = self._workload.scripted(step.f, step.value)
        self._clients.script(replace(invocation, node=step.node))
