"""What people get wrong in tcc, outbox and message-transaction (reference/transactions.md, 1.2 to 1.4 and 2.2)."""

from tests.mutants.mutant import Edit, Mutant

RM, TM = "ResourceManager", "TransactionManager"


def _tcc(name: str, step: str, line: str, becomes: str, check: str, schedule: str) -> Mutant:
    return Mutant("tcc", name, (Edit(step, line, becomes),), check, f"tcc/{schedule}")


def _outbox(name: str, step: str, line: str, becomes: str, check: str, schedule: str) -> Mutant:
    return Mutant("outbox", name, (Edit(step, line, becomes),), check, f"outbox/{schedule}")


def _message(name: str, step: str, line: str, becomes: str, check: str, schedule: str) -> Mutant:
    return Mutant("message-transaction", name, (Edit(step, line, becomes),), check, f"message-transaction/{schedule}")


TCC = (
    _tcc(
        "request-twice",
        f"{TM}.carry_out",
        "if not accounts.is_new(self.store, request):",
        "if False:",
        "atomic-commit",
        "request-again",
    ),
    _tcc(
        "tries-again",
        "Participant.on_try",
        'if fence in ("", CANCELLED):',
        'if fence in ("", TRIED, CANCELLED):',
        "nothing-reserved",
        "late-and-double",
    ),
    _tcc(
        "try-unfenced",
        "Participant.on_try",
        'await transaction.put(f"fence/{request.gid}", TRIED)',
        "pass",
        "nothing-in-doubt",
        "crashes",
    ),
    _tcc(
        "empty-rollback-unnoted",
        "Participant.on_cancel",
        "if fence != CANCELLED:",
        "if fence == TRIED:",
        "nothing-in-doubt",
        "late-and-double",
    ),
    _tcc(
        "cancels-again",
        "Participant.on_cancel",
        "if fence == TRIED:",
        "if fence in (TRIED, CANCELLED):",
        "nothing-reserved",
        "late-and-double",
    ),
    _tcc(
        "keeps-the-reservation",
        "Participant.on_cancel",
        "await self.business.cancel(transaction, await self.wanted(transaction, cancel.gid))",
        "pass",
        "nothing-reserved",
        "late-and-double",
    ),
    _tcc(
        "reserves-nothing",
        "Reservations.try_",
        "taken = reserved - min(change, 0)",
        "taken = reserved",
        "nothing-in-doubt",
        "short-of-money",
    ),
    _tcc(
        "begin-unsynced",
        f"{TM}.carry_out",
        'await self.store.sync("begin")  # Before any Try: what is reserved is known to us.',
        "pass",
        "nothing-in-doubt",
        "undecided-crash",
    ),
    _tcc(
        "begin-unlogged",
        f"{TM}.carry_out",
        "self.put(gid, TRYING, sorted(effects))",
        "pass",
        "nothing-in-doubt",
        "manager-crash",
    ),
    _tcc(
        "decision-unsynced",
        f"{TM}.confirm",
        'await self.store.sync("decision")',
        "pass",
        "atomic-commit",
        "unlogged-decision",
    ),
    _tcc(
        "confirms-the-undecided",
        f"{TM}.start",
        "self.put(gid, CANCELLING, log.participants)",
        "self.put(gid, CONFIRMING, log.participants)",
        "atomic-commit",
        "crashes",
    ),
    _tcc("tells-once", f"{TM}.finish", "while missing:", "for _ in range(1):", "nothing-in-doubt", "late-and-double"),
    _tcc(
        "forgets-at-start",
        f"{TM}.start",
        "self.spawn(partial(self.finish, gid))",
        "pass",
        "nothing-in-doubt",
        "manager-crash",
    ),
    _tcc(
        "audits-what-is-to-be-had",
        f"{RM}.on_audit",
        "await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))",
        """
        balances = await accounts.balances(self.database)
        free = {account: balance - frozen.get(account, 0) for account, balance in balances.items()}
        await self.reply(audit, AuditOk(balances=free))
        """,
        "local-conservation",
        "no-fault",
    ),
)

