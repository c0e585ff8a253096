"""The kinds as tables of the file: what each refuses, in words that help; and that the registry is right."""

from typing import Any

import pytest
from fake_run import fault
from pydantic import ValidationError

from chaosctl.catalogue import load_fault
from chaosctl.experiment.model import Fault
from chaosctl.faults import FAULTS


@pytest.mark.parametrize("kind", FAULTS)
def test_every_kind_is_a_documented_fault_that_carries_its_name(kind: str) -> None:
    model = load_fault(kind)
    assert issubclass(model, Fault)
    assert model.model_fields["kind"].default == kind
    assert model.__doc__


@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        ("crash", {}, "needs a `target`"),
        ("crash", {"target": "n1", "disk": "torn-tail"}, "needs a log that can tear"),
        ("disk", {"target": "n1", "mode": "lose-tail"}, 'use kind = "crash"'),
        ("disk", {"target": "n1", "mode": "slow"}, "`sync`"),
        ("disk", {"target": "n1", "mode": "full", "sync": "1s"}, "`sync`"),
        ("clock", {"target": "n1"}, "`offset` or a `drift`"),
        ("clock", {"target": "n1", "offset": "soon"}, "duration with a unit"),
        ("clock", {"target": "n1", "drift": -1.0}, "greater than -1"),
        ("stall", {"when": {"event": "voted"}, "duration": "1s"}, "point"),
        ("partition", {}, "either `groups`, or a `shape`"),
        ("partition", {"groups": [["n1"]], "shape": "ring"}, "either `groups`, or a `shape`"),
        ("partition", {"shape": "one-way"}, "`from` and `to`"),
        ("partition", {"shape": "ring", "from": "n1"}, "`from` and `to`"),
        ("partition", {"groups": [["n1"]], "target": "n1"}, "no `target`"),
        ("delay", {"target": "n1"}, "needs an `amount`"),
        ("delay", {"amount": "1s", "latency": {"distribution": "constant"}}, "not both"),
        ("loss", {"target": "n1", "from": "n2"}, "one of the three"),
        ("loss", {"match": {"message": "accept"}, "message": "accept"}, "stands in it"),
        ("loss", {"probability": 0.0}, "greater than 0"),
        ("bandwidth", {"bytes_per_second": 0}, "greater than or equal to 1"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_what_it_lacks(kind: str, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        fault(kind, **keys)
    assert words in str(refused.value)


def test_an_aimed_nth_alone_is_written_back_as_that_one() -> None:
    loss = fault("loss", match={"message": "accept", "nth": 1})
    assert loss == fault("loss", match={"message": "accept", "count": 1})


@pytest.mark.parametrize(
    ("table", "seconds"),
    [
        ({"kind": "crash", "target": "n1", "restart_after": "2s"}, 2),
        ({"kind": "crash", "target": "n1", "restart_after": "2s", "every": "5s", "count": 3}, 12),
        ({"kind": "operator", "target": "n1", "command": "promote"}, 0),
    ],
)
def test_a_kind_says_how_long_it_lasts_so_that_what_follows_can_be_planned(table: dict[str, Any], seconds: int) -> None:
    lasts = fault(**table).lasts()
    assert lasts is not None
    assert (lasts.low, lasts.high) == (seconds, seconds)
