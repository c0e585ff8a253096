"""What a kind of server must say of itself, and whether what it needs is installed."""

import getpass
import importlib
import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from chaosctl.errors import Missing

SERVERS = {
    "postgres": "chaosctl.servers.postgres:PostgresServer",
    "mariadb": "chaosctl.servers.mariadb:MariaDbServer",
}
"""The backend of `[system.options]` to what starts its server."""

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/sbin", "/usr/local/sbin")
"""Where servers are installed besides PATH; of several versions the latest is taken."""


class Server(Protocol):
    """One kind of server. A database's `address` is its socket's name, in Linux's abstract namespace: no file is left.

    A folder that has not served yet may be copied for another server of its kind.
    """

    def check(self) -> None:
        """Raise Missing where the server or the driver is not installed."""

    def make(self, folder: Path) -> None:
        """Make what it keeps its data in; blocks for about a second. Raises Missing, or RunBroke where it can't be."""

    def command(self, folder: Path, address: str) -> tuple[str, ...]:
        """Return the argv that serves from this folder at this address, in the foreground."""

    def is_ready(self, address: str) -> bool:
        """Return whether it takes statements; blocks."""


def load_server(kind: str) -> Server:
    """Return the kind of server that a backend is."""
    module, _, name = SERVERS[kind].partition(":")
    server: Server = getattr(importlib.import_module(module), name)()
    return server


def find_program(name: str, package: str) -> str:
    """Return the path of a server's program; raises Missing with the word what to install."""
    found = shutil.which(name)
    for place in PLACES if found is None else ():
        for folder in sorted(Path("/").glob(place[1:]), key=lambda path: path.as_posix()):
            found = shutil.which(name, path=str(folder)) or found
    if found is None:
        raise Missing(f"{name} is not installed: apt-get install {package} (or your system's like of it)")
    return found


def need_driver(module: str, extra: str) -> None:
    """Raise Missing where the driver of a kind of database is not installed."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise Missing(f"{module} is not installed: pip install 'chaosctl[{extra}]' ({error})") from error


def installed(kinds: Sequence[str]) -> str:
    """Return what is missing for these kinds of server, in words; empty where all is there."""
    for kind in kinds:
        try:
            load_server(kind).check()
        except Missing as missing:
            return str(missing)
    return ""


def unprivileged(user: str) -> tuple[str, ...]:
    """Return the words before a command that make root run it as a user; none where we are not root.

    The user keeps the right to read through folders, for a run's folder may lie where only root may look.
    """
    if os.geteuid() != 0:
        return ()
    capability = "+dac_read_search"
    return (
        find_program("setpriv", "util-linux"),
        f"--reuid={user}",
        f"--regid={user}",
        "--clear-groups",
        f"--inh-caps={capability}",
        f"--ambient-caps={capability}",
    )


def owner_of(user: str) -> str:
    """Return whom root runs a server as: its user where that exists, else nobody; empty where we are not root."""
    if os.geteuid() != 0:
        return ""
    try:
        return pwd.getpwnam(user).pw_name
    except KeyError:
        return "nobody"


def our_user() -> str:
    """Return the operating system's name for who runs this: the one whom a server lets in."""
    return getpass.getuser()


def copy_owned(template: Path, folder: Path) -> None:
    """Copy a folder with its files' owners and modes."""
    shutil.copytree(template, folder)
    for path in (template, *template.rglob("*")) if os.geteuid() == 0 else ():
        kept = path.stat()
        os.chown(folder / path.relative_to(template), kept.st_uid, kept.st_gid)
