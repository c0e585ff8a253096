"""The services that Maelstrom's nodes may ask: what each promises, and no more."""

from random import Random

import pytest

from chaosctl.node.messages import ErrorCode
from chaosctl.runtimes.services import KEPT_STATES, ask, services


@pytest.fixture
def told():
    """Ask a service of one run: `told("lin-kv", "read", key=1)`; returns the answer's type, value or error code."""
    random = Random(7)
    made = services(lambda: random)

    def tell(service, kind, src="n1", **fields):
        reply = ask(made[service], src, {"type": kind, **{key.rstrip("_"): value for key, value in fields.items()}})
        return reply.get("code", reply.get("value", reply.get("ts", reply["type"])))

    return tell


@pytest.mark.parametrize("service", ["lin-kv", "seq-kv"])
def test_a_key_value_store_reads_writes_and_swaps(told, service):
    assert told(service, "read", key=1) == ErrorCode.KEY_DOES_NOT_EXIST
    assert told(service, "cas", key=1, from_=0, to=1) == ErrorCode.KEY_DOES_NOT_EXIST
    assert told(service, "cas", key=1, from_=0, to=1, create_if_not_exists=True) == "cas_ok"
    assert told(service, "cas", key=1, from_=0, to=2) == ErrorCode.PRECONDITION_FAILED
    assert told(service, "cas", key=1, from_=True, to=2) == ErrorCode.PRECONDITION_FAILED
    assert told(service, "write", key="1", value=[3]) == "write_ok"
    assert (told(service, "read", key=1), told(service, "read", key="1")) == (1, [3])


def test_who_wrote_to_seq_kv_reads_that_and_who_only_reads_is_stale_by_a_bound(told):
    for value in range(200):
        told("seq-kv", "write", key="x", value=value, src="n1")
        assert told("seq-kv", "read", key="x", src="n1") == value
        read = told("seq-kv", "read", key="x", src=f"n{value + 2}")  # Who never asked before may be told the oldest.
        assert read == ErrorCode.KEY_DOES_NOT_EXIST or value - KEPT_STATES < read <= value


def test_seq_kv_shows_nobody_an_earlier_state_than_before(told):
    seen = -1
    for value in range(100):
        told("seq-kv", "write", key="x", value=value, src="n1")
        read = told("seq-kv", "read", key="x", src="n2")
        if read != ErrorCode.KEY_DOES_NOT_EXIST or seen >= 0:
            assert read >= seen
            seen = read
    assert seen < 99  # Sometimes it was stale: else it would prove nothing.


def test_lww_kv_forgets_writes_that_it_had_acknowledged(told):
    reads = []
    for value in range(100):
        told("lww-kv", "write", key="x", value=value)
        reads.append(told("lww-kv", "read", key="x"))
    assert reads != list(range(100))


def test_lin_tso_counts(told):
    assert [told("lin-tso", "ts") for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("service", ["lin-kv", "seq-kv", "lww-kv", "lin-tso"])
def test_a_request_that_a_service_does_not_know_is_refused_not_left_unanswered(told, service):
    assert told(service, "drop", key=1) == ErrorCode.NOT_SUPPORTED


@pytest.mark.parametrize("service", ["lin-kv", "seq-kv", "lww-kv"])
def test_a_request_that_lacks_a_field_is_malformed(told, service):
    assert told(service, "write", key=1) == ErrorCode.MALFORMED_REQUEST
    assert told(service, "read") == ErrorCode.MALFORMED_REQUEST
