"""What a saga promises, one transfer at a time; and what it costs."""

import pytest

ONE = """
name = "one-transfer"
duration = "1s"
[system]
pattern = "saga"
nodes = 3
options = { accounts = 4, limit = 110 }
[workload]
clients = 3
timeout = "700ms"
[[workload.script]]
at = "200ms"
node = "n1"
f = "transfer"
value = { from = "a0", to = "a1", amount = %d }
"""


def crash(point: str) -> str:
    return f'[[faults]]\nkind = "crash"\nwhen = {{ point = "{point}" }}\nrestart_after = "30ms"\n'


def balances(run) -> dict[str, int]:
    rows = [row for row in run.finished.recording.operations if row.final and row.type == "ok"]
    return {account: balance for row in rows for account, balance in row.value.items() if account in ("a0", "a1")}


def test_a_transfer_between_two_nodes_takes_four_messages_and_four_syncs(simulate):
    run = simulate(ONE % 10, seed=1)
    rows = [row for row in run.finished.recording.messages() if row.fate == "sent"]
    inner = [row.type for row in rows if row.process != row.dest and not {row.process[0], row.dest[0]} & {"c"}]
    assert inner == ["execute", "done"] * 2
    assert len([row for row in run.finished.recording.events if row.event == "synced" and row.time > 0]) == 4
    assert balances(run) == {"a0": 90, "a1": 110}


def test_a_transfer_whose_last_step_is_refused_is_undone_and_the_client_told(simulate):
    run = simulate(ONE % 11, seed=1)
    assert run.outcomes("transfer") == ["fail"]
    assert [event["gid"] for event in run.events("committed")] == ["c1-1", "c1-1/back"]
    assert balances(run) == {"a0": 100, "a1": 100}


@pytest.mark.parametrize("point", ["begin:post", "rpc.execute:post", "end:pre", "end:post"])
def test_an_orchestrator_that_dies_on_the_way_goes_on_forward(point, simulate):
    run = simulate(ONE % 10 + crash(f"n1/orchestrator.{point}"), seed=1)
    assert "fail" not in run.verdict, run.why
    assert balances(run) == {"a0": 90, "a1": 110}


def test_no_step_is_given_up_after_a_crash_for_the_last_one_may_be_done(simulate):
    silent = '[[faults]]\nkind = "partition"\nshape = "one-way"\nfrom = "n2"\nat = "212ms"\nduration = "400ms"\n'
    run = simulate(ONE % 10 + crash("n1/orchestrator.end:pre") + silent, seed=1)
    assert "fail" not in run.verdict, run.why
    assert balances(run) == {"a0": 90, "a1": 110}


@pytest.mark.parametrize("point", ["decision:pre", "decision:post", "rpc.compensate:post"])
def test_an_orchestrator_that_dies_turning_back_goes_on_backward(point, simulate):
    run = simulate(ONE % 11 + crash(f"n1/orchestrator.{point}"), seed=1)
    assert "fail" not in run.verdict, run.why
    assert balances(run) == {"a0": 100, "a1": 100}


@pytest.mark.parametrize("step", ["step:pre", "step:post", "refuse:post", "compensate:pre", "compensate:post"])
@pytest.mark.parametrize("node", ["n2", "n3"])
def test_a_participant_that_dies_at_any_step_does_each_once(node, step, simulate):
    run = simulate(ONE % 11 + crash(f"{node}/resource-manager.{step}"), seed=1)
    assert "fail" not in run.verdict, run.why
    assert balances(run) == {"a0": 100, "a1": 100}
