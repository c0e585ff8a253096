"""What failure detectors promise: each rule by itself, the watched and the monitor, and all together in figures."""

import math

import pytest

from benchmarks.failure_detectors import Setting, closed_form, mistakes
from chaosctl.patterns.detection.messages import Heartbeat, Suspects, SuspectsOk
from chaosctl.patterns.detection.roles import Monitor
from chaosctl.patterns.failure_detector import FixedTimeout, NfdOptions, NfdS, PhiAccrual
from tests.patterns.fake_calls import FakeCalls


def test_a_fixed_timeout_counts_from_when_the_last_heartbeat_came():
    detector = FixedTimeout(0.25, now=1.0)
    assert detector.fresh_until == 1.25
    detector.heard(1.1, 7)
    assert detector.fresh_until == 1.35


def test_nfd_s_counts_from_when_a_heartbeat_was_due_whenever_it_came():
    detector = NfdS(0.1, 0.05, now=0.0)
    detector.heard(0.19, 1)
    assert detector.fresh_until == pytest.approx(0.25)
    detector.heard(0.31, 3)
    detector.heard(0.32, 2)  # Late, and of no news.
    assert detector.fresh_until == pytest.approx(0.45)


def after(gaps: list[float], threshold: float = 8.0) -> PhiAccrual:
    detector, now = PhiAccrual(threshold, 0.1, now=0.0), 0.0
    for gap in gaps:
        now += gap
        detector.heard(now)
    return detector


def test_phi_accrual_waits_until_a_later_heartbeat_is_as_unlikely_as_its_threshold_says():
    detector = after([0.08, 0.12] * 100, threshold=3.0)
    deviations = (detector.fresh_until - detector.last - 0.1) / 0.02
    assert 0.5 * math.erfc(deviations / math.sqrt(2)) == pytest.approx(1e-3, rel=1e-6)


def test_phi_accrual_waits_longer_where_heartbeats_are_uneven_and_is_never_sure_of_an_even_rhythm():
    even, uneven = after([0.1] * 200), after([0.02, 0.18] * 100)
    assert 0.1 < even.patience() < uneven.patience() / 2


def test_phi_accrual_does_not_become_lenient_by_an_outage():
    assert after([0.1] * 150 + [60.0, 0.1]).patience() < 2 * after([0.1] * 152).patience()


def monitor(calls: FakeCalls) -> Monitor:
    calls.placement = {"monitor": ("n1",), "watched": ("n1", "n2", "n3")}
    return Monitor(calls)


@pytest.mark.trio
async def test_a_monitor_suspects_whom_it_never_heard_and_trusts_whom_it_hears_again():
    calls = FakeCalls("n1", ["n1", "n2", "n3"], NfdOptions(), [])
    role = monitor(calls)
    await role.start()
    calls.time = 0.2
    await role.on_heartbeat(Heartbeat(src="n2", number=10))
    calls.time = 0.3
    for suspicion in role.suspicions.values():
        suspicion.is_raised()
    await role.on_suspects(Suspects(src="c1"))
    await role.on_heartbeat(Heartbeat(src="n3", number=15))
    await role.on_suspects(Suspects(src="c1"))
    assert calls.replied == [SuspectsOk(suspected=["n3"]), SuspectsOk(suspected=[])]


def test_nfd_s_makes_the_mistakes_that_its_closed_form_says():
    measured, count = mistakes(Setting("nfd-s", 'shift = "50ms"', 50), heartbeats=3_000)
    formula = closed_form(0.05)
    assert count > 100
    assert measured.recurrence == pytest.approx(formula.recurrence, rel=0.2)
    assert measured.duration == pytest.approx(formula.duration, rel=0.1)
    assert measured.accuracy == pytest.approx(formula.accuracy, abs=0.01)


def test_the_closed_form_is_that_of_the_paper_where_it_can_be_worked_out_by_hand():
    formula = closed_form(0.15)  # A mistake begins where two of two heartbeats are missing.
    missing = 0.05 + 0.95 * math.exp(-5)
    begins = (1 - 0.05 - 0.95 * math.exp(-25)) * missing * (0.05 + 0.95 * math.exp(-15))
    assert formula.recurrence == pytest.approx(0.1 / begins, rel=1e-3)


def test_nfd_s_detects_a_crash_within_period_and_shift_and_a_fixed_timeout_within_itself_and_a_heartbeats_way(simulate):
    nfd = simulate("failure-detector/crash", overrides=['system.options={detector="nfd-s", shift="30ms"}'])
    assert nfd.figure("crash-detection-time") <= 0.05
    fixed = simulate("failure-detector/crash", overrides=['system.options={suspect="100ms"}'])
    assert fixed.figure("crash-detection-time") <= 0.102


@pytest.mark.parametrize("pattern", ["bully", "ring"])
def test_an_election_suspects_its_leader_by_the_detector_that_the_file_names(pattern, simulate):
    took = {}
    for detector in ("fixed", "phi-accrual"):
        overrides = [f"system.options.detector='{detector}'"]
        run = simulate(f"{pattern}/leader-crash", seed=1, overrides=overrides)
        assert run.verdict == "pass"
        assert run.events("suspected")
        took[detector] = run.figure("detect-time")
    assert took["phi-accrual"] < took["fixed"]  # An even rhythm is known to be even.
