"""What people get wrong with one copy on one disk, beyond the broken variants of `single`."""

from tests.mutants.mutant import Edit, Mutant

SINGLE = (
    Mutant(
        "single",
        "cas-unsynced",
        (Edit("Server.on_cas", 'await self.store.sync("cas")', "pass"),),
        "linearizable",
        "single/cas-forgotten",
    ),
    Mutant(
        "single",
        "cas-without-compare",
        (Edit("Server.on_cas", "if value == cas.from_:", "if True:"),),
        "linearizable",
        "single/cas-refused",
    ),
    Mutant(
        "single",
        "copy-everywhere",
        (Edit("Server.is_elsewhere", "return self.node_id != self.nodes[0]", "return False"),),
        "linearizable",
        "single/asked-elsewhere",
    ),
    Mutant(
        "single",
        "reads-after-sync",
        (
            Edit(
                "Server.on_read",
                'await self.store.sync("read")',
                """
                await self.store.sync("read")
                value = self.store.get(f"key/{read.key}", Any, None)
                """,
            ),
        ),
        "linearizable",
        "single/read-while-syncing",
    ),
    Mutant(
        "single",
        "surely-failed",
        (
            Edit(
                "Server.pass_on",
                "return await self.rpc(self.nodes[0], request, self.options.patience, answer)",
                """
                try:
                    return await self.rpc(self.nodes[0], request, self.options.patience, answer)
                except RpcError as error:
                    raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, error.text) from None
                """,
            ),
        ),
        "linearizable",
        "single/write-cut-off",
    ),
)