OUTBOX = (
    _outbox(
        "inbox-unwritten",
        f"{RM}.consume",
        'await transaction.put(f"inbox/{note.gid}", Receipt(sender, note, CREDITED, effects))',
        "pass",
        "single-effect",
        "late-and-double",
    ),
    _outbox(
        "parks-and-drops",
        f"{RM}.count_try",
        'await transaction.put(f"parked/{note.gid}", current)',
        "pass",
        "eventual-atomicity",
        "partition",
    ),
    _outbox(
        "request-again",
        f"{RM}.carry_out",
        'await transaction.put(f"done/{forward.gid}", "")',
        "pass",
        "single-effect",
        "late-and-double",
    ),
    _outbox(
        "sends-once",
        f"{RM}.relay",
        "if note.gid not in self.sent_at or self.now() >= self.sent_at[note.gid] + self.options.retry:",
        "if note.gid not in self.sent_at:",
        "eventual-atomicity",
        "late-and-double",
    ),
    _outbox(
        "pays-the-wrong-one-back",
        f"{RM}.compensate",
        'await self.keep(transaction, Note(f"{note.gid}/back", note.undo))',
        'await self.keep(transaction, Note(f"{note.gid}/back", note.steps))',
        "eventual-atomicity",
        "refusal-crash",
    ),
    _outbox(
        "undoes-the-last-step-alone",
        f"{RM}.compensate",
        'await self.keep(transaction, Note(f"{note.gid}/back", note.undo))',
        'await self.keep(transaction, Note(f"{note.gid}/back", note.undo[:1]))',
        "eventual-atomicity",
        "order-undone",
    ),
    _outbox(
        "passes-nothing-on",
        f"{RM}.consume",
        "await self.keep(transaction, note.onward())",
        "pass",
        "eventual-atomicity",
        "order",
    ),
    _outbox(
        "forgets-the-way-back",
        "Note.onward",
        "undo = [negated(self.steps[0]), *self.undo] if self.undo else []",
        "undo = [negated(self.steps[0])] if self.undo else []",
        "eventual-atomicity",
        "order-undone",
    ),
    _outbox(
        "cursor-by-id",
        f"{RM}.relay",
        "for note in notes.values():",
        """
        fresh = [note for note in notes.values() if note.gid > getattr(self, "cursor", "") or note.gid in self.sent_at]
        self.cursor = max([getattr(self, "cursor", ""), *(note.gid for note in fresh)])
        for note in fresh:
        """,
        "eventual-atomicity",
        "lossy",
    ),
    _outbox(
        "takes-anew-each-time",
        "Reconciler.look_for_source",
        'await transaction.put(f"sent/{gid}", receipt.note)',
        "pass",
        "reconciles-exactly",
        "reconciliation",
    ),
    _outbox(
        "corrects-again",
        "Reconciler.correct",
        "receipt.effects = correct.effects",
        "pass",
        "reconciles-exactly",
        "reconciliation",
    ),
    _outbox(
        "repairs-wrongly",
        "Reconciler.correct",
        "await accounts.change_all(transaction, change)",
        "pass",
        "single-effect",
        "reconciliation",
    ),
    _outbox(
        "misses-sums",
        "Reconciler.compare",
        "elif receipt.outcome == CREDITED and receipt.effects != note.steps[0]:",
        "elif False:",
        "reconciles-exactly",
        "reconciliation",
    ),
    _outbox(
        "misses-sources",
        "Reconciler.compare",
        "await self.look_for_source(gid, statement.receipts[gid])",
        "pass",
        "reconciles-exactly",
        "reconciliation",
    ),
    _outbox(
        "looks-at-the-first-page",
        "Reconciler.compare",
        "for note in sent.values():",
        "for note in list(sent.values())[:3]:",
        "reconciles-exactly",
        "reconciliation",
    ),
    Mutant(
        "outbox",
        "takes-what-is-on-its-way-for-lost",
        (
            Edit(
                "Reconciler.known",
                'tables = [await transaction.scan(f"{table}/", Note) for table in TABLES]',
                'tables = [await transaction.scan("sent/", Note)]',
            ),
            Edit("Reconciler.look_for_source", "for table in TABLES:", 'for table in ("sent",):'),
        ),
        "reconciles-exactly",
        "outbox/late-acks",
    ),
    _outbox(
        "takes-a-refusal-for-another-sum",
        "Reconciler.compare",
        "elif receipt.outcome == CREDITED and receipt.effects != note.steps[0]:",
        "elif receipt.effects != note.steps[0]:",
        "reconciles-exactly",
        "refusals",
    ),
    Mutant(
        "outbox",
        "theirs-first",
        (
            Edit(
                "Reconciler.compare",
                'parked, sent = await self.notes("parked/", peer), await self.notes("sent/", peer)',
                """
                statement = await self.role.rpc(peer, Statement(), self.options.forward_timeout, StatementOk)
                parked, sent = await self.notes("parked/", peer), await self.notes("sent/", peer)
                """,
            ),
            Edit(
                "Reconciler.compare",
                "statement = await self.role.rpc(peer, Statement(), self.options.forward_timeout, StatementOk)",
                "pass",
            ),
        ),
        "reconciles-exactly",
        "outbox/slow-statements",
    ),
)

