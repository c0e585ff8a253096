"""What a report says in words: the headline, checks and limits, figures by phase, problems. No layout, no colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from chaosctl.checkers.vacuity import latency_is_unknown
from chaosctl.history.findings import Measured, MeasuredValue, ThresholdResult
from chaosctl.history.read import StoredRun
from chaosctl.measurements import FIGURES
from chaosctl.reports.silent_nodes import silent_nodes
from chaosctl.reports.symbols import Symbols
from chaosctl.reports.words import amount, plain, time_text, with_deadline

PHASES = ("before", "faults", "after", "all")


@dataclass(frozen=True)
class Statement:
    """One check or limit: pass, fail or unknown, its name, and what there is to say."""

    valid: str
    name: str
    text: str


@dataclass(frozen=True)
class FigureRow:
    """One figure of one side: its values in the order of the table's phases, "" where there was no sample."""

    name: str
    values: tuple[str, ...]


def verdict_word(run: StoredRun) -> str:
    """Return pass, fail or unknown; "broken" for a run that never got to its verdict."""
    return run.verdict.verdict if run.verdict is not None else "broken"


def expectation(run: StoredRun) -> str:
    """Return how the verdict compares with what the experiment expects."""
    if run.verdict is None:
        return "no verdict: the run broke off"
    if run.verdict.as_expected:
        return "as expected"
    if run.verdict.verdict == "unknown":
        return f"nothing was proven; expected {plain(run.verdict.expected)}"
    if run.verdict.verdict == run.verdict.expected:
        return "not as expected"
    return f"expected {plain(run.verdict.expected)}"


def reasons(run: StoredRun) -> list[str]:
    """Return why the verdict is what it is, each sentence once."""
    if run.verdict is None:
        return [plain(note) for note in run.recording.notes]
    return [plain(text) for text in dict.fromkeys([run.verdict.why, *run.verdict.reasons]) if text]


def subtitle(run: StoredRun) -> str:
    """Return what was run, on one line."""
    declared, about = run.recording.declared, run.about
    system = f"{declared.pattern or 'a command'} on {len(declared.nodes)} nodes"
    parts = [system, f"workload {declared.workload}", str(about.get("runtime", "")), f"seed {about.get('seed', '?')}"]
    return plain(", ".join(part for part in parts if part))


def differences(runs: Sequence[StoredRun]) -> list[str]:
    """Return for each run its options that are not the same in all of them, as `rule none`: what is compared."""
    options = [run.recording.declared.options for run in runs]
    names = dict.fromkeys(chain(*options))
    differing = [name for name in names if any(each.get(name) != options[0].get(name) for each in options)]
    return [plain(", ".join(f"{name} {each.get(name, 'not set')}" for name in differing)) for each in options]


def checks(run: StoredRun) -> list[Statement]:
    """Return what each check said, the worst first."""
    found = run.verdict.checks if run.verdict is not None else {}
    statements = [Statement(check.valid, plain(name), plain(check.why)) for name, check in found.items()]
    return sorted(statements, key=lambda statement: _badness(statement.valid))


def limits(run: StoredRun, symbols: Symbols) -> list[Statement]:
    """Return each limit beside what was measured, the worst first."""
    found = run.verdict.thresholds if run.verdict is not None else []
    return sorted(limits_of(run, found, symbols), key=lambda statement: _badness(statement.valid))


def limits_of(run: StoredRun, found: Sequence[ThresholdResult], symbols: Symbols) -> list[Statement]:
    """Return these limits beside what was measured, in their order."""
    return [Statement(limit.valid, _limit_name(limit), _limit_text(run, limit, symbols)) for limit in found]


def figure_table(run: StoredRun) -> tuple[tuple[str, ...], list[FigureRow]]:
    """Return phases and rows: the figures of the whole and of its sides; those of nodes and operations are in --json.

    A run without faults has but one phase, which is the whole.
    """
    phases = PHASES if any(row.phase == "applied" for row in run.recording.faults) else PHASES[-1:]
    measured = run.metrics or {}
    rows = []
    for name in [*(name for name in FIGURES if name in measured), *sorted(set(measured) - set(FIGURES))]:
        figure = measured[name]
        values = [value for value in figure.values if not value.f and not value.node]
        slices = dict.fromkeys((value.side, str(value.extra.get("type", ""))) for value in values)
        for side, kind in sorted(slices, key=_kind_order):
            mine = {v.phase: v for v in values if v.side == side and str(v.extra.get("type", "")) == kind}
            named = with_deadline(name, {run.recording.declared.timeout})
            label = ", ".join(part for part in (f"{named} {kind}".strip(), side) if part)
            rows.append(FigureRow(plain(label), tuple(_cell(figure, mine.get(phase)) for phase in phases)))
    return phases, rows


