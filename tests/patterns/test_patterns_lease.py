"""What a lease with fencing tokens promises, of a grantor, a holder, and of all together."""

import pytest

from chaosctl.patterns.election.lease import LEASE, LeaseOptions
from chaosctl.patterns.election.lease_messages import Ask, Granted, Refused, Release
from chaosctl.patterns.election.lease_roles import Grantor, Holder
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
from tests.patterns.fake_calls import FakeCalls

NODES = ["n1", "n2", "n3", "n4", "n5", "n6"]


async def play(kind: type, name: str = "n1") -> tuple:
    calls = FakeCalls(name, NODES, LeaseOptions(), [])
    calls.placement = {role: tuple(nodes) for role, nodes in LEASE.place(NODES, {}).items()}
    role = kind(calls)
    await role.start()
    calls.said.clear()
    return role, calls


async def holding() -> tuple[Holder, FakeCalls]:
    role, calls = await play(Holder)
    await role.ask()
    for grantor in ("n1", "n2", "n3"):
        await role.on_granted(Granted(src=grantor, token=role.asked))
    assert role.leading
    calls.said.clear()
    return role, calls


@pytest.mark.trio
async def test_a_grantor_says_a_grant_only_when_its_token_is_on_disk():
    role, calls = await play(Grantor)
    await role.on_ask(Ask(src="n2", token=6))
    order = [entry[:2] for entry in calls.said]
    assert order.index(("put", "highest")) < order.index(("sync", "grant")) < order.index(("reply", "n2"))


@pytest.mark.trio
async def test_a_grantor_grants_to_one_at_a_time_and_to_that_one_again_under_a_higher_token():
    role, calls = await play(Grantor)
    for source, token in (("n2", 6), ("n3", 7), ("n2", 11), ("n2", 11), ("n2", 6)):
        await role.on_ask(Ask(src=source, token=token))
    assert [type(answer) for answer in calls.replied] == [Granted, Refused, Granted, Refused, Refused]
    assert calls.replied[1] == Refused(asked=7, token=6, holder="n2")


@pytest.mark.trio
async def test_a_grantor_forgets_a_grant_when_its_own_time_is_over_but_no_renewal():
    role, calls = await play(Grantor)
    await role.on_ask(Ask(src="n2", token=6))
    await role.on_ask(Ask(src="n2", token=11))
    await role.expire(6)
    await role.on_release(Release(src="n2", token=6))
    assert role.lease == (11, "n2")
    await role.expire(11)
    assert role.lease == (0, "")
    assert [entry[1] for entry in calls.said if entry[0] == "sleep"] == [pytest.approx(0.44)] * 2


@pytest.mark.trio
async def test_a_grantor_is_silent_after_a_restart_until_what_it_may_have_granted_is_over():
    role, calls = await play(Grantor)
    await role.on_ask(Ask(src="n2", token=6))
    again = Grantor(calls)
    await again.start()
    await again.on_ask(Ask(src="n3", token=12))
    assert calls.replied[-1] == Refused(asked=12, token=6, holder="")
    await again.speak_again()
    await again.on_ask(Ask(src="n3", token=12))
    assert calls.replied[-1] == Granted(token=12)


@pytest.mark.trio
async def test_a_holder_needs_a_majority_of_distinct_grantors_for_one_token():
    role, _calls = await play(Holder)
    await role.ask()
    for grantor, token in (("n1", role.asked), ("n1", role.asked), ("n2", role.asked), ("n3", role.asked - 5)):
        await role.on_granted(Granted(src=grantor, token=token))
    assert not role.leading
    await role.on_granted(Granted(src="n3", token=role.asked))
    assert role.leading


@pytest.mark.trio
async def test_a_holder_counts_its_lease_from_before_it_asked_and_less_than_all_of_it():
    role, calls = await play(Holder)
    calls.time = 1.0
    await role.ask()
    calls.time = 1.2
    for grantor in ("n1", "n2", "n3"):
        await role.on_granted(Granted(src=grantor, token=role.asked))
    assert role.expires == pytest.approx(1.36)


@pytest.mark.trio
async def test_a_holder_leads_no_longer_when_its_time_is_over_even_if_nothing_has_woken_it():
    role, calls = await holding()
    calls.time = 0.35
    await role.on_who_leads(WhoLeads(src="n1", forwarded=True))
    calls.time = 0.37
    await role.on_who_leads(WhoLeads(src="n1", forwarded=True))
    assert calls.replied[0] == WhoLeadsOk(leader="n1", term=role.token)
    assert calls.replied[1].code == 11


@pytest.mark.trio
async def test_a_holder_gives_back_what_it_can_not_use_and_nothing_while_it_leads():
    role, calls = await play(Holder)
    await role.ask()
    await role.on_granted(Granted(src="n1", token=role.asked))
    for grantor in ("n2", "n3", "n4"):
        await role.on_refused(Refused(src=grantor, asked=role.asked, token=3, holder="n4"))
    assert [body for _, body in calls.sent if isinstance(body, Release)] == [Release(token=role.asked)] * 5
    role, calls = await holding()
    await role.ask()
    for grantor in ("n2", "n3", "n4"):
        await role.on_refused(Refused(src=grantor, asked=role.asked, token=3, holder="n4"))
    assert not [body for _, body in calls.sent if isinstance(body, Release)]


def test_a_write_that_outlives_its_holder_is_refused_by_the_token_not_by_the_lease(simulate):
    run = simulate("lease/late-write", seed=2)
    assert run.verdict == "pass"
    late = [
        row
        for row in run.finished.recording.messages()
        if row.fate == "sent" and row.type == "error" and row.process == "n6"
    ]
    assert late
    assert all(b"token" in bytes(row.body) for row in late)


def test_a_successor_waits_for_the_lease_of_a_dead_holder_to_run_out(simulate):
    run = simulate("lease/holder-crash", seed=2)
    assert run.figure("takeover-time") > 0.3
