"""Asks the database servers of a run, while it goes on, what is prepared there and whom that holds up.

What a node tells of its doubts is the node's word; this is the database's own (pg_prepared_xacts, XA RECOVER), and a
server that is down or paused says nothing. Every change becomes an event of the runner's, `in_doubt`.
"""

import trio

from chaosctl.node.sql_connection import DIALECTS, Connection, InDoubt, Lost, Way, dialect_of
from chaosctl.runtimes.journal import Journal

PERIOD_S = 0.15
"""MariaDB looks anew only for who has not asked for 0.1 s (its INNODB_TRX is a copy)."""

NAMED_AT_MOST = 10
"""Gids that an event names; all are counted."""


async def watch_doubts(addresses: dict[str, str], journal: Journal) -> None:
    """Watch each node's server (as settings.database has it) until cancelled."""
    async with trio.open_nursery() as nursery:
        for node, address in addresses.items():
            if address.partition(":")[0] in DIALECTS:
                nursery.start_soon(_watch, node, address, journal)


async def _watch(node: str, server: str, journal: Journal) -> None:
    kind, _, address = server.partition(":")
    dialect = dialect_of(kind)(address, "chaosctl watch")
    limiter, way = trio.CapacityLimiter(1), Way()
    connection = Connection(dialect, limiter, way)
    before: InDoubt | None = None
    while True:
        try:
            doubt = await connection.call(dialect.doubt)
        except Lost:
            connection.close()
            connection = Connection(dialect, limiter, way)
        else:
            if doubt != before:
                _tell(journal, node, doubt)
            before = doubt
        await trio.sleep(PERIOD_S)


def _tell(journal: Journal, node: str, doubt: InDoubt) -> None:
    journal.event(
        node,
        "in_doubt",
        prepared=len(doubt.gids),
        gids=doubt.gids[:NAMED_AT_MOST],
        rows=doubt.rows,
        waiting=doubt.waiting,
    )
