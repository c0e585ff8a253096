"""The keeper of hints beside a coordinator: what a silent home has missed, until it can be handed back.

G. DeCandia and others, "Dynamo" (SOSP 2007), section 4.6. The coordinator itself keeps them, as Cassandra's does; a
hint counts for W once it is on disk, for else a crash of its keeper takes an acknowledged write with it.
"""

from typing import NamedTuple

from chaosctl.node.messages import RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.replication.eventual_messages import HandBack, HandBackOk, Hint, HintOk
from chaosctl.patterns.replication.eventual_values import State, merged


class Held(NamedTuple):
    """What a home has missed of a key."""

    home: str
    key: str
    state: State


class Handoff(Role):
    """Keeps hints, and hands them back."""

    async def start(self) -> None:
        """Come back with the hints that were on disk."""
        self.hints: dict[str, Held] = self.store.scan("hint/", Held)
        self.spawn(self.hand_back)

    async def on_hint(self, hint: Hint) -> None:
        """Keep it, with what the same home had missed of that key before."""
        name = f"hint/{hint.home}/{hint.key}"
        before = self.hints[name].state if name in self.hints else None
        self.hints[name] = Held(hint.home, hint.key, merged(before, hint.state) or hint.state)
        self.store.put(name, self.hints[name])
        await self.store.sync("hint")
        await self.reply(hint, HintOk(round=hint.round, home=hint.home))

    async def hand_back(self) -> None:
        """Now and then try to give every home what it has missed."""
        while True:
            await self.sleep(self.options.handoff_retry)
            for home in sorted({held.home for held in self.hints.values()}):
                await self.hand_back_to(home)

    async def hand_back_to(self, home: str) -> None:
        """Give a home its hints one by one; the first without an answer ends it for now."""
        for name, held in [(name, held) for name, held in self.hints.items() if held.home == home]:
            try:
                await self.rpc(home, HandBack(key=held.key, state=held.state), self.options.patience, HandBackOk)
            except RpcError:
                return
            if self.hints[name] == held:  # Else the home has missed something more meanwhile.
                del self.hints[name]
                self.store.delete(name)
                self.emit("handed_back", home=home, key=held.key.removeprefix("key/"))
