"""Transfers that are complete in the end: all of their effects or none, nothing left on the way, acks kept.

For patterns whose parts commit one after the other and never together: between the first and the last, money is on
its way. D. Pritchett, "BASE: an ACID alternative" (2008). Once all has healed there is the grace period for it.
A compensation is a transaction of its own, named after the transfer that it undoes: `g/back` undoes `g`.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import ClassVar

from chaosctl.checkers.audits import option
from chaosctl.checkers.calls import Call
from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import events_of, runner_events, seen, told
from chaosctl.checkers.leaders import down_at
from chaosctl.checkers.ledger import (
    dead_letters,
    effects_of,
    forgetful_nodes,
    held_up,
    last_of_messages,
    settled_by_ns,
    transactions_of,
    transfer_of,
    worked_on_after,
)
from chaosctl.checkers.legs import Legs, calls_by_legs, legs_text
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event

MOST_SHOWN = 3
"""Of like transfers so many are shown."""


@dataclass
class Transfer:
    """A transfer with its compensation: every effect that it had anywhere, in the order in which they were seen."""

    gid: str
    effects: list[tuple[Event, dict[str, int]]] = field(default_factory=list)
    is_compensated: bool = False

    @property
    def net(self) -> dict[str, int]:
        """Return what it changed in all, account to change."""
        total: Counter[str] = Counter()
        for _event, effects in self.effects:
            total.update(effects)
        return {account: change for account, change in total.items() if change}

    def is_complete(self, legs: dict[str, int] | None) -> bool:
        """Return whether what was taken has arrived where it was meant to, or is back; `legs` are what was accepted.

        What was compensated must be undone: the same sum on other accounts is no compensation.
        """
        if not self.net or legs is None or self.is_compensated:
            return not self.net or (sum(self.net.values()) == 0 and not self.is_compensated)
        return self.net == legs

    @property
    def first_ns(self) -> int:
        """Return when it had its first effect."""
        return min(event.time for event, _effects in self.effects)


class EventualAtomicity:
    """In the end a transfer has all of its effects or none: what was taken has arrived, or is back where it was."""

    needs: ClassVar[tuple[str, ...]] = ("events:committed", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording: a transfer with an effect before the grace period is complete by now."""
        transfers = transfers_of(recording).values()
        settled_ns = settled_by_ns(recording)
        legs = {str(event.fields["gid"]): event.fields["legs"] for event in events_of(recording, "accepted_transfer")}
        half = [one for one in transfers if not one.is_complete(legs.get(one.gid)) and one.first_ns <= settled_ns]
        counts = {"transfers": len(transfers), "half": len(half)}
        if not half:
            return passed("every transfer is complete, or undone", **counts)
        if excuse := _excuse(recording):
            return unknown(f"{half[0].gid} is half done, but {excuse}", **counts)
        late = worked_on_after(recording, settled_ns)
        if late.keys() >= {one.gid for one in half}:
            last = late[half[0].gid]
            why = f"{half[0].gid} is half done, and was under way still"
            return unknown(why, seen(last, f"{last.event.replace('_', ' ')} {half[0].gid}"), **counts)
        worst = next(one for one in half if one.gid not in late)
        why = f"{worst.gid} is half done: all that it changed is {_text(worst.net)}"
        return failed(why, *(seen(event, f"committed {_text(effects)}") for event, effects in worst.effects), **counts)


