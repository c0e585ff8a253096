"""The damage of a split brain in figures, from a run written by hand."""

from written import Written

from chaosctl.measurements import measure_all


def booked(run: Written, at_ms: int, f: str, number: int, amount: int, place: int) -> None:
    run.call(at_ms, 5, f=f, value={"number": number, "amount": amount, "place": place, "balance": 0})


def test_conflicting_lost_and_overdrawn_are_counted_from_what_clients_were_told():
    run = Written(options={"opening": 100}, workload="account")
    booked(run, 100, "withdraw", 1, 60, place=1)
    booked(run, 200, "withdraw", 2, 30, place=2)
    booked(run, 300, "withdraw", 3, 50, place=2)
    run.call(9000, 5, f="statement", value=[[1, -60], [3, -50]], final=True)
    measured = measure_all(run.recording)
    values = {name: measured[name]["values"][0]["value"] for name in ("conflicting-writes", "lost-writes", "overdrawn")}
    assert values == {"conflicting-writes": 2, "lost-writes": 1, "overdrawn": 40}


def test_a_run_without_an_account_has_no_such_figures():
    run = Written()
    run.call(100, 5)
    assert not {"conflicting-writes", "lost-writes", "overdrawn"} & set(measure_all(run.recording))
