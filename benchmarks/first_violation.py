"""Seconds to the first violation: every broken variant and every mutant, aimed and blind (`make convictions`).

Aimed is the schedule made for it; blind is the soak of its pattern (tests/soak), seed after seed under `--swarm`. The
time is CPU time of one process. Blind is bounded by --seeds and --seconds for each; who was not found within that is
called so, and what was spent on it counts. A soak has no limits on figures: what only a figure shows can't be found
blind. There is no peer: the sum is what we improve.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from chaosctl.search.pool import Died, Pool
from tests.mutants.hunt import Bound, Found, Hunt, Report, Subject, hunt, subjects

Row = tuple[Subject, Report]


def main() -> None:
    """Hunt, print, and with --check end with status 1 where an aimed schedule does not convict."""
    asked = _options()
    bound = Bound(asked.seeds, asked.seconds)
    wanted = [each for each in subjects() if asked.only in f"{each.pattern}.{each.name}"]
    rows = sorted(_hunted(wanted, bound, asked.workers), key=lambda row: wanted.index(row[0]))
    if asked.json:
        print(json.dumps(_document(rows, bound), indent=1))
    else:
        _print(rows, bound)
    if asked.check and not all(report.aimed is not None and report.aimed.violated for _, report in rows):
        sys.exit(1)


def _hunted(wanted: Sequence[Subject], bound: Bound, workers: int) -> Iterator[Row]:
    for done, (job, report) in enumerate(Pool(hunt, workers=workers).run(Hunt(each, bound) for each in wanted), 1):
        assert not isinstance(report, Died), f"{job.subject.pattern}.{job.subject.name}: {report.how}"
        print(f"\r{done} of {len(wanted)}", end="", file=sys.stderr, flush=True)
        yield job.subject, report
    print(file=sys.stderr)


def _print(rows: Sequence[Row], bound: Bound) -> None:
    print(f"{'variant (v) or mutant (m)':<46} {'must be convicted by':<36} {'aimed: runs, s':>14}  blind: seeds, s, by")
    for subject, report in rows:
        name = f"{subject.kind[0]} {subject.pattern}.{subject.name}"
        aimed, blind = _cells(report.aimed, "runs"), _cells(report.blind, "seeds")
        by = ", ".join(report.blind.violated) if report.blind else ""
        print(f"{name:<46} {', '.join(subject.checks):<36} {aimed:>14}  {blind:>18}  {by}".rstrip())
    print()
    for line in _summary(rows, bound):
        print(line)


def _cells(found: Found | None, unit: str) -> str:
    if found is None:
        return "nothing to try"
    return f"{found.seeds} {found.cpu_s:8.3f}" if found.violated else f"none of {found.seeds} {unit}"


def _summary(rows: Sequence[Row], bound: Bound) -> Iterator[str]:
    for kind in ("variant", "mutant"):
        reports = [report for subject, report in rows if subject.kind == kind]
        aimed = [report.aimed for report in reports if report.aimed is not None]
        blind = [report.blind for report in reports if report.blind is not None]
        if not aimed or not blind:
            continue
        convicted = sum(1 for found in aimed if found.violated)
        aimed_s, blind_s = (sum(found.cpu_s for found in of) for of in (aimed, blind))
        seen = [found for found in blind if found.violated]
        yield f"{convicted} of {len(reports)} {kind}s convicted aimed, {aimed_s:.1f} s in all"
        within = f"{bound.seeds} seeds and {bound.seconds:g} s each"
        yield f"{len(seen)} of {len(blind)} {kind}s convicted blind within {within}, {blind_s:.0f} s in all"
        yield f"  {len(reports) - len(blind)} {kind}s had no soak"
        if seen:
            seeds, cpu_s = (
                statistics.median(each) for each in zip(*((one.seeds, one.cpu_s) for one in seen), strict=True)
            )
            yield f"  of those found the median took {seeds:g} seeds, {cpu_s:.2f} s"


def _document(rows: Sequence[Row], bound: Bound) -> dict[str, Any]:
    return {
        "bound": asdict(bound),
        "subjects": [
            {
                "pattern": subject.pattern,
                "name": subject.name,
                "kind": subject.kind,
                "checks": subject.checks,
                "aimed": asdict(report.aimed) if report.aimed else None,
                "blind": asdict(report.blind) if report.blind else None,
            }
            for subject, report in rows
        ],
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200, help="blind: so many seeds at most (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="blind: so many CPU seconds (default %(default)s)")
    parser.add_argument("--only", default="", help="those whose name, PATTERN.NAME, has this in it")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 where an aimed schedule does not convict")
    return parser.parse_args()


if __name__ == "__main__":
    main()
