"""What people get wrong in two-phase commit (reference/transactions.md, 1.1 and 2.2), beyond its broken variants."""

from tests.mutants.mutant import Edit, Mutant

TWO_PHASE_COMMIT = (
    Mutant(
        "two-phase-commit",
        "no-log",
        (
            Edit(
                "TransactionManager.commit",
                'self.store.put(f"commit/{transaction.gid}", transaction.participants)',
                "pass",
            ),
        ),
        "atomic-commit",
        "two-phase-commit/log-after-send",
    ),
    Mutant(
        "two-phase-commit",
        "decision-unsynced",
        (
            Edit(
                "TransactionManager.commit",
                'await self.store.sync("decision")  # The commit point: before it every answer is abort or wait.',
                "pass",
            ),
        ),
        "atomic-commit",
        "two-phase-commit/log-after-send",
    ),
    Mutant(
        "two-phase-commit",
        "acks-before-decision",
        (
            Edit(
                "TransactionManager.commit",
                "transaction.state = DECIDING",
                """
                transaction.state = DECIDING
                if transaction.request is not None:
                    await self.reply(transaction.request, accounts.done(transaction.request))
                """,
            ),
        ),
        "ack-truth",
        "two-phase-commit/before-the-decision",
    ),
    Mutant(
        "two-phase-commit",
        "aborts-while-deciding",
        (
            Edit(
                "TransactionManager.on_inquire",
                "await self.reply(inquire, Decision(outcome=COMMIT if transaction.state == COMMITTED else WAIT))",
                "await self.reply(inquire, Decision(outcome=COMMIT if transaction.state == COMMITTED else ABORT))",
            ),
        ),
        "ack-truth",
        "two-phase-commit/slow-decision",
    ),
    Mutant(
        "two-phase-commit",
        "decides-twice",
        (Edit("TransactionManager.commit", "transaction.state = DECIDING", "pass"),),
        "atomic-commit",
        "two-phase-commit/slow-decision-heard-by-one",
    ),
    Mutant(
        "two-phase-commit",
        "forgets-early",
        (
            Edit(
                "TransactionManager.on_committed",
                "transaction.missing.discard(committed.src)",
                "transaction.missing.clear()",
            ),
        ),
        "atomic-commit",
        "two-phase-commit/one-not-told",
    ),
    Mutant(
        "two-phase-commit",
        "vote-counter",
        (Edit("TransactionManager.on_vote", "transaction.missing.discard(vote.src)", "transaction.missing.pop()"),),
        "atomic-commit",
        "two-phase-commit/yes-doubled",
    ),
    Mutant(
        "two-phase-commit",
        "no-timeout",
        (
            Edit(
                "TransactionManager.carry_out",
                'await self.abort(transaction, "not all votes came in time", PARTICIPANT_TIMEOUT)',
                "pass",
            ),
        ),
        "nothing-in-doubt",
        "two-phase-commit/vote-lost",
    ),
    Mutant(
        "two-phase-commit",
        "gid-again",
        (
            Edit(
                "TransactionManager.start",
                'self.starts: int = self.store.get("starts", int, 0) + 1',
                "self.starts: int = 1",
            ),
        ),
        "ack-truth",
        "two-phase-commit/manager-back",
    ),
    Mutant(
        "two-phase-commit",
        "request-twice",
        (Edit("TransactionManager.carry_out", "if not accounts.is_new(self.store, request):", "if False:"),),
        "ack-truth",
        "two-phase-commit/request-doubled",
    ),
    Mutant(
        "two-phase-commit",
        "seen-unsynced",
        (
            Edit(
                "TransactionManager.abort",
                'await self.store.sync("seen")  # For the request\'s sake: no later copy of it is done.',
                "pass",
            ),
        ),
        "ack-truth",
        "two-phase-commit/request-again-late",
    ),
    Mutant(
        "two-phase-commit",
        "votes-first",
        (Edit("ResourceManager.on_prepare", "await self.work(prepare)", "self.spawn(partial(self.work, prepare))"),),
        "atomic-commit",
        "two-phase-commit/vote-crash",
    ),
    Mutant(
        "two-phase-commit",
        "no-ledger",
        (Edit("ResourceManager.work", 'await transaction.put(f"ledger/{prepare.gid}", prepare.effects)', "pass"),),
        "single-effect",
        "two-phase-commit/prepare-again-soon",
    ),
    Mutant(
        "two-phase-commit",
        "prepares-again",
        (
            Edit(
                "ResourceManager.on_prepare",
                "is_known = prepare.gid in self.database.prepared() or await self.is_finished(prepare.gid)",
                "is_known = prepare.gid in self.database.prepared()",
            ),
        ),
        "atomic-commit",
        "two-phase-commit/prepare-again-late",
    ),
    Mutant(
        "two-phase-commit",
        "prepares-twice",
        (Edit("ResourceManager.on_prepare", "if prepare.gid in self.preparing:", "if False:"),),
        "atomic-commit",
        "two-phase-commit/prepare-doubled",
    ),
    Mutant(
        "two-phase-commit",
        "reads-unlocked",
        (
            Edit(
                "ResourceManager.work",
                "await accounts.change(transaction, account, change)",
                """
                row = f"account/{account}"
                await transaction.put(row, (await transaction.scan(row, int))[row] + change)
                """,
            ),
        ),
        "conservation",
        "two-phase-commit/prepare-doubled",
    ),
    Mutant(
        "two-phase-commit",
        "overdraws",
        (
            Edit(
                "ResourceManager.work",
                "await accounts.change(transaction, account, change)",
                """
                row = f"account/{account}"
                await transaction.put(row, await transaction.get(row, int, 0) + change)
                """,
            ),
        ),
        "no-overdraft",
        "two-phase-commit/no-cover",
    ),
    Mutant(
        "two-phase-commit",
        "heur-abort",
        (
            Edit(
                "ResourceManager.resolve",
                'self.emit("asked", gid=gid)',
                """
                await self.finish(gid, ABORT)
                return
                """,
            ),
        ),
        "ack-truth",
        "two-phase-commit/slow-decision",
    ),
    Mutant(
        "two-phase-commit",
        "wait-is-no",
        (Edit("ResourceManager.resolve", "if decision.outcome == WAIT:", "if False:"),),
        "ack-truth",
        "two-phase-commit/slow-decision",
    ),
    Mutant(
        "two-phase-commit",
        "acks-first",
        (
            Edit(
                "ResourceManager.on_commit",
                "await self.finish(commit.gid, COMMIT)",
                "self.spawn(partial(self.finish, commit.gid, COMMIT))",
            ),
        ),
        "atomic-commit",
        "two-phase-commit/committed-crash",
    ),
    Mutant(
        "two-phase-commit",
        "acks-anothers-commit",
        (
            Edit(
                "ResourceManager.on_commit",
                "await self.finish(commit.gid, COMMIT)",
                """
                if commit.gid in self.database.prepared():
                    await self.finish(commit.gid, COMMIT)
                """,
            ),
        ),
        "atomic-commit",
        "two-phase-commit/committed-while-syncing",
    ),
    Mutant(
        "two-phase-commit",
        "back-and-silent",
        (Edit("ResourceManager.start", "self.spawn(partial(self.resolve, gid))", "pass"),),
        "nothing-in-doubt",
        "two-phase-commit/back-in-doubt",
    ),
    Mutant(
        "two-phase-commit",
        "reader-for-all",
        (
            Edit(
                "TransactionManager.on_vote",
                "transaction.missing.discard(vote.src)",
                """
                transaction.missing.discard(vote.src)
                if vote.read_only:
                    transaction.missing.clear()
                """,
            ),
        ),
        "atomic-commit",
        "two-phase-commit/reader-first",
    ),
    Mutant(
        "two-phase-commit",
        "reads-and-forgets",
        (Edit("ResourceManager.on_prepare", "if not prepare.effects:", "if prepare.covers:"),),
        "atomic-commit",
        "two-phase-commit/reader-writes-too",
    ),
    Mutant(
        "two-phase-commit",
        "drops-who-is-prepared",
        (Edit("TransactionManager.on_vote", "if vote.read_only:", "if not vote.read_only:"),),
        "ack-truth",
        "two-phase-commit/reader-first",
    ),
    Mutant(
        "two-phase-commit",
        "audits-by-halves",
        (
            Edit(
                "ResourceManager.on_audit",
                "await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))",
                """
                earlier = await accounts.balances(self.database)
                await self.sleep(0.005)
                later = await accounts.balances(self.database)
                half = sorted(earlier)[: len(earlier) // 2]
                await self.reply(audit, AuditOk(balances=later | {account: earlier[account] for account in half}))
                """,
            ),
        ),
        "local-conservation",
        "two-phase-commit/no-fault",
    ),
)
