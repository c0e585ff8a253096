"""What people get wrong in sagas (reference/transactions.md, 1.5 and the rows s..)."""

from tests.mutants.mutant import Edit, Mutant

RM, SEC = "ResourceManager", "Orchestrator"


def _saga(name: str, step: str, line: str, becomes: str, schedule: str, check: str = "eventual-atomicity") -> Mutant:
    return Mutant("saga", name, (Edit(step, line, becomes),), check, f"saga/{schedule}")


SAGA = (
    _saga(
        "request-twice",
        f"{SEC}.carry_out",
        "if not accounts.is_new(self.store, request):",
        "if False:",
        "request-again",
    ),
    _saga(
        "begin-unsynced",
        f"{SEC}.carry_out",
        'await self.store.sync("begin")  # Before any step: what is done is known to us.',
        "pass",
        "crashes",
    ),
    _saga("begin-unlogged", f"{SEC}.carry_out", 'self.store.put(f"log/{gid}", saga)', "pass", "crashes"),
    _saga(
        "spares-the-first",
        f"{SEC}.go_back",
        "for step in reversed(saga.steps[: saga.undo]):",
        "for step in reversed(saga.steps[1 : saga.undo]):",
        "refusals",
    ),
    _saga(
        "compensates-once",
        f"{SEC}.go_back",
        "while not await self.is_compensated(gid, step):",
        "for _ in range(1 - await self.is_compensated(gid, step)):",
        "late-and-double",
    ),
    _saga(
        "takes-silence-for-yes",
        f"{SEC}.execute",
        "await self.sleep(self.options.retry)",
        "return None",
        "late-and-double",
    ),
    _saga(
        "fence-unwritten",
        f"{RM}.carry_out",
        'await transaction.put(f"fence/{request.gid}", EXECUTED)',
        "pass",
        "late-and-double",
        "single-effect",
    ),
    _saga(
        "executes-again",
        f"{RM}.carry_out",
        "if fence == EXECUTED:",
        'if fence == "never":',
        "late-and-double",
        "single-effect",
    ),
    _saga(
        "empty-rollback-unnoted",
        f"{RM}.on_compensate",
        'if fence in ("", EXECUTED):',
        "if fence == EXECUTED:",
        "no-suspension",
    ),
    _saga(
        "compensation-unnoted",
        f"{RM}.on_compensate",
        'if fence in ("", EXECUTED):',
        'if fence == "":',
        "refusals",
        "single-effect",
    ),
    _saga("undoes-nothing", f"{RM}.on_compensate", "await self.undo(transaction, compensate.gid)", "pass", "refusals"),
    _saga(
        "acknowledges-first",
        f"{RM}.on_execute",
        "await self.carry_out(request)",
        """
        await self.reply(request, Done())
        await self.carry_out(request)
        """,
        "refusals",
    ),
    _saga(
        "forgets-at-start",
        f"{SEC}.start",
        'self.spawn(partial(self.resume, key.removeprefix("log/"), saga))',
        "pass",
        "crashes",
    ),
    Mutant(
        "saga",
        "steps-by-halves",
        (
            Edit(
                f"{RM}.carry_out",
                "balance = await accounts.change(transaction, account, amount)",
                """
                async with self.database.transaction("half") as half:
                    balance = await accounts.change(half, account, amount)
                """,
            ),
        ),
        "local-conservation",
        "saga/order",
        ('disk.sync="5ms"',),
    ),
)
