"""What is to be told of a transaction prepared on a server: noted in the node's own store first, told when it is so.

A crash between the server's step and its event would convict a correct pattern; the next incarnation finds the note,
asks the server how it is, and tells or forgets.
"""

from collections.abc import Container
from typing import Literal

from chaosctl.node.events import Events, Held, Holding
from chaosctl.node.role import Then
from chaosctl.node.store import NodeStore
from chaosctl.node.wire import encode, value_decoder

Step = Literal["prepared", "committed", "aborted"]


class Notes:
    """One role's notes, below `prefix` in the node's store."""

    def __init__(self, store: NodeStore, events: Events, prefix: str) -> None:
        self._store, self._events, self._prefix = store, events, prefix

    async def note(self, step: Step, gid: str, then: Then | None) -> list[Held]:
        """Note, durably, what `then` tells of a step that the server is to take next; return it, untold."""
        held = Holding()
        if then is not None:
            with self._events.holding(held):
                then()
        if held.lines:
            self._store.write(self._key(step, gid), encode(held.lines))
            await self._store.sync()
        return held.lines

    def forget(self, step: Step, gid: str) -> None:
        """Strike a note, with the next sync."""
        self._store.write(self._key(step, gid), None)

    async def tell_left(self, prepared: Container[str]) -> None:
        """Tell what an earlier incarnation noted and the server did, and forget what it did not do."""
        for key in sorted(key for key in self._store.memory if key.startswith(self._prefix)):
            step, _, gid = key.removeprefix(self._prefix).partition("/")
            if (gid in prepared) == (step == "prepared"):  # It is as it was to be told: the server had done it.
                self._events.tell_held(value_decoder(list[Held])(self._store.memory[key]))
            self._store.write(key, None)
        await self._store.sync()

    def _key(self, step: Step, gid: str) -> str:
        return f"{self._prefix}{step}/{gid}"
