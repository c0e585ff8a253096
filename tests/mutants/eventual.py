"""What people get wrong in stores whose copies meet later (reference/consensus.md, section 6), beyond the variants."""

from tests.mutants.mutant import Edit, Mutant

JOIN = ("Replica.join", "return merged(one, other)")

EVENTUAL = (
    Mutant(  # No higher than what is replaced: a clock that is behind loses every write.
        "eventual",
        "wall-clock",
        (Edit("Replica.stamp", "return (base[0] + 1, self.actor)", "return (self.now(), self.actor)"),),
        "no-lost-update",
        "eventual/clock-behind",
    ),
    Mutant(
        "eventual",
        "stamps-of-its-own",
        (
            Edit(
                "Replica.stamp",
                "return (base[0] + 1, self.actor)",
                "self.last_reading += 1\nreturn (self.last_reading, self.actor)",
            ),
        ),
        "no-lost-update",
        "eventual/clock-behind",
    ),
    Mutant(
        "eventual",
        "shared-slot",
        (
            Edit(
                "Replica.on_increment",
                "await self.update(increment, counter.increment(self.actor, increment.amount), say.IncrementOk())",
                'await self.update(increment, counter.increment("all", increment.amount), say.IncrementOk())',
            ),
        ),
        "no-lost-update",
        "eventual/two-increments",
    ),
    Mutant(
        "eventual",
        "add-merge",
        (
            Edit(
                *JOIN,
                """
                if isinstance(one, Counter) and isinstance(other, Counter):
                    actors = {**one.slots, **other.slots}
                    pairs = [(a, one.slots.get(a, (0, 0)), other.slots.get(a, (0, 0))) for a in actors]
                    return Counter({a: (x[0] + y[0], x[1] + y[1]) for a, x, y in pairs})
                return merged(one, other)
                """,
            ),
        ),
        "no-lost-update",
        "eventual/two-increments",
    ),
    Mutant(
        "eventual",
        "counts-a-doubled-request",
        (Edit("Replica.update", "if self.served.get(request.src, -1) >= (request.msg_id or 0):", "if False:"),),
        "no-lost-update",
        "eventual/increment-doubled",
    ),
    Mutant(  # A slot that is acknowledged before it is on disk.
        "eventual",
        "volatile-slot",
        (Edit("Replica.take", 'await self.store.sync("take")', "pass"),),
        "no-lost-update",
        "eventual/alone-and-crashed",
    ),
    Mutant(
        "eventual",
        "actor-of-a-former-life",
        (
            Edit(
                "Replica.start",
                'self.actor = f"{self.node_id}/{self.random.getrandbits(32):08x}"',
                "self.actor = self.node_id",
            ),
        ),
        "no-lost-update",
        "eventual/dot-forgotten",
    ),
    Mutant(
        "eventual",
        "no-tombstone",
        (
            Edit(
                *JOIN,
                """
                if isinstance(one, Elements) and isinstance(other, Elements):
                    return Elements(tuple(sorted({*one.items, *other.items})), {**one.known, **other.known})
                return merged(one, other)
                """,
            ),
        ),
        "no-resurrection",
        "eventual/removed-on-one-side",
    ),
    Mutant(  # Of siblings the one that came first stays.
        "eventual",
        "drops-a-sibling",
        (
            Edit(
                *JOIN,
                """
                if isinstance(one, Siblings) and isinstance(other, Siblings):
                    both = merged(one, other)
                    return Siblings(both.items[:1], both.known)
                return merged(one, other)
                """,
            ),
        ),
        "no-lost-update",
        "eventual/two-sides-write",
    ),
    Mutant(
        "eventual",
        "repairs-with-what-is-older",
        (
            Edit(
                "Replica.on_newer",
                "await self.take(newer.states)",
                """
                for key, state in newer.states.items():
                    self.copies[key] = state
                    self.store.put(key, state)
                """,
            ),
        ),
        "convergence",
        "eventual/late-repair",
    ),
    Mutant(
        "eventual",
        "counts-copies-twice",
        (
            Edit(
                "Replica.count",
                "round_.answers[home] = state",
                'round_.answers[f"{home} {len(round_.answers)}"] = state',
            ),
        ),
        "stale-reads",
        "eventual/ack-doubled",
    ),
    Mutant(
        "eventual",
        "answers-with-one-copy-too-few",
        (
            Edit(
                "Replica.count",
                "if len(round_.answers) >= round_.needed and not round_.is_answered:",
                "if len(round_.answers) >= round_.needed - 1 and not round_.is_answered:",
            ),
        ),
        "stale-reads",
        "eventual/ack-doubled",
    ),
    Mutant(
        "eventual",
        "forgets-a-hint-that-grew",
        (
            Edit(
                "Handoff.hand_back_to",
                "if self.hints[name] == held:  # Else the home has missed something more meanwhile.",
                "if True:",
            ),
        ),
        "convergence",
        "eventual/missed-more-meanwhile",
    ),
    Mutant(
        "eventual",
        "hands-back-once",
        (Edit("Handoff.hand_back_to", "return", "del self.hints[name]"),),
        "convergence",
        "eventual/missed-more-meanwhile",
    ),
    Mutant(  # Push alone: who has nothing to say never hears of it.
        "eventual",
        "push-without-pull",
        (
            Edit("Replica.on_push", "if missed:", "if False:"),
            Edit(
                "Replica.choose_peer",
                "return self.random.choice([node for node in self.nodes if node != self.node_id])",
                "return self.nodes[0]",
            ),
        ),
        "convergence",
        "eventual/gossip-alone",
    ),
)
