"""What each message broker costs: its start and end, and acknowledged messages a second by when they are on disk.

One connection publishes one message after the other, as a relay does, then fetches and acknowledges each: so a rate is
what one round trip with its write costs. The ratio is to the same broker as it comes, which syncs nothing before it
answers. Started again is the broker over its data, killed with so many messages in its queue. One that is not installed
is left out.
"""

import statistics
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

from measuring import Row, conclude, interleave, options, ratios

from chaosctl.node.pattern import BrokerChoice
from chaosctl.node.stream_broker import load_client
from chaosctl.servers import load_broker, missing_broker

CHOICES = [
    BrokerChoice("redis", "default"),
    BrokerChoice("redis", "everysec"),
    BrokerChoice("redis", "always"),
    BrokerChoice("nats", "default"),
    BrokerChoice("nats", "always"),
]
MESSAGES = 500
PAYLOAD = b"x" * 200
QUEUE = "n2"

SYNCED_AT_MOST = 0.5
"""A broker that syncs before it answers is at most half as fast as one that does not; else it does not sync."""


class Measured:
    """One kind of broker, and what its rounds measured (s)."""

    def __init__(self, choice: BrokerChoice) -> None:
        self.choice = choice
        self.name = f"{choice.kind}, {choice.sync}"
        self.seen: dict[str, list[float]] = {"start": [], "kill": [], "again": [], "consume": []}

    def publish(self) -> float:
        """Return the messages a second that it acknowledged; measures the rest beside it."""
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "data"
            broker = load_broker(self.choice)
            broker.make(folder)
            client = load_client(f"{self.choice.kind}:{folder}")
            begun = time.perf_counter()
            process = self._start(broker, folder)
            self.seen["start"].append(time.perf_counter() - begun)
            try:
                raw = client.connect()
                client.open(raw, QUEUE)
                begun = time.perf_counter()
                for number in range(MESSAGES):
                    client.publish(raw, QUEUE, f"m{number}", PAYLOAD)
                rate = MESSAGES / (time.perf_counter() - begun)
                self._kill(process)
                begun = time.perf_counter()
                process = self._start(broker, folder)
                self.seen["again"].append(time.perf_counter() - begun)
                self._consume(client)
            finally:
                process.kill()
                process.wait()
        return rate

    def _start(self, broker, folder: Path) -> subprocess.Popen[bytes]:
        words = broker.command(folder, str(folder))
        process = subprocess.Popen(words, cwd=folder, stderr=subprocess.DEVNULL)
        while not broker.is_ready(str(folder)):
            time.sleep(0.001)
        return process

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        begun = time.perf_counter()
        process.kill()
        process.wait()
        self.seen["kill"].append(time.perf_counter() - begun)

    def _consume(self, client) -> None:
        """Consume what is left; a broker that forgot it has nothing to show here."""
        raw = client.connect()
        client.open(raw, QUEUE)
        begun, consumed = time.perf_counter(), 0
        while found := client.fetch(raw, QUEUE):
            for token, _ in found:
                client.acknowledge(raw, QUEUE, token)
            consumed += len(found)
            if consumed == MESSAGES:
                self.seen["consume"].append(MESSAGES / (time.perf_counter() - begun))
                break


def main() -> None:
    """Measure, print, and hold the bounds."""
    chosen = options(__doc__ or "", rounds=5)
    for choice in CHOICES:
        if missing := missing_broker(choice):
            print(f"left out: {missing}")
    measured = [Measured(choice) for choice in CHOICES if not missing_broker(choice)]
    rates = interleave(chosen.rounds, *(one.publish for one in measured))
    rows = []
    for one, rate in zip(measured, rates, strict=True):
        say = partial(_row, one.name)
        rows += [
            say("started, ready", [1e3 * s for s in one.seen["start"]], "ms"),
            say("killed, gone", [1e3 * s for s in one.seen["kill"]], "ms"),
            say(f"started again, ready, {MESSAGES} messages before", [1e3 * s for s in one.seen["again"]], "ms"),
            say("acknowledged", rate, "1/s"),
        ]
        if one.seen["consume"]:
            rows.append(say("consumed after the crash", one.seen["consume"], "1/s"))
    by_choice = dict(zip([one.choice for one in measured], rates, strict=True))
    for choice, rate in by_choice.items():
        if choice.sync != "default":
            name = f"{choice.kind}: acknowledged, {choice.sync} / default"
            at_most = SYNCED_AT_MOST if choice.sync == "always" else None
            rows.append(Row(name, ratios(rate, by_choice[BrokerChoice(choice.kind, "default")]), at_most=at_most))
    started = [1e3 * s for one in measured for s in one.seen["start"]]
    if started:
        rows.append(Row("the slowest start of all", max(started), "ms", at_most=5_000.0))
    conclude(rows, check=chosen.check)


def _row(name: str, what: str, values: list[float], unit: str) -> Row:
    spread = f"({min(values):,.1f} to {max(values):,.1f}, n={len(values)})"
    return Row(f"{name}: {what}", statistics.median(values), unit, spread)


if __name__ == "__main__":
    main()
