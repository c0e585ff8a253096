"""A MariaDB server of our own: a small data folder, one Unix socket that lets only us in, real fsync."""

import shutil
import subprocess
from pathlib import Path

from chaosctl.errors import RunBroke
from chaosctl.node.sql_connection import Lost
from chaosctl.servers.server import find_program, need_driver, our_user, owner_of, unprivileged

SETTINGS = (
    "--innodb-log-file-size=4M",
    "--innodb-buffer-pool-size=16M",
    "--innodb-flush-log-at-trx-commit=1",
    "--performance-schema=OFF",
)


class MariaDbServer:
    """Implements Server."""

    def check(self) -> None:
        """Raise Missing where the server or the driver is not installed."""
        find_program("mariadbd", "mariadb-server")
        find_program("mariadb-install-db", "mariadb-server")
        need_driver("pymysql", "mariadb")

    def make(self, folder: Path) -> None:
        """Make a data folder with mariadb-install-db; nothing in it need survive before it has served."""
        self.check()
        folder.mkdir(parents=True)
        owner = owner_of("mysql")
        if owner:
            shutil.chown(folder, owner, owner)
        words = [
            "--no-defaults",
            *places_in(folder),
            "--auth-root-authentication-method=socket",
            f"--auth-root-socket-user={our_user()}",
            "--skip-test-db",
            "--skip-name-resolve",
            "--innodb-log-file-size=4M",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        made = subprocess.run(
            [*unprivileged(owner), find_program("mariadb-install-db", "mariadb-server"), *words],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RunBroke(f"mariadb-install-db could not make {folder}: {(made.stderr + made.stdout).strip()[-500:]}")

    def command(self, folder: Path, address: str) -> tuple[str, ...]:
        """Return the server's argv."""
        program = find_program("mariadbd", "mariadb-server")
        words = ("--no-defaults", *places_in(folder), "--skip-networking", f"--socket={address}")
        return (*unprivileged(owner_of("mysql")), program, *words, *SETTINGS)

    def is_ready(self, address: str) -> bool:
        """Return whether it takes statements."""
        from chaosctl.node.sql_mariadb import MariaDb  # noqa: PLC0415 - the driver is an extra.

        dialect = MariaDb(address, "chaosctl runner")
        try:
            dialect.close(dialect.connect())
        except Lost:
            return False
        return True


def places_in(folder: Path) -> tuple[str, str]:
    """Return where a server keeps its data and its temporary tables: a place of its own.

    Each deletes the temporary tables that it finds when it starts; in /tmp those are another's, whose statement fails.
    """
    return f"--datadir={folder}", f"--tmpdir={folder}"
