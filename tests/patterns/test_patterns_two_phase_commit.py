"""What two-phase commit with presumed abort promises, one transfer at a time; and what it costs."""

import pytest

from tests.mutants.mutant import Edit, Mutant, convictions, installed

ONE = """
name = "one-transfer"
duration = "1s"
[system]
pattern = "two-phase-commit"
nodes = 3
[workload]
clients = 3
timeout = "700ms"
[[workload.script]]
at = "200ms"
node = "n1"
f = "transfer"
value = { from = "a0", to = "a1", amount = %d }
"""


def crash(point: str, restart_after: str) -> str:
    return f'[[faults]]\nkind = "crash"\nwhen = {{ point = "{point}" }}\nrestart_after = "{restart_after}"\n'


def stall(point: str, duration: str) -> str:
    return f'[[faults]]\nkind = "stall"\nwhen = {{ point = "{point}" }}\nduration = "{duration}"\n'


def ends(run) -> dict[str, set[str]]:
    """Return how each participant ended the transfer."""
    return {
        node: {event for event in ("committed", "aborted") if any(e["node"] == node for e in run.events(event))}
        for node in ("n2", "n3")
    }


def balances(run) -> dict[str, int]:
    rows = [row for row in run.finished.recording.operations if row.final and row.type == "ok"]
    return {account: balance for row in rows for account, balance in row.value.items() if account in ("a0", "a1")}


def test_a_transfer_between_two_nodes_takes_eight_messages_and_five_syncs(simulate):
    run = simulate(ONE % 10, seed=1)
    rows = [row for row in run.finished.recording.messages() if row.fate == "sent"]
    inner = [row.type for row in rows if row.process != row.dest and not {row.process[0], row.dest[0]} & {"c"}]
    assert sorted(inner) == sorted(["prepare", "vote", "commit", "committed"] * 2)
    synced = [row for row in run.finished.recording.events if row.event == "synced" and row.time > 0]
    assert len(synced) == 5
    assert balances(run) == {"a0": 90, "a1": 110}


GUARANTEED = ONE.replace("nodes = 3", "nodes = 4").replace("amount = %d", 'amount = %d, guarantor = "a2"')


def test_a_participant_that_only_read_writes_nothing_and_is_not_told_the_end(simulate):
    run = simulate(GUARANTEED % 10, seed=1)
    rows = [row for row in run.finished.recording.messages() if row.fate == "sent"]
    inner = [row.type for row in rows if row.process != row.dest and not {row.process[0], row.dest[0]} & {"c"}]
    assert sorted(inner) == sorted(["prepare", "vote"] * 3 + ["commit", "committed"] * 2)
    synced = [row.node for row in run.finished.recording.events if row.event == "synced" and row.time > 0]
    assert len(synced) == 5
    assert "n4" not in synced
    assert [event["node"] for event in run.events("read_only")] == ["n4"]
    assert balances(run) == {"a0": 90, "a1": 110}


def test_a_guarantor_without_cover_refuses_the_transfer_for_all(simulate):
    empty = """
[[workload.script]]
at = "100ms"
node = "n1"
f = "transfer"
value = { from = "a2", to = "a0", amount = 95 }
"""
    run = simulate(GUARANTEED % 10 + empty, seed=1)
    assert sorted(run.outcomes("transfer")) == ["fail", "ok"]
    assert balances(run) == {"a0": 195, "a1": 100}
    assert not run.violated, run.why


def test_who_only_read_is_in_no_doubt_and_holds_no_row_while_the_manager_is_down(simulate):
    run = simulate(GUARANTEED % 10 + crash("n1/transaction-manager.decision:pre", "400ms"), seed=1)
    assert {event["node"] for event in run.events("asked")} == {"n2", "n3"}
    assert run.figure("locked-row-seconds") == pytest.approx(2 * 0.4, abs=0.1)
    assert not run.violated, run.why


@pytest.mark.parametrize("guarantor", ["a0", "a99"])
def test_a_guarantor_is_a_third_account_that_exists(guarantor, simulate):
    run = simulate(GUARANTEED.replace('"a2"', f'"{guarantor}"') % 10, seed=1)
    [refused] = [row for row in run.finished.recording.operations if row.f == "transfer" and row.type == "fail"]
    assert "a third account" in str(refused.error)


