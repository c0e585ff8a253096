"""Money: none is made or lost, no account goes below zero, and clients were told the truth about their transfers.

Final audits tell what every account holds. A transfer that was still on its way while they were taken may be in one
audit and not yet in another: how far each node had come is read from its own commits.
"""

from collections import Counter, defaultdict
from typing import ClassVar

from chaosctl.checkers.audits import Audit, final_audits, is_goods, matches_of, opened_with
from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence, Judgement, Verdict, failed, passed, unknown
from chaosctl.checkers.facts import seen, told
from chaosctl.checkers.leaders import down_at
from chaosctl.checkers.ledger import (
    Transaction,
    commits_by_node,
    dead_letters,
    forgetful_nodes,
    held_up,
    pending_dead_letters,
    settled_by_ns,
    transactions_of,
    transfer_of,
    worked_on_after,
)
from chaosctl.checkers.legs import Legs, calls_by_legs, legs_text
from chaosctl.history.recording import Recording

CONVICTED_FIRST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)

MOST_SHOWN = 3
"""Of like transfers so many are shown."""


class Conservation:
    """Money, and a shop's goods, are neither made nor lost: the final audits add up to what there was at first."""

    needs: ClassVar[tuple[str, ...]] = ("ok:audit", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        opened = opened_with(recording)
        if not opened:
            return unknown("the options do not say what the accounts were opened with")
        audits = final_audits(recording)
        held = Counter(account for audit in audits for account in audit.balances)
        if len(held) < len(opened):
            return unknown(f"the final audits found {len(held)} of {len(opened)} accounts")
        if twice := sorted(account for account, count in held.items() if count > 1):
            return unknown(f"several nodes say that they hold {', '.join(twice[:MOST_SHOWN])}")
        difference: Counter[bool] = Counter()
        for audit in audits:
            for account, balance in audit.balances.items():
                difference[is_goods(account)] += balance - opened.get(account, 0)
        wrong = [_account_for(recording, audits, goods, by) for goods, by in difference.items() if by]
        if wrong:
            return min(wrong, key=lambda judgement: CONVICTED_FIRST.index(judgement.valid))
        total = sum(sum(audit.balances.values()) for audit in audits)
        return passed("the audits add up to what there was", total=total)


class NoOverdraft:
    """No account ever goes below zero, neither in an audit nor after any commit."""

    needs: ClassVar[tuple[str, ...]] = ()

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        audits = [call for call in calls_of(recording, "audit") if call.result is not None]
        for call in audits:
            for account, balance in call.result.items():
                if balance < 0:
                    text = f"an audit of {call.last.node} found {balance} on {account}"
                    return failed(f"{account} is overdrawn: {balance}", told(call.last, text))
        commits = commits_by_node(recording)
        if (overdraft := _overdraft(recording)) is not None:
            return overdraft
        if not audits and not commits:
            return unknown("no audit was answered, and nothing was committed")
        return passed("no account went below zero", audits=len(audits), commits=sum(map(len, commits.values())))


class AckTruth:
    """A transfer or an order that a client was told is done takes effect in the end; one that was refused never."""

    needs: ClassVar[tuple[str, ...]] = ("operations", "events:prepared", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, by counting for each transfer or order of like accounts and amounts.

        One without an answer may have taken effect or not. So may one that was decided just before the end.
        """
        calls = calls_by_legs(recording)
        done: dict[Legs, list[Transaction]] = defaultdict(list)
        for transaction in transactions_of(recording).values():
            moved = _legs(transaction)
            if moved is not None:
                done[moved].append(transaction)
            elif transaction.all("committed"):
                return unknown(f"{transaction.gid} was committed, and nobody said what it moved")
        doubt: Judgement | None = None
        for moved in (*calls, *(other for other in done if other not in calls)):
            judgement = _compare(recording, moved, calls[moved], done[moved])
            if judgement is not None and judgement.valid is Verdict.FAIL:
                return judgement
            doubt = judgement or doubt
        if doubt is not None:
            return doubt
        told_ok = sum(1 for like in calls.values() for call in like if call.outcome == "ok")
        if not told_ok:
            return unknown("no client was told that anything is done")
        return passed("clients were told the truth", ok=told_ok, transfers=sum(map(len, calls.values())))


def _account_for(recording: Recording, audits: list[Audit], goods: bool, difference: int) -> Judgement:  # noqa: FBT001
    """Return what a difference amounts to, less what was still on its way while the audits were taken."""
    settled_ns = settled_by_ns(recording)
    transactions = {gid: one for gid, one in transactions_of(recording).items() if one.all("committed")}
    young = {gid for gid, one in transactions.items() if not one.is_decided_by(settled_ns) and not one.all("aborted")}
    matches = matches_of(recording)
    included = [commit for match in matches for commit in match.included or []]
    if young and (len(matches) < len(audits) or any(match.included is None for match in matches)):
        return unknown(f"{len(young)} transfers were on their way when the run ended, and the audits do not add up")
    sums: Counter[str] = Counter()
    for event, effects in included:
        transfer = transfer_of(str(event.fields["gid"]))  # A compensation counts with what it undoes.
        sums[transfer] += sum(change for account, change in (effects or {}).items() if is_goods(account) == goods)
    on_their_way = sum(change for gid, change in sums.items() if gid in young)
    if difference == on_their_way:
        return passed("the audits add up, with what was on its way", on_their_way=on_their_way)
    half = [transactions[gid] for gid, change in sums.items() if change and gid in transactions.keys() - young]
    if difference == sum(sums.values()) and (excuse := _held_up(recording, half)):
        return unknown(f"the audits do not add up, but {excuse}")
    evidence = [_half_done(transaction, sums[transaction.gid]) for transaction in half[:MOST_SHOWN]]
    what = f"{abs(difference)} {'more' if difference > 0 else 'less'} than there was"
    return failed(f"the final audits add up to {what}", *(audit.evidence() for audit in audits), *evidence)


def _held_up(recording: Recording, half: list[Transaction]) -> str:
    """Return why all of these transfers may be on their way yet, in words; empty where one is stuck."""
    late = worked_on_after(recording, settled_by_ns(recording))
    if half and all(transfer_of(one.gid) in late for one in half):
        return f"{half[0].gid} is half done, and was under way still"
    if half and {transfer_of(one.gid) for one in half} <= {transfer_of(gid) for gid in dead_letters(recording)}:
        return pending_dead_letters(recording)
    return held_up(recording) if half else ""


def _half_done(transaction: Transaction, change: int) -> Evidence:
    commit = transaction.all("committed")[0]
    return seen(commit, f"committed {transaction.gid}, which changed the whole by {change:+}")


def _overdraft(recording: Recording) -> Judgement | None:
    """Follow every account through its node's commits, where the disk forgot nothing and all effects are known."""
    opened = opened_with(recording)
    if not opened:
        return None
    for node, commits in commits_by_node(recording).items():
        if node in forgetful_nodes(recording) or any(effects is None for _event, effects in commits):
            continue
        balances: dict[str, int] = {}
        for event, effects in commits:
            for account, change in (effects or {}).items():
                balances[account] = balances.get(account, opened.get(account, 0)) + change
                if balances[account] < 0:
                    text = f"committed {event.fields['gid']}, which left {balances[account]} on {account}"
                    return failed(f"{account} is overdrawn: {balances[account]}", seen(event, text))
    return None


def _legs(transaction: Transaction) -> Legs | None:
    """Return what a transaction adds where; None for one that is not known whole: it makes or loses something."""
    changes = {account: change for account, change in (transaction.effects or {}).items() if change}
    balance: Counter[bool] = Counter()
    for account, change in changes.items():
        balance[is_goods(account)] += change
    return None if not changes or any(balance.values()) else tuple(sorted(changes.items()))


def _compare(recording: Recording, moved: Legs, calls: list[Call], transactions: list[Transaction]) -> Judgement | None:
    """Return a judgement where what clients were told of like transfers and what was done can't both be true."""
    by_outcome: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_outcome[call.outcome].append(call)
    whole = [one for one in transactions if one.is_committed]
    begun = [one for one in transactions if one.all("committed")]
    coming = [one for one in transactions if one.is_under_way(settled_by_ns(recording))]
    what = legs_text(moved)
    acked, refused = by_outcome["ok"], by_outcome["fail"]
    if len(acked) > len(whole) + len(coming):
        if down := down_at(recording, recording.declared.end_ns):
            return unknown(f"{', '.join(sorted(down))} did not run in the end, and may yet do what was promised")
        missing = [one for one in transactions if not one.is_committed]
        why = f"{len(acked)} transfers of {what} were acknowledged, {len(whole)} took effect"
        return failed(why, *_calls(acked, what), *_commits(missing))
    if begun and not calls:
        return failed(f"{what} were moved, and nobody asked for it", *_commits(begun))
    if len(begun) > len(acked) + len(by_outcome["info"]):
        why = f"{len(begun)} transfers of {what} took effect, {len(calls)} were asked for, {len(refused)} refused"
        return failed(why, *_calls(refused or acked, what), *_commits(begun))
    return None


def _calls(calls: list[Call], what: str) -> list[Evidence]:
    words = {"ok": "was told that it is done", "fail": "was refused"}
    return [
        told(
            call.last,
            f"{call.last.client or f'process {call.last.process}'} asked to move {what} and {words[call.outcome]}",
        )
        for call in calls[:MOST_SHOWN]
    ]


def _commits(transactions: list[Transaction]) -> list[Evidence]:
    lasts = [branch.last for one in transactions[:MOST_SHOWN] for branch in one.branches.values()]
    return [
        seen(event, f"{event.event.replace('_', ' ')} {event.fields['gid']}, and said no more of it") for event in lasts
    ]
