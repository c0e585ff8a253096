"""The workload `account`: clients put money into one account and take it out, and a statement lists it in the end."""

from itertools import count
from random import Random
from typing import Any, ClassVar, Literal

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome


class AccountOptions(workload.Options, frozen=True):
    """Which share of the operations are `deposits`, and which `reads` of the balance; the rest are withdrawals.

    An amount is drawn from 1 to `most`.
    """

    deposits: float = 0.3
    reads: float = 0.1
    most: int = 20
    retry: Literal["no", "elsewhere"] = "no"


class Account:
    """Clients `deposit` and `withdraw`, each booking with a number of its own, and ask for the `balance`.

    An answer says at which place of the statement it is booked. A withdrawal without cover is a fail. In the end the
    whole statement is asked for through every node.
    """

    Options = AccountOptions
    operations: ClassVar[tuple[str, ...]] = ("deposit", "withdraw", "balance", "statement")
    idempotent: ClassVar[frozenset[str]] = frozenset({"balance", "statement"})

    def __init__(self, options: AccountOptions, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement
        self._next_number = count(1)

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (all clients do alike)
        """Return a deposit, a withdrawal, or a question for the balance."""
        drawn = random.random()
        if drawn < self.options.reads:
            return Invocation("balance")
        f = "deposit" if drawn < self.options.reads + self.options.deposits else "withdraw"
        return self.scripted(f, random.randint(1, self.options.most))

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a deposit or withdrawal of an amount; a question takes no value."""
        if f in self.idempotent:
            if value is not None:
                raise ValueError(f"a {f} takes no value")
            return Invocation(f)
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"a {f} takes an amount, from 1")
        return Invocation(f, {"number": next(self._next_number), "amount": value})

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as a message; money that is taken out is below zero."""
        if invocation.f in self.idempotent:
            return {"type": invocation.f}
        sign = 1 if invocation.f == "deposit" else -1
        return {"type": "book", "number": invocation.value["number"], "amount": sign * invocation.value["amount"]}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return the booking with its place and the balance after it; or all entries, [number, amount]."""
        if invocation.f == "statement":
            return Outcome("ok", [[int(number), int(amount)] for number, amount in reply["entries"]])
        booked = {"place": int(reply["place"]), "balance": int(reply["balance"])}
        return Outcome("ok", (invocation.value or {}) | booked)

    def final(self) -> list[Invocation]:
        """Return a statement through every node."""
        return [Invocation("statement", node=node, final=True) for node in self.nodes]
