"""A node is called silent where it was asked and answered nobody, and never for what a fault or the network did."""

from itertools import count

import pytest

from chaosctl.history.recording import Declared, Recording
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation
from chaosctl.reports.silent_nodes import silent_nodes

MS = 1_000_000
DECLARED = Declared(
    experiment="told",
    nodes=("n1", "n2"),
    pattern="",
    placement={},
    options={},
    workload="echo",
    workload_options={},
    quorum=None,
    leader_event=None,
    stepped_down_event=None,
    progress=False,
    timeout=0.1,
    grace=1.0,
    load_end_ns=2000 * MS,
    end_ns=3000 * MS,
)


class Told:
    """A run of two nodes, told in its order; n2 is asked every 100 ms, and every operation ends by then."""

    def __init__(self) -> None:
        self.now_ms = 0
        self._numbers = count()
        self._rows, self._messages = [], []
        self._events = [Event(time=-5 * MS, node=node, event="ready", role="runner") for node in ("n1", "n2")]
        self._faults = []

    def ask(self, times: int, *, delivered: bool = True, answered: bool = False, lost: bool = False) -> "Told":
        """Let clients ask n2; `lost` says that its answer came to nobody."""
        for _ in range(times):
            number, client = next(self._numbers), f"c{self.now_ms}"
            usual = {"process": number, "f": "echo", "node": "n2", "client": client}
            self._rows.append(Operation(index=2 * number, time=self.now_ms * MS, type="invoke", **usual))
            self._message(client, "n2", delivered=delivered)
            if answered:
                self._message("n2", client, delivered=not lost, in_reply_to=1)
            self.now_ms += 100
            end = ("ok", None) if answered and not lost else ("info", ["net-timeout"])
            self._rows.append(
                Operation(index=2 * number + 1, time=self.now_ms * MS, type=end[0], error=end[1], **usual)
            )
        return self

    def gossip(self) -> "Told":
        """Let n2 write to n1."""
        self._message("n2", "n1", delivered=True)
        return self

    def happens(self, event: str) -> "Told":
        """Let the runner see something of n2."""
        self._events.append(Event(time=self.now_ms * MS, node="n2", event=event, role="runner"))
        return self

    def heals(self) -> "Told":
        """Let a fault be over."""
        self._faults.append(FaultRow(time=self.now_ms * MS, occurrence=0, name="cut", kind="partition", phase="healed"))
        return self

    def said(self) -> list[str]:
        messages = list(self._messages)
        return list(silent_nodes(Recording(DECLARED, self._rows, self._events, self._faults, lambda: iter(messages))))

    def _message(self, process: str, dest: str, *, delivered: bool, in_reply_to: int | None = None) -> None:
        number, time = len(self._messages), self.now_ms * MS
        sent = MessageRow(
            time=time, id=number, fate="sent", process=process, src=process, dest=dest, in_reply_to=in_reply_to
        )
        ended = MessageRow(time=time, id=number, fate="delivered" if delivered else "dropped")
        self._messages += [sent, ended]


def test_a_node_that_hangs_is_silent_since_its_last_answer() -> None:
    assert Told().ask(5, answered=True).ask(4).said() == [
        "n2: is up and silent: no answer to 4 operations since 0.500 s"
    ]


def test_a_node_that_still_writes_to_others_is_deaf_to_its_clients_and_not_silent() -> None:
    told = Told().ask(2, answered=True).ask(2).gossip().ask(2)
    assert told.said() == [
        "n2: is up and answers no client: no answer to 4 operations since 0.200 s, though it goes on to write to others"
    ]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(Told().ask(5, answered=True), id="it answered"),
        pytest.param(Told().ask(5).ask(1, answered=True).ask(2), id="it answered some"),
        pytest.param(Told().ask(9).heals(), id="it was cut off up to the end"),
        pytest.param(Told().ask(9).heals().ask(2), id="too few were asked after the cut"),
        pytest.param(Told().ask(9, delivered=False), id="the network lost what it was asked"),
        pytest.param(Told().ask(9, answered=True, lost=True), id="the network lost what it answered"),
        pytest.param(Told().ask(9).happens("exited"), id="it died in the end"),
        pytest.param(Told().ask(9).happens("started"), id="it has not answered init again"),
        pytest.param(Told().ask(9).happens("exited").happens("started").happens("ready"), id="it came back late"),
    ],
)
def test_a_node_is_not_called_silent_where(told: Told) -> None:
    assert told.said() == []
