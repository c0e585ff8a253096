"""Final audits beside the commits that led to them: what a resource manager's balances must be, and are."""

from collections import Counter
from dataclasses import dataclass

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence
from chaosctl.checkers.facts import told
from chaosctl.checkers.ledger import commits_by_node, forgetful_nodes
from chaosctl.history.recording import Recording, worked_out_once
from chaosctl.history.records import Event

Commit = tuple[Event, dict[str, int] | None]


@dataclass(frozen=True)
class Audit:
    """The last final audit of a node that was answered."""

    node: str
    call: Call
    balances: dict[str, int]

    def evidence(self) -> Evidence:
        """Return the audit in words."""
        total = sum(self.balances.values())
        return told(self.call.last, f"the final audit of {self.node} found {total} on {len(self.balances)} accounts")


@dataclass(frozen=True)
class Match:
    """An audit against the commits of its node: those it includes, None where no beginning of them explains it.

    `is_certain`: no commit was under way while it was taken.
    """

    audit: Audit
    commits: list[Commit]
    included: list[Commit] | None
    expected: dict[str, int]
    is_certain: bool


def final_audits(recording: Recording) -> list[Audit]:
    """Return each node's final audit, in the order of asking; of several the last."""
    audits: dict[str, Audit] = {}
    for call in calls_of(recording, "audit"):
        if call.invoked.final and call.result is not None:
            audits[call.last.node] = Audit(call.last.node, call, dict(call.result))
    return list(audits.values())


def option(recording: Recording, name: str) -> int | None:
    """Return a whole number that the pattern's or the workload's options declare; None where neither does."""
    declared = recording.declared
    value = declared.options.get(name, declared.workload_options.get(name))
    return value if isinstance(value, int) else None


@worked_out_once
def opened_with(recording: Recording) -> dict[str, int]:
    """Return what was on every account at first, as the options declare it; empty where they don't."""
    accounts, balance = option(recording, "accounts"), option(recording, "balance")
    if accounts is None or balance is None:
        return {}
    opened = {f"a{number}": balance for number in range(accounts)}
    for number in range(option(recording, "items") or 0):
        opened |= {f"stock/i{number}": option(recording, "units") or 0, f"sold/i{number}": 0, f"revenue/i{number}": 0}
    return opened | {f"wallet/c{number}": balance for number in range(option(recording, "customers") or 0)}


def is_goods(account: str) -> bool:
    """Return whether an account counts units of an item: neither goods nor money are made or lost."""
    return account.startswith(("stock/", "sold/"))


@worked_out_once
def matches_of(recording: Recording) -> list[Match]:
    """Return every final audit with its node's commits, as far as both are known for certain.

    Left out are nodes whose disk forgot something, and nodes with a commit that nobody told the effects of.
    """
    opened = opened_with(recording)
    commits, forgetful = commits_by_node(recording), forgetful_nodes(recording)
    if not opened or not commits:
        return []
    known = [audit for audit in final_audits(recording) if audit.node not in forgetful]
    return [
        _match(audit, commits.get(audit.node, []), opened)
        for audit in known
        if all(effects is not None for _event, effects in commits.get(audit.node, []))
    ]


def _match(audit: Audit, commits: list[Commit], opened: dict[str, int]) -> Match:
    """Find the least beginning of a node's commits that explains its audit; all that were over before are in it."""
    certain = sum(1 for event, _effects in commits if event.time < audit.call.invoked.time)
    balances: Counter[str] = Counter({account: opened.get(account, 0) for account in audit.balances})
    for _event, effects in commits[:certain]:
        _apply(balances, effects)
    expected = dict(balances)
    for count in range(certain, len(commits) + 1):
        if count > certain:
            _apply(balances, commits[count - 1][1])
        if dict(balances) == audit.balances:
            return Match(audit, commits, commits[:count], dict(balances), certain == len(commits))
    return Match(audit, commits, None, expected, certain == len(commits))


def _apply(balances: Counter[str], effects: dict[str, int] | None) -> None:
    for account, change in (effects or {}).items():
        balances[account] += change