def test_a_transfer_that_is_not_covered_is_refused_and_changes_nothing(simulate):
    run = simulate(ONE % 101, seed=1)
    assert run.outcomes("transfer") == ["fail"]
    assert balances(run) == {"a0": 100, "a1": 100}
    assert ends(run)["n3"] == {"aborted"}


@pytest.mark.parametrize(
    ("point", "decision"),
    [
        ("n1/transaction-manager.send.prepare:post", "aborted"),
        ("n1/transaction-manager.decision:pre", "aborted"),
        ("n1/transaction-manager.decision:post", "committed"),
        ("n1/transaction-manager.send.commit:post", "committed"),
    ],
)
@pytest.mark.parametrize("restart_after", ["5ms", "400ms"])
def test_a_manager_that_crashes_decides_by_what_is_on_its_disk(point, decision, restart_after, simulate):
    run = simulate(ONE % 10 + crash(point, restart_after), seed=1)
    assert not run.violated, run.why
    assert set().union(*ends(run).values()) == {decision}


def test_whoever_is_prepared_stays_in_doubt_for_as_long_as_the_manager_is_down(simulate):
    run = simulate(ONE % 10 + crash("n1/transaction-manager.decision:pre", "400ms"), seed=1)
    assert run.figure("in-doubt-time") == pytest.approx(0.4, abs=0.1)
    assert {event["node"] for event in run.events("asked")} == {"n2", "n3"}


def test_an_inquiry_is_answered_neither_way_while_the_decision_is_being_written(simulate):
    run = simulate(ONE % 10 + stall("n1/transaction-manager.decision:pre", "300ms"), seed=1)
    assert run.events("asked")
    assert ends(run) == {"n2": {"committed"}, "n3": {"committed"}}


@pytest.mark.parametrize("restart_after", ["5ms", "400ms"])
def test_a_participant_that_crashes_after_its_prepare_finds_itself_in_doubt_and_asks(restart_after, simulate):
    run = simulate(ONE % 10 + crash("n2/resource-manager.prepare:post", restart_after), seed=1)
    assert not run.violated, run.why
    assert ends(run)["n2"] == {"aborted"}


@pytest.mark.parametrize("message", ["transfer", "prepare", "vote", "commit", "committed", "transfer_ok"])
@pytest.mark.parametrize("how", ["duplicate", "late", "lost"])
def test_a_message_that_is_doubled_late_or_lost_leaves_the_transfer_whole(message, how, simulate):
    match = f'match = {{ message = "{message}", nth = 1 }}'
    fault = {
        "duplicate": f'[[faults]]\nkind = "duplicate"\n{match}\n',
        "late": f'[[faults]]\nkind = "delay"\namount = "300ms"\n{match}\n',
        "lost": f'[[faults]]\nkind = "loss"\n{match}\n',
    }[how]
    run = simulate(ONE % 10 + fault, seed=1)
    assert not run.violated - {"progress"}, run.why  # The one transfer there is may be the one that is lost.
    assert sum(balances(run).values()) == 200
    assert len({"committed" in how_it_ended for how_it_ended in ends(run).values()}) == 1


def test_a_participant_that_is_told_twice_while_it_commits_commits_once(simulate):
    run = simulate(ONE % 10 + stall("n2/resource-manager.commit-prepared:pre", "300ms"), seed=1)
    assert not run.violated, run.why
    assert len([event for event in run.events("committed") if event["node"] == "n2"]) == 1


def test_a_prepare_that_comes_after_the_abort_is_undone_by_asking(simulate):
    late = '[[faults]]\nkind = "delay"\namount = "300ms"\nmatch = { message = "prepare", to = "n3", nth = 1 }\n'
    run = simulate(ONE % 10 + late, seed=1)
    assert run.outcomes("transfer") == ["fail"]
    assert "n3" in {event["node"] for event in run.events("asked")}
    assert ends(run)["n3"] == {"aborted"}
    assert balances(run) == {"a0": 100, "a1": 100}


@pytest.mark.parametrize(("order", "mixed"), [("abort", ["n2"]), ("commit", [])])
def test_an_operator_who_decides_for_the_manager_is_told_when_that_was_wrong(order, mixed, simulate):
    operator = f'[[faults]]\nkind = "operator"\ncommand = "{order}"\ntarget = "n2"\nat = "400ms"\n'
    run = simulate(ONE % 10 + crash("n1/transaction-manager.decision:post", "400ms") + operator, seed=1)
    assert [event["node"] for event in run.events("heuristic_mixed")][:1] == mixed
    assert ("atomic-commit" in run.violated) == bool(mixed)


