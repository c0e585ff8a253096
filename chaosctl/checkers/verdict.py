"""The verdict on a run: every check, every threshold, what makes it prove nothing, and the exit code.

DESIGN sections 7 and 8. A conviction outranks `unknown`, `unknown` outranks a pass. A demonstration
(`verdict = "fail"`) is as expected when every check that it names has convicted; that others did too is said.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from chaosctl.checkers import load
from chaosctl.checkers.check import Judgement, Verdict, unknown
from chaosctl.checkers.linearizable_models import Model
from chaosctl.checkers.thresholds import judge_thresholds
from chaosctl.checkers.vacuity import latency_is_unknown, missing_need, reasons_for_unknown
from chaosctl.errors import ExitCode
from chaosctl.experiment.model import Expect
from chaosctl.history.findings import CheckResult, Finding, Findings, ThresholdResult
from chaosctl.history.recording import Recording

RunVerdict = Findings
"""What verdict.json holds."""


def judge(recording: Recording, expect: Expect, check_names: Sequence[str], metrics: Mapping[str, Any]) -> RunVerdict:
    """Return the verdict on a recording, and whether it is what the experiment expects.

    `metrics` has the form of metrics.json. Checks that `expect` names are judged whether `check_names` has them or not.
    """
    names = dict.fromkeys([*check_names, *expect.checks, *expect.violates])
    with _nothing_collected():
        checks = {name: _judged(name, recording) for name in names}
    thresholds = judge_thresholds(expect.thresholds, metrics, latency_is_unknown(recording))
    reasons = reasons_for_unknown(recording)
    if not checks and not thresholds:
        reasons.append("nothing is checked: name checks or thresholds in [expect]")
    verdict = Verdict.worst(
        [
            *(judgement.valid for judgement in checks.values()),
            *(Verdict(threshold.valid) for threshold in thresholds),
            *(Verdict.UNKNOWN for _ in reasons),
        ]
    )
    exit_code, remark = _compare(expect, verdict, checks, thresholds)
    return Findings(
        verdict=verdict.value,
        expected=expect.verdict,
        as_expected=exit_code == ExitCode.PASSED,
        exit_code=int(exit_code),
        why=_why(verdict, checks, thresholds, reasons) + remark,
        reasons=reasons,
        checks={name: written(judgement) for name, judgement in checks.items()},
        thresholds=thresholds,
    )


def judge_check(name: str, recording: Recording, model: Model | None = None) -> Judgement:
    """Return what one check says; unknown where the recording lacks what it needs, or the check itself breaks.

    `model` is what the recording is of, for a check that else goes by the operations' names (OBJECT_CHECKS).
    """
    with _nothing_collected():
        return _judged(name, recording, model)


def _judged(name: str, recording: Recording, model: Model | None = None) -> Judgement:
    check = load(name, model)
    if missing := missing_need(recording, check.needs):
        return unknown(missing)
    try:
        return check.judge(recording)
    except Exception as error:  # What nodes wrote may be anything; a check that it breaks has proven nothing.
        return unknown(f"the check broke: {type(error).__name__}: {error}")


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Have the garbage collector rest: of many calls, none in a cycle, looking for cycles takes half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _compare(
    expect: Expect, verdict: Verdict, checks: Mapping[str, Judgement], thresholds: Sequence[ThresholdResult]
) -> tuple[ExitCode, str]:
    """Return the exit code (DESIGN section 8), and what is to be said of an expectation that was not met."""
    limits = Verdict.worst([Verdict(threshold.valid) for threshold in thresholds])
    convicted = [name for name, judgement in checks.items() if judgement.valid is Verdict.FAIL]
    if (expected := Verdict(expect.verdict)) is not Verdict.FAIL:
        return _code(verdict, expected), ""
    if not convicted:
        return (
            ExitCode.UNKNOWN if verdict is Verdict.UNKNOWN else ExitCode.REGRESSED
        ), ", where a failure was expected"
    if missed := [name for name in expect.violates if name not in convicted]:
        return ExitCode.REGRESSED, f"; {', '.join(missed)} should have failed and did not"
    others = [name for name in convicted if expect.violates and name not in expect.violates]
    remark = f"; not named, but failed as well: {', '.join(others)}" if others else ""
    if limits is Verdict.PASS:
        return ExitCode.PASSED, remark
    return (ExitCode.REGRESSED if limits is Verdict.FAIL else ExitCode.UNKNOWN), f"{remark}; a threshold does not hold"


def _code(verdict: Verdict, expected: Verdict) -> ExitCode:
    if verdict is expected:
        return ExitCode.PASSED
    return ExitCode.UNKNOWN if verdict is Verdict.UNKNOWN else ExitCode.REGRESSED


def _why(
    verdict: Verdict, checks: Mapping[str, Judgement], thresholds: Sequence[ThresholdResult], reasons: Sequence[str]
) -> str:
    """Return the first thing that made the verdict what it is."""
    of_checks = [f"{name}: {judgement.why}" for name, judgement in checks.items() if judgement.valid is verdict]
    of_thresholds = [f"{limit.metric}: {limit.why}" for limit in thresholds if limit.valid == verdict.value]
    match verdict:
        case Verdict.FAIL:
            return (of_checks + of_thresholds)[0]
        case Verdict.UNKNOWN:
            return ([*reasons, *of_checks, *of_thresholds])[0]
        case _:
            counted = ((len(checks), "check"), (len(thresholds), "threshold"))
            return ", ".join(
                f"{count} {name} holds" if count == 1 else f"{count} {name}s hold" for count, name in counted if count
            )


def written(judgement: Judgement) -> CheckResult:
    """Return what a check said in the form that is stored."""
    evidence = [
        Finding(
            text=one.text,
            operations=list(one.operations),
            events=list(one.events),
            messages=list(one.messages),
            faults=list(one.faults),
            time_ns=one.time_ns,
        )
        for one in judgement.evidence
    ]
    return CheckResult(
        valid=judgement.valid.value,
        why=judgement.why,
        evidence=evidence,
        counts=judgement.counts,
        contradiction=judgement.contradiction,
        cycle=judgement.cycle,
    )
