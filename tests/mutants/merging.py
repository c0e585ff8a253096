"""What people get wrong in objects that merge and in broadcast, beyond the variants of the three patterns."""

from tests.mutants.mutant import Edit, Mutant

UNSYNCED = 'await self.store.sync("hear")'

MERGING = (
    Mutant(
        "g-set",
        "add-unsynced",
        (Edit("Replica.on_add", 'await self.store.sync("update")', "pass"),),
        "set-full",
        "g-set/crash",
    ),
    Mutant(
        "pn-counter",
        "counts-doubled",
        (Edit("Replica.on_add", 'if self.store.get(f"client/{add.src}", int, -1) >= (add.msg_id or 0):', "if False:"),),
        "counter-sums",
        "pn-counter/add-doubled",
    ),
    Mutant(
        "pn-counter",
        "merges-by-adding",
        (
            Edit(
                "Replica.on_merge",
                "joined = self.payload.merge(merge.payload)",
                """
                one, other = self.payload, merge.payload
                sums = [
                    {source: a.get(source, 0) + b.get(source, 0) for source in {**a, **b}}
                    for a, b in ((one.added, other.added), (one.taken, other.taken))
                ]
                joined = type(one)(*sums)
                """,
            ),
        ),
        "counter-sums",
        "pn-counter/g-counter",
    ),
    Mutant(
        "broadcast", "hears-unsynced", (Edit("Relay.hear", UNSYNCED, "pass"),), "set-full", "broadcast/keeps-in-memory"
    ),
    Mutant(
        "broadcast",
        "no-relay",
        (
            Edit(
                "Relay.on_tell",
                "await self.hear(tell.messages, tell.src)",
                "self.heard.update(dict(enumerate(tell.messages)))",
            ),
        ),
        "set-full",
        "broadcast/no-fault",
    ),
    Mutant(
        "broadcast",
        "gives-up",
        (Edit("Relay.is_heard", "return False", "return True"),),
        "set-full",
        "broadcast/tells-once",
    ),
)