def operator(order: str, at: str) -> str:
    return f'[[faults]]\nkind = "operator"\ncommand = "{order}"\ntarget = "n2"\nat = "{at}"\n'


@pytest.mark.parametrize(("order", "mixed"), [("commit", ["n2"]), ("abort", [])])
@pytest.mark.parametrize("lost", [False, True])
def test_an_operator_is_told_too_where_the_manager_had_decided_nothing(order, mixed, lost, simulate):
    faults = crash("n1/transaction-manager.decision:pre", "400ms") + operator(order, "300ms")
    if lost:  # n2 crashes before it has heard: what an operator ordered is on its disk.
        faults += '[[faults]]\nkind = "crash"\ntarget = "n2"\nat = "400ms"\nrestart_after = "100ms"\n'
    run = simulate(ONE % 10 + faults, seed=1)
    assert [event["node"] for event in run.events("heuristic_mixed")] == mixed
    assert ("atomic-commit" in run.violated) == bool(mixed)


def test_an_order_that_a_crash_interrupts_is_carried_out_by_who_comes_back(simulate):
    faults = crash("n1/transaction-manager.decision:post", "400ms") + operator("abort", "300ms")
    run = simulate(ONE % 10 + faults + crash("n2/resource-manager.heuristic:post", "50ms"), seed=1)
    assert ends(run) == {"n2": {"aborted"}, "n3": {"committed"}}
    assert [event["node"] for event in run.events("heuristic_mixed")] == ["n2"]


def test_a_right_guess_is_compared_once_though_the_manager_forgets(simulate):
    twice = '[[faults]]\nkind = "duplicate"\nmatch = { message = "commit", to = "n2", nth = 1 }\n'
    faults = crash("n1/transaction-manager.decision:post", "400ms") + operator("commit", "300ms") + twice
    run = simulate(ONE % 10 + faults, seed=1)
    assert not run.events("heuristic_mixed")
    assert not run.violated, run.why


def test_a_deadlock_between_two_resource_managers_ends_by_the_lock_timeout(simulate):
    against = (
        ONE % 10
        + """
[[workload.script]]
at = "200ms"
node = "n1"
f = "transfer"
value = { from = "a1", to = "a0", amount = 10 }
"""
    )
    late = "".join(
        f'[[faults]]\nkind = "delay"\namount = "10ms"\nat = "100ms"\nduration = "500ms"\n'
        f'match = {{ message = "prepare", to = "{node}", nth = {nth} }}\n'
        for node, nth in (("n3", 1), ("n2", 2))
    )
    run = simulate(against + late, seed=1)
    assert {event["why"] for event in run.events("voted_no")} == {"a row is locked"}
    assert not run.violated, run.why
    assert balances(run) == {"a0": 100, "a1": 100}


@pytest.mark.parametrize(
    ("experiment", "edit"),
    [
        ("heuristic-abort", Edit("ResourceManager.compare", "if anticipated != outcome:", "if False:")),
        (
            "heuristic-unheard",
            Edit(
                "ResourceManager.resolve",
                'while gid in self.database.prepared() or self.store.get(f"heuristic/{gid}", str) is not None:',
                "while gid in self.database.prepared():",
            ),
        ),
    ],
)
def test_who_guessed_wrong_and_never_tells_is_convicted_where_the_right_pattern_is_not(experiment, edit, simulate):
    def convicted():
        return convictions(simulate(f"two-phase-commit/{experiment}").finished.verdict)

    assert "heuristics-told" not in convicted()
    with installed(Mutant("two-phase-commit", "untold", (edit,))):
        assert "heuristics-told" in convicted()


def test_the_shipped_deadlock_ends_by_the_lock_timeout_and_the_next_transfer_goes_through(simulate):
    run = simulate("two-phase-commit/deadlock")
    assert run.verdict == "pass", run.why
    assert [event["why"] for event in run.events("voted_no")] == ["a row is locked"] * 2
    assert [event["decision"] for event in run.events("decided")] == ["commit", "abort", "abort", "commit"]
