"""What the workload `order` promises: one order is at three services, all or none, and goods and money add up."""

import pytest

from tests.mutants.mutant import convictions

PATTERNS = ("two-phase-commit", "tcc", "saga", "outbox", "message-transaction")
WALLETS = {"message-transaction": 1000}
"""What each customer has at first, where it is not 100: a payment that can't refuse must be covered."""

DOUBLED_AND_LOST = ["network.duplicate=0.3", "network.loss=0.03"]


def balances(run):
    """Return what the final audits found, account to balance."""
    rows = run.finished.recording.operations
    audits = [row for row in rows if row.f == "audit" and row.type == "ok"][-3:]
    return {account: balance for audit in audits for account, balance in audit.value.items()}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_sold_is_gone_from_stock_and_paid_by_somebody(pattern, simulate):
    found = balances(simulate(f"{pattern}/order"))
    for item in range(4):
        assert found[f"stock/i{item}"] + found[f"sold/i{item}"] == 60
    earned = sum(balance for account, balance in found.items() if account.startswith("revenue/"))
    spent = sum(
        WALLETS.get(pattern, 100) - balance for account, balance in found.items() if account.startswith("wallet/")
    )
    assert earned == spent > 0


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_order_has_three_participants_and_the_hot_item_is_sold_out_and_never_oversold(pattern, simulate):
    run = simulate(f"{pattern}/order")
    done = [decided for decided in run.events("decided") if decided["decision"] == "commit"]
    assert {len(one["participants"]) for one in (*run.events("began"), *done)} == {3}
    assert balances(run)["stock/i0"] == 0


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("seed", range(1, 4))
def test_doubled_and_lost_messages_and_two_crashes_leave_no_order_half_done(pattern, seed, simulate):
    run = simulate(f"{pattern}/order-crash", seed=seed, overrides=DOUBLED_AND_LOST)
    assert run.verdict == "pass", run.why


@pytest.mark.parametrize(
    ("pattern", "broken", "check"),
    [
        ("two-phase-commit", "heur-commit", "atomic-commit"),
        ("two-phase-commit", "presume-commit", "conservation"),
        ("two-phase-commit", "no-retry", "nothing-in-doubt"),
        ("tcc", "no-idempotence", "single-effect"),
        ("tcc", "unlogged-decision", "ack-truth"),
        ("saga", "no-idempotence", "single-effect"),
        ("saga", "unlogged-begin", "eventual-atomicity"),
        ("outbox", "no-dedup", "single-effect"),
        ("outbox", "mark-first", "eventual-atomicity"),
        ("outbox", "no-compensation", "eventual-atomicity"),
        ("outbox", "send-before-commit", "eventual-atomicity"),
        ("message-transaction", "no-dedup", "single-effect"),
        ("message-transaction", "no-check", "nothing-left"),
    ],
)
def test_a_broken_variant_is_convicted_by_orders_too(pattern, broken, check, simulate):
    variant = [f'system.broken="{broken}"']
    extra = DOUBLED_AND_LOST if broken != "unlogged-decision" else []
    runs = (simulate(f"{pattern}/order-crash", seed=seed, overrides=[*variant, *extra]) for seed in range(1, 7))
    assert any(check in convictions(run.finished.verdict) for run in runs)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_service_of_an_outbox_may_refuse_and_all_before_it_is_undone(seed, simulate):
    run = simulate("outbox/order-undone", seed=seed, overrides=DOUBLED_AND_LOST)
    assert run.verdict == "pass", run.why
    refused = {row.node for row in run.finished.recording.events if row.event == "refused"}
    assert refused == {"n1", "n2"}  # The orders and the stock; the payment refuses before anything is done.
    undone = [one for one in run.events("committed") if one["gid"].endswith("/back")]
    assert len(undone) > len({one["gid"] for one in undone})  # At two services where the third refused.


def test_of_a_message_with_two_consumers_only_who_has_not_its_parcel_gets_it_again(simulate):
    crash = 'faults=[{ kind = "crash", target = "n4", at = "600ms", restart_after = "300ms" }]'
    run = simulate("message-transaction/order-crash", overrides=[crash])
    assert run.verdict == "pass", run.why
    again = [row for row in run.finished.recording.events if row.event == "redelivered"]
    assert again
    assert not run.events("absorbed")  # The orders had theirs, and said so.


def test_an_order_without_cover_is_sold_and_its_payment_a_dead_letter(simulate):
    run = simulate("message-transaction/order-unpaid")
    assert run.verdict == "unknown", run.why
    dead = {one["gid"] for one in run.events("dead_lettered")}
    paid = {row.fields["gid"] for row in run.finished.recording.events if (row.event, row.node) == ("committed", "n4")}
    sold = {row.fields["gid"] for row in run.finished.recording.events if (row.event, row.node) == ("committed", "n2")}
    assert dead
    assert dead <= sold - paid  # What is neither is being tried yet: sixteen times take 1.6 s.
    found = balances(run)
    assert sum(60 - found[f"stock/i{item}"] for item in range(4)) == len(sold)
    assert min(balance for account, balance in found.items() if account.startswith("wallet/")) >= 0


def test_damaged_rows_of_orders_are_found_and_repaired(simulate):
    shop = ["system.options={ accounts = 0, items = 4, units = 60, customers = 12, balance = 1000 }"]
    shop += ["system.nodes=3", 'workload.kind="order"', "workload.options={ items = 4, customers = 12 }"]
    operator = 'kind = "operator", command = "damage", target = "n2"'
    kinds = enumerate(("missing", "duplicate", "amount", "missing-source"))
    damage = [f'{{ {operator}, arguments = {{ kind = "{kind}" }}, at = "{1100 + 600 * at}ms" }}' for at, kind in kinds]
    run = simulate("outbox/reconciliation", overrides=[*shop, f"faults=[{', '.join(damage)}]"])
    assert len(run.events("damaged")) == 4
    assert run.verdict == "pass", run.why


def test_an_order_of_what_does_not_exist_is_refused(simulate):
    script = (
        'workload.script=[{at = "10ms", node = "n1", f = "buy", value = { customer = "c99", item = "i0", price = 1 } }]'
    )
    run = simulate("tcc/order", overrides=[script])
    [refused] = [row for row in run.finished.recording.operations if row.f == "buy" and row.type == "fail"]
    assert "customers" in str(refused.error)
