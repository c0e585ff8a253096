"""What people get wrong in ABD (reference/consensus.md, sections 5 and 6), beyond its broken variants."""

from tests.mutants.mutant import Edit, Mutant

QUORUM_REGISTER = (
    Mutant(
        "quorum-register",
        "no-writer-id",
        (
            Edit(
                "Replica.choose",
                "return (self.issued[key], self.node_id, self.boot), round_.request.value",
                'return (self.issued[key], "", 0), round_.request.value',
            ),
        ),
        "linearizable",
        "quorum-register/two-writers",
    ),
    Mutant(
        "quorum-register",
        "same-stamp-twice",
        (
            Edit(
                "Replica.choose",
                "self.issued[key] = max(highest[0][0], self.issued.get(key, 0)) + 1",
                "self.issued[key] = highest[0][0] + 1",
            ),
        ),
        "linearizable",
        "quorum-register/one-writer-twice",
    ),
    Mutant(
        "quorum-register",
        "stamp-of-a-former-life",
        (Edit("Replica.start", 'self.boot = self.store.get("boot", int, 0) + 1', "self.boot = 1"),),
        "linearizable",
        "quorum-register/writer-forgets",
    ),
    Mutant(
        "quorum-register",
        "round-of-a-former-life",
        (
            Edit(
                "Replica.begin",
                "number = self.boot * 1_000_000_000 + self.last_round"
                "  # A late answer must not count in another's round.",
                "number = self.last_round",
            ),
        ),
        "linearizable",
        "quorum-register/answer-to-a-former-life",
    ),
    Mutant(
        "quorum-register",
        "update-unsynced",
        (Edit("Replica.on_update", 'await self.store.sync("update")', "pass"),),
        "linearizable",
        "quorum-register/copies-forget",
    ),
    Mutant(
        "quorum-register",
        "overwrites-newer",
        (Edit("Replica.on_update", "if update.stamp > self.copy(update.key)[0]:", "if True:"),),
        "linearizable",
        "quorum-register/old-update-late",
    ),
    Mutant(
        "quorum-register",
        "counts-answers",
        (
            Edit(
                "Replica.on_query_ok",
                "round_.answers[answer.src] = (answer.stamp, answer.value)",
                'round_.answers[f"{answer.src} {len(round_.answers)}"] = (answer.stamp, answer.value)',
            ),
        ),
        "linearizable",
        "quorum-register/left-behind",
    ),
    Mutant(
        "quorum-register",
        "counts-copies",
        (
            Edit(
                "Replica.on_update_ok",
                "round_.stored.add(stored.src)",
                'round_.stored.add(f"{stored.src} {len(round_.stored)}")',
            ),
        ),
        "linearizable",
        "quorum-register/write-stays-home",
    ),
    Mutant(
        "quorum-register",
        "half-quorum",
        (
            Edit(
                "Replica.needed",
                "return configured or majority(self.options.n or len(self.nodes))",
                "return configured or len(self.nodes) // 2",
            ),
        ),
        "linearizable",
        "quorum-register/left-behind",
    ),
    Mutant(
        "quorum-register",
        "any-value",
        (
            Edit(
                "Replica.choose",
                "highest = max(round_.answers.values(), key=lambda answer: answer[0])",
                "highest = next(iter(round_.answers.values()))",
            ),
        ),
        "linearizable",
        "quorum-register/local-timestamp",
    ),
    Mutant(
        "quorum-register",
        "surely-failed",
        (Edit("Replica.pursue", "surely_not = round_.update is None", "surely_not = True"),),
        "linearizable",
        "quorum-register/write-stays-home",
    ),
    Mutant(
        "quorum-register",
        "no-writeback-of-agreed",
        (
            Edit(
                "Replica.on_query_ok",
                "stamp, value = self.choose(round_)",
                """
                stamp, value = self.choose(round_)
                if isinstance(round_.request, Read) and {seen for seen, _ in round_.answers.values()} == {stamp}:
                    del self.rounds[answer.round]
                    await self.answer(round_, value)
                    return
                """,
            ),
        ),
        "linearizable",
        "quorum-register/shown-too-early",
    ),
)
