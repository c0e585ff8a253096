"""A PostgreSQL server of our own: one small cluster, one Unix socket that lets only us in, real fsync.

PostgreSQL manual, "Creating a Database Cluster": it refuses to run as root, so root runs it as `postgres` (or
`nobody`). `max_prepared_transactions` is 0 by default, and PREPARE TRANSACTION then refused.
"""

import shutil
import subprocess
from pathlib import Path

from chaosctl.errors import RunBroke
from chaosctl.node.sql_connection import Lost
from chaosctl.servers.server import find_program, need_driver, our_user, owner_of, unprivileged

PREPARED_AT_MOST = 50
"""The 51st PREPARE is refused, and that transaction aborted."""

SETTINGS = {
    "listen_addresses": "",
    "max_prepared_transactions": str(PREPARED_AT_MOST),
    "shared_buffers": "16MB",
    "recovery_init_sync_method": "syncfs",
    "fsync": "on",
    "synchronous_commit": "on",
}
WHO_MAY = "local all postgres peer map=chaosctl\n"


class PostgresServer:
    """Implements Server."""

    def check(self) -> None:
        """Raise Missing where the server or the driver is not installed."""
        find_program("initdb", "postgresql")
        find_program("postgres", "postgresql")
        need_driver("psycopg", "postgres")

    def make(self, folder: Path) -> None:
        """Make a cluster with initdb; its WAL segments are 1 MB, so that it is small."""
        self.check()
        folder.mkdir(parents=True)
        owner = owner_of("postgres")
        if owner:
            shutil.chown(folder, owner, owner)
        folder.chmod(0o700)
        words = ["--auth=peer", "--username=postgres", "--no-locale", "--encoding=UTF8", "--wal-segsize=1", "--no-sync"]
        made = subprocess.run(
            [*unprivileged(owner), find_program("initdb", "postgresql"), *words, "-D", str(folder)],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RunBroke(f"initdb could not make a PostgreSQL cluster in {folder}: {made.stderr.strip()[-500:]}")
        (folder / "pg_hba.conf").write_text(WHO_MAY, encoding="utf-8")
        (folder / "pg_ident.conf").write_text(f"chaosctl {our_user()} postgres\n", encoding="utf-8")

    def command(self, folder: Path, address: str) -> tuple[str, ...]:
        """Return the postmaster's argv."""
        settings = SETTINGS | {"unix_socket_directories": address}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return (*unprivileged(owner_of("postgres")), find_program("postgres", "postgresql"), "-D", str(folder), *words)

    def is_ready(self, address: str) -> bool:
        """Return whether it takes statements."""
        from chaosctl.node.sql_postgres import Postgres  # noqa: PLC0415 - the driver is an extra.

        dialect = Postgres(address, "chaosctl runner")
        try:
            dialect.close(dialect.connect())
        except Lost:
            return False
        return True
