"""Why a transaction came to nothing: one word for one meaning in all patterns, told with the event that says abort.

The figure abort-rate counts by these words. They are XA's reasons for a rollback (X/Open, "Distributed Transaction
Processing: The XA Specification" (1991), XA_RB...) as far as these patterns can tell them apart: whoever waits for an
answer can't know whether the other is dead, cut off or slow, so that is one cause. That the fence keeps a Try out is
none: its Cancel was here before, and the abort that this Cancel is of was decided, for a cause of its own.
"""

from chaosctl.node.messages import ErrorCode, RpcError

BUSINESS_REFUSAL = "business-refusal"
"""A rule of the business: no cover, sold out, more than an account may hold."""

LOCK_TIMEOUT = "lock-timeout"
"""A row stayed locked by others; so end deadlocks, within a database and across several."""

PARTICIPANT_TIMEOUT = "participant-timeout"
"""A participant did not vote, or answer its step, in time: dead, cut off or slow."""

PARTICIPANT_ERROR = "participant-error"
"""A participant's database refused (no room for one more prepared, a full disk), or was gone."""

BROKER_UNAVAILABLE = "broker-unavailable"
"""The broker did not acknowledge the half message, so the local transaction never began."""

CHECK_BACK = "check-back"
"""The broker's check came before the local transaction had ended, and fenced it out."""

COORDINATOR_RECOVERY = "coordinator-recovery"
"""The coordinator died before it had decided: back again it presumes abort, or cancels."""

HEURISTIC_DECISION = "heuristic-decision"
"""An operator would not wait for the coordinator."""

BY_CODE: dict[int, str] = {
    ErrorCode.TIMEOUT: PARTICIPANT_TIMEOUT,
    ErrorCode.TXN_CONFLICT: LOCK_TIMEOUT,
    ErrorCode.ABORT: BUSINESS_REFUSAL,
}
"""What the codes mean with which participants refuse; all others say that something is wrong with them."""


def cause_of(error: RpcError) -> str:
    """Return why a transaction is aborted of which somebody was told this error."""
    return BY_CODE.get(error.code, PARTICIPANT_ERROR)