MESSAGE_TRANSACTION = (
    _message("half-unsynced", "Broker.on_half", 'await self.store.sync("half")', "pass", "atomic-commit", "crashes"),
    _message(
        "delivers-once",
        "Broker.see_through",
        'while (kept := self.store.get(f"message/{gid}", Kept)) is not None:',
        'for kept in [self.store.get(f"message/{gid}", Kept)]:',
        "nothing-left",
        "late-and-double",
    ),
    _message(
        "forgets-at-start",
        "Broker.start",
        "self.spawn(partial(self.see_through, kept.gid))",
        "pass",
        "nothing-left",
        "broker-crash",
    ),
    _message(
        "takes-rollback-for-commit",
        "Broker.on_end",
        "if end.outcome != COMMIT:",
        'if end.outcome == "never":',
        "atomic-commit",
        "late-and-double",
    ),
    _message(
        "outcome-unwritten",
        f"{RM}.carry_out",
        'await transaction.put(f"outcome/{forward.gid}", COMMIT)',
        "pass",
        "atomic-commit",
        "late-and-double",
    ),
    _message(
        "inbox-unwritten",
        f"{RM}.on_deliver_parcel",
        'await transaction.put(f"inbox/{parcel.gid}", value=True)',
        "pass",
        "single-effect",
        "late-and-double",
    ),
    _message(
        "acknowledges-first",
        f"{RM}.on_deliver_parcel",
        "parcel = deliver.parcel",
        """
        parcel = deliver.parcel
        await self.reply(deliver, Consumed(gid=parcel.gid))
        """,
        "atomic-commit",
        "consumer-dies",
    ),
    _message(
        "half-unacknowledged",
        f"{RM}.attempt",
        "await self.rpc(broker, Half(gid=forward.gid, parcels=parcels), self.options.half_timeout, HalfOk)",
        "await self.send(broker, Half(gid=forward.gid, parcels=parcels))",
        "atomic-commit",
        "late-and-double",
    ),
    _message(
        "drops-what-nobody-takes",
        "Broker.see_through",
        "await self.park(gid, kept)",
        "await self.forget(gid)",
        "atomic-commit",
        "poison",
    ),
    _message(
        "loses-dead-letters",
        "Broker.park",
        'self.store.put(f"dead/{gid}", kept)',
        "pass",
        "dead-letters",
        "dead-letter",
    ),
    _message(
        "delivers-poison-for-ever",
        "Broker.see_through",
        "elif kept.tries < self.options.most_deliveries:",
        "elif True:",
        "nothing-left",
        "poison",
    ),
    _message(
        "done-with-the-first",
        "Broker.on_consumed",
        "if kept.parcels:",
        "if False:",
        "atomic-commit",
        "order-crash",
    ),
    _message(
        "discards-after-a-check",
        "Broker.check",
        "await self.send(producer, Check(gid=gid))",
        "await self.forget(gid)",
        "atomic-commit",
        "no-check",
    ),
    _message(
        "fence-unread",
        f"{RM}.carry_out",
        'if await transaction.get(f"outcome/{forward.gid}", str) is not None:',
        'if await transaction.get(f"outcome/{forward.gid}", str) == COMMIT:',
        "atomic-commit",
        "no-fence",
    ),
    Mutant(
        "message-transaction",
        "brings-back-what-is-over",
        (
            Edit("Broker.see_through", "if kept.is_half or gid in self.committing:", "if kept.is_half:"),
            Edit("Broker.on_end", 'kept = self.store.get(f"message/{end.gid}", Kept)', "pass"),
        ),
        "monotone-states",
        "message-transaction/slow-commit",
    ),
)
