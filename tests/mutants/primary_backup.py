"""What people get wrong with a primary and its backup, beyond the broken variants of `primary-backup`."""

from tests.mutants.mutant import Edit, Mutant

PRIMARY_BACKUP = (
    Mutant(
        "primary-backup",
        "answers-unconfirmed",
        (Edit("Server.settle", 'raise RpcError(ErrorCode.TIMEOUT, "the backup did not confirm")', "return"),),
        "linearizable",
        "primary-backup/promoted-without-the-last-write",
    ),
    Mutant(
        "primary-backup",
        "backup-unsynced",
        (Edit("Server.on_replicate", 'await self.store.sync("copy")', "pass"),),
        "linearizable",
        "primary-backup/acknowledges-first",
    ),
    Mutant(
        "primary-backup",
        "primary-unsynced",
        (Edit("Server.on_write", 'await self.store.sync("write")', "pass"),),
        "linearizable",
        "primary-backup/primary-forgets",
    ),
)
