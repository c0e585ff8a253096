"""What runner and supervisor say to each other, one JSON object a line; and how any stream is cut into lines.

The runner starts nodes and allows their process ids to be forgotten; the supervisor says what began and what ended.
A dead process is reaped only when the runner says so: until then its id cannot become another's, so the runner may
signal the group of any node that it believes alive. `Started` comes with three descriptors (SCM_RIGHTS): the
runner's ends of the node's stdin, stdout and stderr, in this order.
"""

import msgspec

from chaosctl.node.settings import Settings

LINE_LIMIT = 1 << 20
"""A longer line is no message: the rest of it is skipped."""

HEAD = 1024
"""So much of a line that is too long is shown."""


class Start(msgspec.Struct, frozen=True, tag="start"):
    """Start an incarnation: `command` (argv), or else our own pattern that the settings name."""

    node: str
    incarnation: int
    command: tuple[str, ...] | None
    settings: Settings


class Forget(msgspec.Struct, frozen=True, tag="forget"):
    """Reap a process whose end was reported: nobody will signal it any more."""

    pid: int


class Started(msgspec.Struct, frozen=True, tag="started"):
    """A process exists and leads its own group; whether it gets as far as `init_ok` is seen on its stdout."""

    node: str
    incarnation: int
    pid: int


class Exited(msgspec.Struct, frozen=True, tag="exited"):
    """A process ended and its group was killed; a negative status is the signal that ended it."""

    node: str
    incarnation: int
    pid: int
    status: int


Order = Start | Forget
Report = Started | Exited


class Lines:
    """Cuts a stream into lines, holding at most LINE_LIMIT bytes and one read of an unfinished one."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._is_skipping = False
        self._too_long: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that this data completes, without their newlines."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = bytes(self._rest) + lines[0]
            self._rest.clear()
            if self._is_skipping:
                self._is_skipping = False
                del lines[0]
        if not self._is_skipping:
            self._rest += rest
            if len(self._rest) > LINE_LIMIT:
                self._too_long.append(bytes(self._rest[:HEAD]))
                self._rest.clear()
                self._is_skipping = True
        return lines

    def take_too_long(self) -> list[bytes]:
        """Return the beginnings of lines that were too long, each once."""
        heads, self._too_long = self._too_long, []
        return heads

    def rest(self) -> bytes:
        """Return what has come of a line that is not complete."""
        return bytes(self._rest)
