"""The workload `bank`: clients move money between accounts, and auditors add it up."""

from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome

FIELDS = {"from", "to", "amount"}

AUDITED_ROLES = ("resource-manager",)
"""Roles that hold accounts; where a pattern has none of them every node is audited."""


class BankOptions(workload.Options, frozen=True):
    """How the bank is used. `accounts` are a0, a1, ...: as many as the pattern's own option of that name says.

    `hot`: the share of transfers between a0 and a1 (contention); `audits`: the share of operations that are audits;
    `most`: a transfer's amount is drawn from 1 to this; `guaranteed`: the share of transfers that a third account must
    be able to pay too, which is read and not changed (two-phase-commit).
    """

    accounts: int = 10
    hot: float = 0.0
    audits: float = 0.1
    most: int = 20
    guaranteed: float = 0.0


class Bank:
    """Clients `transfer` money from one account to another, and `audit` the accounts of one node.

    A transfer that the system refuses (no cover, aborted) is a fail; one audit of every node ends the run.
    """

    Options = BankOptions
    operations: ClassVar[tuple[str, ...]] = ("transfer", "audit")
    idempotent: ClassVar[frozenset[str]] = frozenset({"audit"})

    def __init__(self, options: BankOptions, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None:
        self.options = options
        self.audited = next((placement[role] for role in AUDITED_ROLES if role in placement), nodes)

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (all clients do alike)
        """Return a transfer between two accounts, now and then an audit."""
        if random.random() < self.options.audits:
            return Invocation("audit", node=random.choice(self.audited))
        numbers = [0, 1] if random.random() < self.options.hot else range(self.options.accounts)
        source, dest = random.sample(numbers, 2)
        value = transfer(f"a{source}", f"a{dest}", random.randint(1, self.options.most))
        others = [number for number in range(self.options.accounts) if number not in (source, dest)]
        if others and self.options.guaranteed and random.random() < self.options.guaranteed:
            value["guarantor"] = f"a{random.choice(others)}"
        return Invocation("transfer", value)

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a transfer of `{ from, to, amount }`, maybe with a `guarantor`, or an audit of the step's node."""
        if f == "transfer" and not (isinstance(value, dict) and set(value) - {"guarantor"} == FIELDS):
            raise ValueError('a transfer takes { from = "a0", to = "a1", amount = 10 }')
        if f == "audit" and value is not None:
            raise ValueError("an audit takes no value")
        return Invocation(f, value)

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as a message."""
        if invocation.f == "audit":
            return {"type": "audit"}
        return {"type": "guaranteed_transfer" if "guarantor" in invocation.value else "transfer", **invocation.value}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return the balances that an audit found; a transfer's answer says no more than that it was done."""
        if invocation.f == "transfer":
            return Outcome("ok", invocation.value)
        return Outcome("ok", balances_of(reply))

    def final(self) -> list[Invocation]:
        """Return an audit of every node that holds accounts."""
        return [Invocation("audit", node=node, final=True) for node in self.audited]


def balances_of(reply: dict[str, Any]) -> dict[str, int]:
    """Return what an audit found, account to balance."""
    return {str(account): int(balance) for account, balance in reply["balances"].items()}


def transfer(source: str, dest: str, amount: int) -> dict[str, Any]:
    """Return a transfer's value."""
    return {"from": source, "to": dest, "amount": amount}
