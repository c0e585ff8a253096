"""What people get wrong with transactions on one node and copies on others, beyond the variants of `txn-store`."""

from tests.mutants.mutant import Edit, Mutant

FORWARDED = "answer = (await self.rpc(self.nodes[0], Txn(txn=request.txn), self.options.patience, TxnOk)).txn"

TXN_STORE = (
    Mutant(
        "txn-store",
        "commit-unsynced",
        (Edit("Store.execute", 'await self.store.sync("commit")', "pass"),),
        "strict-serializable",
        "txn-store/append-forgotten",
    ),
    Mutant(
        "txn-store",
        "tell-unsynced",
        (Edit("Store.on_since", 'await self.store.sync("tell")', "pass"),),
        "strict-serializable",
        "txn-store/told-too-early",
    ),
    Mutant(
        "txn-store",
        "count-forgotten",
        (Edit("Store.start", 'self.done = len(self.store.scan("log/", Any))', "self.done = 0"),),
        "strict-serializable",
        "txn-store/count-after-crash",
    ),
    Mutant(
        "txn-store",
        "surely-failed",
        (
            Edit(
                "Store.on_txn",
                FORWARDED,
                """
                from chaosctl.node.messages import ErrorCode, RpcError
                try:
                    answer = (await self.rpc("n1", Txn(txn=request.txn), self.options.patience, TxnOk)).txn
                except RpcError as error:
                    raise RpcError(ErrorCode.TXN_CONFLICT, error.text) from None
                """,
            ),
        ),
        "read-committed",
        "txn-store/answer-lost",
    ),
    Mutant(
        "txn-store",
        "reads-before",
        (
            Edit(
                "Store.worked_out",
                'here = changes[name(key)] if name(key) in changes else self.store.get(f"key/{name(key)}", Any, None)',
                'here = self.store.get(f"key/{name(key)}", Any, None)',
            ),
        ),
        "snapshot-isolation",
        "txn-store/own-effects",
    ),
    Mutant(
        "txn-store",
        "appends-alone",
        (
            Edit(
                "Store.worked_out",
                'changes[name(key)] = [*(here or []), value] if f == "append" else value',
                'changes[name(key)] = [value] if f == "append" else value',
            ),
        ),
        "strict-serializable",
        "txn-store/own-effects",
    ),
)
