"""Leader and workers: no task is lost, none has two effects, nobody obeys a deposed leader, nobody promotes himself."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import by_node, events_of, seen, term_of, told
from chaosctl.checkers.leaders import down_at
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event

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


class OneLeaderServes:
    """Once a leader has served, no task that is handed in after that is done for a leader of a lower epoch."""

    needs: ClassVar[tuple[str, ...]] = ("events:finished", "ok:task")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, in the clients' order: that of events between nodes proves nothing."""
        served = _served(recording)
        handed_in = Counter(row.value for row in recording.operations if row.f == "task" and row.type == "invoke")
        by_end = sorted(served, key=lambda each: each.call.last.time)
        highest: Served | None = None
        ended = 0
        for each in sorted(served, key=lambda each: each.call.invoked.time):
            while by_end[ended].call.last.time < each.call.invoked.time:
                if highest is None or by_end[ended].epoch > highest.epoch:
                    highest = by_end[ended]
                ended += 1
            is_new = handed_in[each.call.invoked.value] == 1  # Else it may have been done long ago.
            if highest is not None and is_new and each.epoch < highest.epoch:
                why = f"{each.credit.node} served in epoch {each.epoch} after {highest.credit.node} had in a higher one"
                return failed(why, *highest.told(), *each.told())
        return passed("no deposed leader served", served=len(served))


class RecoveryPoint:
    """A leader that begins to serve has at least as many tasks done as clients were told of by then: none is lost."""

    needs: ClassVar[tuple[str, ...]] = ("events:serving", "f:task")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; it counts, for a leader need not list what it has."""
        answered = [call.last for call in calls_of(recording) if call.invoked.f == "task" and call.outcome == "ok"]
        answered.sort(key=lambda row: row.time)
        begun = events_of(recording, "serving")
        for event in begun:
            before = [row for row in answered if row.time < event.time]
            done, told_of = int(event.fields["done"]), len({int(row.value["task"]) for row in before})
            if done < told_of:
                why = f"{event.node} began to serve with {done} tasks done, and clients had been told of {told_of}"
                serves = seen(event, f"serves in epoch {event.fields['epoch']} with {done} tasks done,")
                newest = told(before[-1], f"task {before[-1].value['task']} was answered, as the newest of {told_of},")
                return failed(why, newest, serves, lost=told_of - done)
        return passed("whoever began to serve had all that was answered", served=len(begun))


@dataclass(frozen=True)
class Served:
    """A task that was answered, and the newest credit that the answer may rest on."""

    call: Call
    credit: Event

    @property
    def epoch(self) -> int:
        """Return the epoch in which it was credited."""
        return term_of(self.credit)

    def told(self) -> tuple[Evidence, Evidence, Evidence]:
        """Return all of it as evidence."""
        task = self.call.invoked.value
        credited = seen(self.credit, f"credited it in epoch {self.epoch}")
        return told(self.call.invoked, f"task {task} was handed in"), credited, told(self.call.last, "it was answered")


def _served(recording: Recording) -> list[Served]:
    """Return what was answered after a credit; a leader says that first, so it was read first."""
    credits_of: dict[str, list[Event]] = defaultdict(list)
    for event in events_of(recording, "finished"):
        credits_of[str(event.fields["task"])].append(event)
    served = []
    for call in calls_of(recording, "task"):
        before = [event for event in credits_of[str(call.invoked.value)] if event.time <= call.last.time]
        if call.outcome == "ok" and before:
            served.append(Served(call, max(before, key=term_of)))
    return served


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
