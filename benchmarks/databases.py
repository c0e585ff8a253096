"""Transactions on real databases, beside plain statements on the same one; and what their servers cost to start.

    python benchmarks/databases.py --check      # ten minutes; needs PostgreSQL and MariaDB (make servers)

The peer of a pattern is what it coordinates: two local transactions, one on each of two servers, each locking a row,
writing it and committing durably, by as many threads as the pattern has clients, through the same driver. A ratio is
what coordination, ledger, messages and the runner leave of that. `embedded` is SQLite, a file a node; its peer are two
such files. A transfer of outbox or message-transaction counts when the client is answered, before its second half.
"""

import json
import secrets
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random

from measuring import Row, conclude, median_row, options, ratios

from chaosctl.node.sql_connection import dialect_of
from chaosctl.runtimes._tree import signal_tree
from chaosctl.servers import installed, load_server

PATTERNS = ("two-phase-commit", "tcc", "saga", "message-transaction", "outbox")
BACKENDS = ("embedded", "postgres", "mariadb")
CLIENTS, ROWS, LOAD_S = 8, 600, 2.0
IN_DOUBT = 20


class Own:
    """A server of our own."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.server = load_server(kind)
        self.folder, self.address = folder / "data", f"@:chaosctl-bench-{secrets.token_hex(6)}"
        self.dialect = dialect_of(kind)(self.address, "benchmark")
        began = time.perf_counter()
        self.server.make(self.folder)
        self.made_s = time.perf_counter() - began

    def start(self) -> float:
        """Start it; return the seconds until it takes statements. What is left of a killed one may hold its data."""
        began = time.perf_counter()
        while True:
            command = self.server.command(self.folder, self.address)
            self.process = subprocess.Popen(command, cwd=self.folder, stderr=subprocess.DEVNULL)
            while self.process.poll() is None:
                if self.server.is_ready(self.address):
                    return time.perf_counter() - began
                time.sleep(0.01)
            time.sleep(0.05)

    def kill(self) -> float:
        """Kill every process of it; return the seconds until its first one is gone."""
        began = time.perf_counter()
        signal_tree(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
        return time.perf_counter() - began

    def recover(self) -> float:
        """Kill it with transactions in doubt; return the seconds until a new one has listed them all."""
        gids = [f"bench-{number}" for number in range(IN_DOUBT)]
        for number, gid in enumerate(gids):
            raw = self.dialect.connect()
            self.dialect.open(raw) if number == 0 else None
            self.dialect.begin(raw, gid, 1.0)
            self.dialect.get(raw, f"doubt/{gid}")
            self.dialect.put(raw, {f"doubt/{gid}": b"1"})
            self.dialect.prepare(raw, gid)
            self.dialect.close(raw)
        self.kill()
        began = time.perf_counter()
        self.start()
        raw = self.dialect.connect()
        found = self.dialect.in_doubt(raw)
        seconds = time.perf_counter() - began
        assert sorted(found) == sorted(gids), f"{len(found)} of {IN_DOUBT} are in doubt"
        for gid in gids:
            self.dialect.finish(raw, gid, commits=False)
        self.dialect.close(raw)
        return seconds


@contextmanager
def two_servers(kind: str) -> Iterator[list[Own]]:
    """Yield two servers that run."""
    folder = Path(tempfile.mkdtemp(prefix="chaosctl-bench-"))
    folder.chmod(0o755)
    owns = [Own(kind, folder / str(number)) for number in range(2)]
    try:
        for own in owns:
            own.start()
        yield owns
    finally:
        for own in owns:
            own.kill()
        shutil.rmtree(folder, ignore_errors=True)


def plain_on_servers(owns: list[Own]) -> float:
    """Return pairs of local transactions a second, by CLIENTS threads for LOAD_S seconds."""
    raw = owns[0].dialect.connect(), owns[1].dialect.connect()
    for own, connection in zip(owns, raw, strict=True):
        own.dialect.open(connection)
        own.dialect.begin(connection, None, 5.0)
        own.dialect.put(connection, {f"a{number}": b"100000" for number in range(ROWS)})
        own.dialect.commit(connection)
        own.dialect.close(connection)

    def client(number: int) -> int:
        random, connections = Random(number), [own.dialect.connect() for own in owns]
        done, end = 0, time.perf_counter() + LOAD_S
        while time.perf_counter() < end:
            for own, connection in zip(owns, connections, strict=True):
                key = f"a{random.randrange(ROWS)}"
                own.dialect.begin(connection, None, 5.0)
                value = own.dialect.get(connection, key)
                own.dialect.put(connection, {key: b"%d" % (int(value or b"0") + 1)})
                own.dialect.commit(connection)
            done += 1
        for own, connection in zip(owns, connections, strict=True):
            own.dialect.close(connection)
        return done

    return _by_clients(client)


def plain_on_sqlite() -> float:
    """Return pairs of commits a second to two files, each of one writer, as an embedded store has."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.db" for number in range(2)]
        for file in files:
            with sqlite3.connect(file) as raw:
                raw.execute("PRAGMA journal_mode=WAL")
                raw.execute("CREATE TABLE rows (key TEXT PRIMARY KEY, value BLOB)")
                raw.executemany("INSERT INTO rows VALUES (?, '100000')", [(f"a{number}",) for number in range(ROWS)])

        def client(number: int) -> int:
            random, done, end = Random(number), 0, time.perf_counter() + LOAD_S
            opened = [sqlite3.connect(file, isolation_level=None, timeout=30) for file in files]
            for raw in opened:
                raw.execute("PRAGMA synchronous=FULL")
            while time.perf_counter() < end:
                for raw in opened:
                    key = f"a{random.randrange(ROWS)}"
                    raw.execute("BEGIN IMMEDIATE")
                    (value,) = raw.execute("SELECT value FROM rows WHERE key = ?", (key,)).fetchone()
                    raw.execute("UPDATE rows SET value = ? WHERE key = ?", (str(int(value) + 1), key))
                    raw.execute("COMMIT")
                done += 1
            for raw in opened:
                raw.close()
            return done

        return _by_clients(client)