class AcksSettled:
    """An acknowledged transfer was accepted and is done or undone in the end; a refused one has no effect."""

    needs: ClassVar[tuple[str, ...]] = ("events:accepted_transfer", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, by counting for each transfer or order of like accounts and amounts."""
        calls = calls_by_legs(recording)
        accepted: dict[Legs, list[Event]] = defaultdict(list)
        for event in {str(event.fields["gid"]): event for event in events_of(recording, "accepted_transfer")}.values():
            accepted[tuple(sorted(event.fields["legs"].items()))].append(event)
        for moved in sorted(calls.keys() | accepted.keys()):
            if (judgement := _compare(recording, moved, calls[moved], accepted[moved])) is not None:
                return judgement
        acked = sum(1 for like in calls.values() for call in like if call.outcome == "ok")
        if not acked:
            return unknown("no client was told that its transfer is accepted")
        return passed("clients were told the truth", ok=acked, accepted=sum(map(len, accepted.values())))


class NothingLeft:
    """Once all has healed nothing is left on its way: all is consumed, taken back, or kept as a dead letter.

    A dead letter is what was delivered in vain as often as is declared (`most_deliveries`), no more; and it must be
    there when an operator has it delivered again.
    """

    needs: ClassVar[tuple[str, ...]] = ("events:message_stored", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording: what was stored before the grace period is done at its end."""
        settled_ns, end_ns = settled_by_ns(recording), recording.declared.end_ns
        last = last_of_messages(recording)
        left = [event for event in last.values() if event.event == "message_stored" and event.time <= settled_ns]
        dead, gone = len(dead_letters(recording)), _gone_dead_letters(recording)
        counts = {"messages": len(last), "left": len(left), "dead_letters": dead}
        if (again := _delivered_too_often(recording)) is not None:
            message, nth = again.fields["message"], again.fields["nth"]
            why = f"{again.node} delivers {message} once more after {nth} times, and should keep it as a dead letter"
            return failed(why, seen(again, f"redelivered {message}"), **counts)
        if gone:
            message = gone[0].fields["message"]
            why = f"{gone[0].node} was ordered to deliver its dead letters, and {message} did not come back"
            if excuse := _excuse(recording):
                return unknown(f"{why}, but {excuse}", **counts)
            return failed(why, seen(gone[0], f"made {message} a dead letter"), **counts)
        if not left:
            why = "no message was left but dead letters, which are kept" if dead else "no message was left"
            return passed(why, **counts)
        if excuse := _excuse(recording):
            return unknown(f"{len(left)} messages were left, but {excuse}", **counts)
        oldest = min(left, key=lambda event: event.time)
        seconds = (end_ns - oldest.time) / 1e9
        why = f"{oldest.node} has had {oldest.fields['message']} for {seconds:.3f} s, to the end of the run"
        return failed(why, seen(oldest, f"stored {oldest.fields['message']}"), **counts)


def _delivered_too_often(recording: Recording) -> Event | None:
    """Return the first delivery, by what its node says, of what was delivered as often before as is declared."""
    most = option(recording, "most_deliveries")
    again = events_of(recording, "redelivered") if most is not None else []
    return next((event for event in again if event.fields["nth"] >= most), None)


def _gone_dead_letters(recording: Recording) -> list[Event]:
    """Return what was a dead letter when an operator had those of its node delivered again, and was not since.

    A node that started again after the order may have died before it was carried out.
    """
    ordered_ns: dict[str, int] = {}
    for row in recording.faults:
        if row.phase == "applied" and row.details.get("command") == "redeliver":
            ordered_ns |= dict.fromkeys(row.targets, row.time)
    for event in runner_events(recording, "started"):
        if event.time >= ordered_ns.get(event.node, event.time):
            ordered_ns.pop(event.node, None)
    dead = [event for event in last_of_messages(recording).values() if event.event == "dead_lettered"]
    return [event for event in dead if event.time < ordered_ns.get(event.node, 0)]


def transfers_of(recording: Recording) -> dict[str, Transfer]:
    """Return every transfer that had an effect, by gid."""
    found: dict[str, Transfer] = {}
    for gid, transaction in transactions_of(recording).items():
        for branch in transaction.branches.values():
            for event in branch.all("committed"):
                transfer = found.setdefault(transfer_of(gid), Transfer(transfer_of(gid)))
                transfer.is_compensated = transfer.is_compensated or gid.partition("/")[2].startswith("back")
                transfer.effects.append((event, effects_of(branch) or {}))
    for transfer in found.values():
        transfer.effects.sort(key=lambda effect: effect[0].time)
    return found


def _compare(recording: Recording, moved: Legs, calls: list[Call], accepted: list[Event]) -> Judgement | None:
    """Return a conviction where what clients were told of like transfers and what was accepted can't both be true."""
    what = legs_text(moved)
    outcomes = Counter(call.outcome for call in calls)
    if outcomes["ok"] > len(accepted):
        if excuse := _excuse(recording):
            return unknown(f"{outcomes['ok']} transfers of {what} were acknowledged, {len(accepted)} done: {excuse}")
        acked = [call for call in calls if call.outcome == "ok"][:MOST_SHOWN]
        why = f"{outcomes['ok']} transfers of {what} were acknowledged, {len(accepted)} were accepted"
        return failed(
            why, *(told(call.last, f"{call.last.client} was told that {what} are accepted") for call in acked)
        )
    if len(accepted) > outcomes["ok"] + outcomes["info"]:
        why = f"{len(accepted)} transfers of {what} were accepted, {outcomes['fail']} of {len(calls)} were refused"
        return failed(why, *(seen(event, f"accepted {event.fields['gid']}") for event in accepted[:MOST_SHOWN]))
    return None


def _excuse(recording: Recording) -> str:
    """Return why what is missing in the end may be nobody's fault; empty where there is no excuse."""
    if down := down_at(recording, recording.declared.end_ns):
        return f"{', '.join(sorted(down))} did not run in the end"
    if forgetful := forgetful_nodes(recording):
        return f"the disk of {', '.join(sorted(forgetful))} forgot something"
    return held_up(recording)


def _text(effects: dict[str, int]) -> str:
    return ", ".join(f"{account} {change:+}" for account, change in sorted(effects.items())) or "nothing"
