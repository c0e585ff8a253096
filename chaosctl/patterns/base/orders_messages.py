"""What customers ask the shop of `orders`, and what its parts say to each other."""

from typing import Literal

import msgspec

from chaosctl.node.messages import Message

Status = Literal["pending", "filled", "refused"]
Known = Literal["pending", "filled", "refused", "unknown"]


class Order(msgspec.Struct):
    """An order as its storefront and the copies of it have it. `step` grows with everything that becomes of it.

    `tried` are the stocks that had none left; `asked` is the stock that may have sold it, or the till that may have
    charged it: whoever is asked once is asked until it answers.
    """

    item: int
    owner: str
    step: int = 0
    status: Status = "pending"
    sold: bool = False
    asked: str = ""
    tried: list[str] = []


class Browse(Message):
    """A customer asks how many of an item there are."""

    item: int


class BrowseOk(Message):
    """What each stock had left, as far as this storefront heard lately."""

    left: dict[str, int]


class Place(Message):
    """A customer orders one of an item; the number is the customer's own."""

    number: int
    item: int


class PlaceOk(Message):
    """It is in the books, and will be filled or refused."""

    status: Status


class Track(Message):
    """A customer asks what became of an order."""

    number: int


class TrackOk(Message):
    """What this storefront knows: nothing of an order that another one has just taken."""

    status: Known


class Levels(Message):
    """A storefront asks a stock what it has."""


class LevelsOk(Message):
    """What is left of each item, and durable."""

    left: list[int]


class Reserve(Message):
    """A storefront asks a stock for one of an item, for an order."""

    number: int
    item: int


class ReserveOk(Message):
    """Whether the order has it: the same answer however often it is asked."""

    sold: bool


class Charge(Message):
    """A storefront asks a till to charge an order."""

    number: int


class ChargeOk(Message):
    """It is charged, once."""


class Share(Message):
    """From the storefront that took them, to another one: what became of these orders."""

    orders: list[tuple[int, Order]]


class ShareOk(Message):
    """They are known here."""


class Books(Message):
    """An auditor asks a storefront for all orders."""


class BooksOk(Message):
    """Each order's number, item and status."""

    orders: list[tuple[int, int, Status]]


class Sales(Message):
    """An auditor asks a stock what it sold."""


class SalesOk(Message):
    """The order's number and the item of each sale."""

    sold: list[tuple[int, int]]


class Charges(Message):
    """An auditor asks a till whom it charged."""


class ChargesOk(Message):
    """The number of an order for each charge."""

    charged: list[int]
