"""Leader and workers: no task is lost, none has two effects, nobody obeys a deposed leader, nobody promotes himself."""

from collections.abc import Iterator
from typing import ClassVar

from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import by_node, events_of, seen, told
from chaosctl.checkers.leaders import down_at
from chaosctl.history.recording import Recording

MANUAL = "manual"


class NoTaskLost:
    """Every task that was answered, or that a leader accepted, is done in the end, as the final audits say."""

    needs: ClassVar[tuple[str, ...]] = ("f:task", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; of several audits each must have all."""
        calls = calls_of(recording)
        audits = [call for call in calls if call.invoked.f == "audit" and call.invoked.final and call.outcome == "ok"]
        if not audits:
            return unknown("no final audit was answered")
        taken_on: dict[str, Evidence] = {}
        for event in events_of(recording, "accepted"):
            if "task" in event.fields:
                taken_on.setdefault(str(event.fields["task"]), seen(event, f"accepted task {event.fields['task']}"))
        answered = [call for call in calls if call.invoked.f == "task" and call.outcome == "ok"]
        for call in answered:
            taken_on[str(call.invoked.value)] = told(call.last, f"task {call.invoked.value} was answered")
        done = {str(call.invoked.value) for call in answered}
        for audit in audits:
            missing = [task for task in taken_on if task not in audit.result]
            if not missing:
                continue
            worst = next((task for task in missing if task in done), missing[0])
            down = down_at(recording, recording.declared.end_ns)
            if worst not in done and down:
                return unknown(f"{', '.join(sorted(down))} did not run in the end, and may have task {worst}")
            why = f"task {worst} was {'answered' if worst in done else 'accepted'}, and is not done in the end"
            listed = told(audit.last, f"the final audit through {audit.invoked.node} lists {len(audit.result)} tasks")
            return failed(why, taken_on[worst], listed, lost=len(missing))
        return passed("all tasks that were taken on are done in the end", tasks=len(taken_on))


class OneEffectATask:
    """Of the runs of a task one counts: for every leader that says so, for its client, and in the final audits."""

    needs: ClassVar[tuple[str, ...]] = ("f:task",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        counted: dict[str, tuple[str, Evidence]] = {}
        for task, run, evidence in _runs(recording):
            first_run, first = counted.setdefault(task, (run, evidence))
            if first_run != run:
                return failed(f"task {task} had two effects: the runs {first_run} and {run}", first, evidence)
        if not counted:
            return unknown("no task was done")
        return passed("no task had two effects", tasks=len(counted), started=len(events_of(recording, "started")))


class Obedience:
    """A worker begins nothing for a leader whose epoch is lower than one that it has obeyed, not even after a crash."""

    needs: ClassVar[tuple[str, ...]] = ("events:started",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        acts = events_of(recording, "obeyed", "started")
        for node, emitted in by_node(acts).items():
            highest = None
            for event in emitted:
                epoch = int(event.fields["epoch"])
                if highest is not None and epoch < int(highest.fields["epoch"]) and event.event == "started":
                    why = f"{node} began a task for epoch {epoch} after epoch {highest.fields['epoch']}"
                    began = seen(event, f"began task {event.fields['task']} for epoch {epoch}")
                    return failed(why, seen(highest, f"obeyed epoch {highest.fields['epoch']}"), began)
                if highest is None or epoch > int(highest.fields["epoch"]):
                    highest = event
        return passed("nobody worked for a deposed leader", acts=len(acts))


class ManualMeansManual:
    """Where a person switches, nobody is promoted without an order before it, and no order promotes twice."""

    needs: ClassVar[tuple[str, ...]] = ("operations",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        if recording.declared.options.get("switch") != MANUAL:
            return passed("the switch is automatic here")
        orders = [
            (row.time, node)
            for row in recording.faults
            if row.kind == "operator" and row.phase == "applied"
            for node in row.targets
        ]
        promoted = events_of(recording, "promoted")
        for event in promoted:
            order = next((order for order in orders if order[1] == event.node and order[0] <= event.time), None)
            if order is None:
                epoch = event.fields["epoch"]
                return failed(f"{event.node} was promoted without an order", seen(event, f"leads epoch {epoch}"))
            orders.remove(order)
        return passed("nobody was promoted without an order", promoted=len(promoted))


def _runs(recording: Recording) -> Iterator[tuple[str, str, Evidence]]:
    """Yield every statement that a run of a task counts: (task, run, who says so)."""
    for event in events_of(recording, "finished"):
        task, run = str(event.fields["task"]), str(event.fields["run"])
        yield task, run, seen(event, f"says that of task {task} the run {run} counts,")
    for call in calls_of(recording):
        if call.invoked.f == "task" and call.outcome == "ok":
            task, run = str(call.invoked.value), str(call.result["run"])
            yield task, run, told(call.last, f"the client of task {task} was told of the run {run}")
        elif call.invoked.f == "audit" and call.invoked.final and call.outcome == "ok":
            for task, run in call.result.items():
                yield task, run, told(call.last, f"the final audit through {call.invoked.node} has run {run}")