def _by_clients(client: Callable[[int], int]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        done = sum(pool.map(client, range(CLIENTS)))
    return done / (time.perf_counter() - began)


def transfers(pattern: str, backend: str) -> float:
    """Return the transfers a second that a pattern acknowledges, in transfers/servers."""
    settings = [f"system.pattern={pattern}", f"system.options.backend={backend}", f"workload.clients={CLIENTS}"]
    with tempfile.TemporaryDirectory() as results:
        words = [word for setting in settings for word in ("--set", setting)]
        command = [sys.executable, "-m", "chaosctl", "run", "transfers/servers", *words, "--json", "--results", results]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["verdict"]["as_expected"], f"{pattern} on {backend}: {found['verdict']['why']}"
    values = found["metrics"]["throughput"]["values"]
    return next(float(each["value"]) for each in values if (each["phase"], each["f"], each["node"]) == ("all", "", ""))


def rates(backend: str, plain: Callable[[], float], rounds: int) -> list[Row]:
    """Return a backend's rows: plain statements, and each pattern as a ratio to them."""
    seen: dict[str, list[float]] = {name: [] for name in ("plain", *PATTERNS)}
    for _ in range(rounds):
        seen["plain"].append(plain())
        for pattern in PATTERNS:
            seen[pattern].append(transfers(pattern, backend))
    rows = [median_row(f"{backend}: plain statements, two commits", seen["plain"], "1/s")]
    for pattern in PATTERNS:
        spread = f"({statistics.median(seen[pattern]):.0f}/s)"
        rows.append(Row(f"{backend}: {pattern} / plain", ratios(seen[pattern], seen["plain"]), "", spread))
    return rows


def lifecycle(kind: str, owns: list[Own], rounds: int) -> list[Row]:
    """Return what a server costs: to make, to start, to kill, to recover with transactions in doubt."""
    kills, starts = [], []
    for _ in range(rounds):
        kills.append(owns[0].kill())
        starts.append(owns[0].start())
    recoveries = [owns[0].recover() for _ in range(rounds)]
    return [
        median_row(f"{kind}: to make its data", [own.made_s for own in owns], "s"),
        median_row(f"{kind}: from the start to the first statement", starts, "s"),
        median_row(f"{kind}: from SIGKILL to its end", kills, "s"),
        median_row(f"{kind}: ready again, {IN_DOUBT} listed as in doubt", recoveries, "s"),
        Row(f"{kind}: recovery with {IN_DOUBT} in doubt / start", ratios(recoveries, starts), at_most=10.0),
    ]


def main() -> None:
    """Measure, and print the table."""
    given = options(__doc__.partition("\n")[0], rounds=3)
    if missing := installed(BACKENDS[1:]):
        print(f"not measured: {missing}")
        return
    rows = rates("embedded", plain_on_sqlite, given.rounds)
    for kind in BACKENDS[1:]:
        with two_servers(kind) as owns:
            rows += rates(kind, lambda owns=owns: plain_on_servers(owns), given.rounds)
            rows += lifecycle(kind, owns, given.rounds)
    conclude(rows, check=given.check)


if __name__ == "__main__":
    main()
