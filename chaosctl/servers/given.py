"""Database servers that a run is given by their DSN, in the environment: used, and left as they were found.

    CHAOSCTL_POSTGRES_DSN=postgresql://user:password@host:5432/database
    CHAOSCTL_MARIADB_DSN=mysql://user:password@host:3306    (or ?socket=/run/mysqld/mysqld.sock)

Every node has a schema (MariaDB: a database) of its own there, dropped when the run ends, with what is prepared in it.
The run neither starts nor stops such a server, so a crash, a pause or a full disk of it is refused.
"""

import os
import secrets
from collections.abc import Iterable, Mapping

from chaosctl.errors import BadInput, Missing, RunBroke
from chaosctl.node.pattern import Backend, node_of, server_of
from chaosctl.node.sql_connection import Lost, Place, dialect_of
from chaosctl.servers.server import need_driver

VARIABLES = {"postgres": "CHAOSCTL_POSTGRES_DSN", "mariadb": "CHAOSCTL_MARIADB_DSN"}
DRIVERS = {"postgres": "psycopg", "mariadb": "pymysql"}
WHO = "chaosctl runner"


def given(kinds: Mapping[str, Backend]) -> dict[str, str]:
    """Return each node whose kind of server is given, and its place there as settings.database has it.

    Raises Missing where such a server does not answer, or takes no prepared transaction.
    """
    run, found = secrets.token_hex(4), {}
    for number, (node, kind) in enumerate(kinds.items()):
        if dsn := os.environ.get(VARIABLES[kind]):
            found[node] = f"{kind}:{dsn}#chaosctl_{run}_{number}"
    for place in dict.fromkeys(found.values()):
        _check(*_parts(place))
    return found


def refuse_faults(faults: Iterable[tuple[str, Iterable[str]]], places: Mapping[str, str]) -> None:
    """Raise BadInput where a fault (kind, targets) would kill, stop or fill a server that was given."""
    names = {server_of(node) for node in places}
    for kind, targets in faults:
        for target in names.intersection(targets) if kind != "disconnect" else ():
            variable = VARIABLES[places[node_of(target)].partition(":")[0]]
            why = f"is given by {variable}, and not this run's to hurt: only disconnect may aim at it"
            raise BadInput(f'the fault "{kind}": {target} {why}')


def remove(places: Mapping[str, str]) -> None:
    """Take away what a run has left on given servers; raises RunBroke where that can't be, with what is left."""
    for place in places.values():
        kind, address = _parts(place)
        dialect = dialect_of(kind)(address, WHO)
        try:
            raw = dialect.connect()
            dialect.remove(raw)
            dialect.close(raw)
        except Lost as lost:
            left = Place.of(address).scope
            raise RunBroke(f"{left} is left on the server that {VARIABLES[kind]} gives: {lost}") from lost


def _check(kind: str, address: str) -> None:
    need_driver(DRIVERS[kind], kind)
    dialect = dialect_of(kind)(address, WHO)
    try:
        raw = dialect.connect()
    except Lost as lost:
        raise Missing(f"unknown, not run: the server that {VARIABLES[kind]} gives does not answer: {lost}") from lost
    try:
        if why := dialect.unfit(raw):
            raise Missing(f"unknown, not run: the server that {VARIABLES[kind]} gives: {why}")
    finally:
        dialect.close(raw)


def _parts(place: str) -> tuple[str, str]:
    kind, _, address = place.partition(":")
    return kind, address
