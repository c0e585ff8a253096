"""Nothing passes vacuously (DESIGN section 7): why a run proves nothing, whatever its checks say.

A conviction stands in spite of all this; a pass does not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from chaosctl.checkers.calls import OWN_RULES, calls_of
from chaosctl.checkers.facts import at, events_of, runner_events
from chaosctl.checkers.leaders import changes_of, leading_between
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event, FaultRow

STEADY_NS = 500_000_000
"""So long before the first fault the system must have been steady."""

FROM_THE_START_NS = 20_000_000
"""A fault applied by then was there from the start: in real time nothing happens exactly at time 0."""

STEADY_SHARE = 0.9
"""So much of what ended in that time must have been ok."""

PROBLEMS = {
    "inbox-full": "its inbox overflowed, and messages were dropped that no fault had dropped",
    "no-init-ok": "it did not answer init",
    "limit-reached": "the simulation reached its limit",
}
"""What the runner saw, and why nothing is proven where it did."""


def reasons_for_unknown(recording: Recording) -> list[str]:
    """Return why this run proves nothing, each in a sentence; empty where it may prove something.

    A verdict says the first: what the runner saw comes before what follows from it, a recording cut short.
    """
    return [
        *_problems(recording),
        *_incomplete(recording),
        *_nothing_finished(recording),
        *_idle_faults(recording),
        *_unsteady(recording),
        *_unexpected_deaths(recording),
    ]


def missing_need(recording: Recording, needs: tuple[str, ...]) -> str:
    """Return what a check needs and the recording has not, in words; empty where all is there."""
    for need in needs:
        if missing := _missing(recording, need):
            return missing
    return ""


def latency_is_unknown(recording: Recording) -> str:
    """Return why latency figures mean nothing, empty where they do: messages came later than the network meant."""
    for event in runner_events(recording, "delays_off"):
        median_ms = event.fields.get("median_ns", 0) / 1e6
        mean_ms = event.fields.get("configured_mean_ns", 0) / 1e6
        return f"messages came {median_ms:.1f} ms later than meant (median), and the links' mean is {mean_ms:.1f} ms"
    return ""


def _missing(recording: Recording, need: str) -> str:
    kind, _, name = need.partition(":")
    return str(_LACKS[kind](recording, name) or "")


def _incomplete(recording: Recording) -> Iterator[str]:
    if not recording.complete:
        yield "; ".join(["the recording is incomplete", *recording.notes])


def _nothing_finished(recording: Recording) -> Iterator[str]:
    if not any(row.type in ("ok", "fail") for row in recording.operations):
        yield "no operation finished" + _answers_to_nothing(recording)


def _answers_to_nothing(recording: Recording) -> str:
    """Return how many answers named no request that there was, and the first; empty where all did."""
    mistakes = runner_events(recording, "never-asked")
    if not mistakes:
        return ""
    count = sum(row.why == "never-asked" for row in recording.messages()) or len(mistakes)
    first = mistakes[0]
    return f": {count} answers were to requests that nobody had made, first by {first.node}: {first.fields['line']}"


def _idle_faults(recording: Recording) -> Iterator[str]:
    """Yield the faults that never happened, or touched nothing as often as they did."""
    rows: dict[str, list[FaultRow]] = defaultdict(list)
    for row in recording.faults:
        rows[row.name or row.kind].append(row)
    for name, of in rows.items():
        if not any(row.phase == "applied" for row in of):
            why = next((row.why for row in of if row.phase == "never" and row.why), "its time never came")
            yield f'the fault "{name}" never happened: {why}'
        elif not any(row.touched for row in of if row.phase == "healed"):
            yield f'the fault "{name}" touched nothing'


def _unsteady(recording: Recording) -> Iterator[str]:
    """Yield why the system was not steady before the first fault; refusals by its own rules say neither.

    A fault that is there from the start leaves no time before it, nor may one that is aimed at an early point. Where
    the system had not begun to serve by then, it must have done so at some time of the run.
    """
    first = min((row for row in recording.faults if row.phase == "applied"), key=lambda row: row.time, default=None)
    if first is None:
        return
    window = (first.time - STEADY_NS, first.time - 1)
    ended = [
        call.outcome
        for call in calls_of(recording)
        if call.completed and window[0] <= call.completed.time <= window[1] and call.error not in OWN_RULES
    ]
    is_aimed = any(row.phase == "armed" and row.occurrence == first.occurrence for row in recording.faults)
    if (first.time <= FROM_THE_START_NS or is_aimed) and "ok" not in ended:
        yield from _never_worked(recording)
        return
    before = f"in the last 500 ms before the first fault, {at(first.time)}"
    oks = ended.count("ok")
    if not ended:
        yield f"the system was not steady: no operation ended {before}"
    elif oks < STEADY_SHARE * len(ended):
        yield f"the system was not steady: {oks} of {len(ended)} operations were ok {before}"
    has_leader = recording.declared.leader_event is None or any(leading_between(changes_of(recording), *window))
    if not has_leader:
        yield f"the system was not steady: nobody led {before}"


def _never_worked(recording: Recording) -> Iterator[str]:
    if not any(row.type == "ok" for row in recording.operations):
        yield "the system never worked: no operation was ok in the whole run"
    leader_event = recording.declared.leader_event
    if leader_event is not None and not events_of(recording, leader_event):
        yield "the system never worked: nobody led in the whole run"


def _unexpected_deaths(recording: Recording) -> Iterator[str]:
    """Yield who died by itself, and how often; who may do so must have answered init before."""
    ready = {(event.node, event.fields.get("incarnation")) for event in runner_events(recording, "ready")}
    deaths: dict[str, list[Event]] = defaultdict(list)
    for event in runner_events(recording, "exited"):
        was_ready = (event.node, event.fields.get("incarnation")) in ready
        if event.fields.get("expected") is False and not (was_ready and recording.declared.tolerates_exits):
            deaths[event.node].append(event)
    for node, (first, *further) in deaths.items():
        often = f" {len(further) + 1} times, first" if further else ""
        started = "" if (node, first.fields.get("incarnation")) in ready else " before it answered init"
        status = f"(status {first.fields.get('status')})"
        yield f"{node} died{often} {at(first.time)} {status}{started}, and no fault had killed it"


def _problems(recording: Recording) -> Iterator[str]:
    for problem, why in PROBLEMS.items():
        first = {event.node: event for event in reversed(runner_events(recording, problem))}
        for node, event in sorted(first.items()):
            detail = f" ({event.fields['why']})" if "why" in event.fields else ""
            yield f"{node}: {why}, first {at(event.time)}{detail}"


_LACKS: dict[str, Callable[[Recording, str], str | bool]] = {
    "operations": lambda of, _: not of.operations and "there were no operations",
    "f": lambda of, name: not any(row.f == name for row in of.operations) and f"there was no {name}",
    "ok": lambda of, name: (
        not any(row.type == "ok" and row.f in name.split("|") for row in of.operations)
        and f"no {name.replace('|', ' or ')} was ok{_answers_to_nothing(of)}"
    ),
    "events": lambda of, name: not events_of(of, *name.split("|")) and f"no node emitted {name.replace('|', ' or ')}",
    "messages": lambda of, _: next(of.messages(), None) is None and "the run kept no messages",
    "quorum": lambda of, _: of.declared.quorum is None and "the experiment declares no quorum",
    "complete": lambda of, _: not of.complete and "the recording is incomplete: what it lacks proves nothing",
}
"""What a check may need (check.py), to whether it is missing, and how that is said."""
