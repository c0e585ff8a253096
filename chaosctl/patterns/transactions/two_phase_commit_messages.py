"""What the roles of two-phase commit say to each other and to clients; which resource manager holds which account."""

import msgspec

from chaosctl.node.messages import Message

COMMIT, ABORT, WAIT = "commit", "abort", "wait"

Effects = dict[str, int]
"""Account to what is added to its balance."""


class Prepare(Message):
    """Phase 1: do this, make it durable, keep it undecided, and vote. `covers`: what must be on accounts only read."""

    gid: str
    effects: Effects
    covers: Effects = msgspec.field(default_factory=dict)


class Vote(Message):
    """Yes: prepared, for you to decide. No: undone, and why. A yes of one that only read: don't tell me the end."""

    gid: str
    yes: bool
    why: str = ""
    cause: str = ""
    read_only: bool = False


class Commit(Message):
    """Phase 2: it is decided, commit."""

    gid: str


class Committed(Message):
    """Committed, durably: you may forget that you told me."""

    gid: str


class Rollback(Message):
    """Phase 2: it is decided, roll back. Not answered: whoever misses it asks."""

    gid: str


class Inquire(Message):
    """Somebody in doubt asks how it was decided."""

    gid: str


class Decision(Message):
    """How it was decided: commit, abort, or wait, for it is not decided yet."""

    outcome: str


class Transfer(Message, rename={"source": "from", "dest": "to"}):
    """A client's request to move money from one account to another."""

    source: str
    dest: str
    amount: int


class GuaranteedTransfer(Transfer, rename={"source": "from", "dest": "to"}):
    """A transfer that is done only if a third account could pay it too; that one is read, and not changed."""

    guarantor: str


class TransferOk(Message):
    """It is decided: the money is moved, or will be."""


class Order(Message):
    """A client's request to buy one of an item: order, stock and payment are three services, all or none."""

    customer: str
    item: str
    price: int


class OrderOk(Message):
    """It is decided: the item is sold and paid, or will be."""


class Audit(Message):
    """A client's request for the balances that one resource manager holds."""


class AuditOk(Message):
    """The balances of its accounts, without what is undecided."""

    balances: dict[str, int]


SERVICES = {"sold": 0, "revenue": 0, "stock": 1, "wallet": 2}
"""Which resource manager is the service of a shop that keeps these rows: the orders, the stock, the payments."""


def holder(account: str, resource_managers: tuple[str, ...]) -> str:
    """Return who holds an account: a0, a1, ... go round the resource managers, a shop's rows are with their service."""
    service, _, of_shop = account.partition("/")
    number = SERVICES[service] if of_shop else int(account[1:])
    return resource_managers[number % len(resource_managers)]