def limits_beside(run: StoredRun, symbols: Symbols) -> dict[tuple[str, str], list[Statement]]:
    """Return the limits that stand beside a cell of the figure table, by its row's name and its phase."""
    found: dict[tuple[str, str], list[Statement]] = {}
    for limit in run.verdict.thresholds if run.verdict is not None else []:
        if not limit.f:
            unit = run.metrics[limit.metric].unit if run.metrics and limit.metric in run.metrics else ""
            named = f"{with_deadline(limit.metric, {run.recording.declared.timeout})} {limit.type or ''}".strip()
            label = plain(", ".join(part for part in (named, limit.side) if part))
            found.setdefault((label, limit.phase), []).append(
                Statement(limit.valid, label, _bounds(limit, unit, symbols))
            )
    return found


def problems(run: StoredRun) -> list[str]:
    """Return what makes the run less than whole: broken off, faults that never were, nodes that misbehaved."""
    found = [plain(note) for note in run.recording.notes]
    if why := latency_is_unknown(run.recording):
        found.append(f"latency has no value: {why}")
    for fault in run.recording.faults:
        if fault.phase == "never":
            found.append(plain(f"fault {fault.name} ({fault.kind}) never happened: {fault.why}"))
        elif fault.phase == "healed" and not fault.touched:
            found.append(
                plain(f"fault {fault.name} ({fault.kind}), healed at {time_text(fault.time)}, touched nothing")
            )
    counted = run.about.get("problems") or {}
    if isinstance(counted, dict):
        for node, kinds in counted.items():
            shown = ", ".join(f"{kind} {count}x" for kind, count in kinds.items()) if isinstance(kinds, dict) else kinds
            found.append(plain(f"{node}: {shown}"))
    found += silent_nodes(run.recording)
    return found + [plain(text) for text in _first_of_each_problem(run)]


def _first_of_each_problem(run: StoredRun) -> list[str]:
    """Return, for each node and problem, when it was first seen, with the reason and the line."""
    first: dict[tuple[str, str], str] = {}
    for event in run.recording.events:
        if event.fields.get("problem") and (event.node, event.event) not in first:
            details = [event.fields[key] for key in ("why", "line", "said") if event.fields.get(key)]
            if details:
                told = ": ".join([event.event, *map(str, details)])
                first[event.node, event.event] = f"{event.node} at {time_text(event.time)}: {told}"
    return list(first.values())


def _badness(valid: str) -> int:
    return {"fail": 0, "unknown": 1}.get(valid, 2)


def _kind_order(side_and_kind: tuple[str, str]) -> tuple[str, int]:
    side, kind = side_and_kind
    return side, {"ok": 0, "fail": 1, "info": 2}.get(kind, 3)


def _cell(figure: Measured, value: MeasuredValue | None) -> str:
    if value is None:
        return ""
    at_least = "> " if value.extra.get("at_least") else ""
    return at_least + amount(value.value, figure.unit)


def _limit_name(limit: ThresholdResult) -> str:
    slices = [limit.phase if limit.phase != "all" else "", limit.side or "", limit.f or ""]
    inside, named = ", ".join(part for part in slices if part), f"{limit.metric} {limit.type or ''}".strip()
    return plain(f"{named} ({inside})" if inside else named)


def _limit_text(run: StoredRun, limit: ThresholdResult, symbols: Symbols) -> str:
    """Return "94.2% < 95% (412 samples)": what was measured first, then every limit it has."""
    unit = run.metrics[limit.metric].unit if run.metrics and limit.metric in run.metrics else ""
    if limit.value is None:
        bounds = _bounds(limit, unit, symbols)
        return plain(f"no sample, wanted {bounds}" + (f": {limit.why}" if limit.why else ""))
    parts = []
    if limit.min is not None:
        sign = symbols.at_least if limit.value >= limit.min else symbols.below
        parts.append(f"{sign} {_exact(limit.min, unit)}")
    if limit.max is not None:
        sign = symbols.at_most if limit.value <= limit.max else symbols.above
        parts.append(f"{sign} {_exact(limit.max, unit)}")
    samples = "1 sample" if limit.samples == 1 else f"{limit.samples} samples"
    return f"{amount(limit.value, unit)} {' and '.join(parts)} ({samples})"


def _bounds(limit: ThresholdResult, unit: str, symbols: Symbols) -> str:
    low = [f"{symbols.at_least} {_exact(limit.min, unit)}"] if limit.min is not None else []
    high = [f"{symbols.at_most} {_exact(limit.max, unit)}"] if limit.max is not None else []
    return " and ".join(low + high)


def _exact(value: float, unit: str) -> str:
    """Return a limit as the file means it: never rounded."""
    return f"{float(f'{value * 100:.10g}'):g}%" if unit == "share" else amount(value, unit)


def run_name(run: StoredRun) -> str:
    """Return the experiment's name."""
    return plain(run.recording.declared.experiment)
