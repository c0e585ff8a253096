"""The linearizability checker on recorded histories, beside a plain search and beside Porcupine; and on large ones.

    python benchmarks/linearizable.py                                 # ../shared/histories, if they are there
    python benchmarks/linearizable.py --porcupine ../porcupine        # a checkout of Porcupine, where Go is installed

What is timed is the verdict on operations that are in memory, for ours and for the plain search as `Step`s of each key,
for Porcupine as its `Event`s (its own test's parsers, CheckEvents, one thread); evidence and parsing are not in it.
*Plain* is J. Wing, C. Gong (1993) with G. Lowe's memo of (linearized, state), in Python, as Porcupine is in Go: it
takes any operation that is minimal, knows nothing of reads, blind writes or reads to come, and gives up at
PLAIN_BUDGET. Ours gives up at its budget; neither did here but where the table says so.

The time of a small history is some 0.1 ms, so each is judged up to RUNS times or 0.3 s in a row, the three of a file
one after the other in every round, and the least counts: what else the machine does only ever adds. In Python it is
processor time, in Go what passes on the clock.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import msgspec
from measuring import Row, conclude

from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.linearizable import first_without_order
from chaosctl.checkers.linearizable_models import IMPOSSIBLE, KeyValue, Model, Register
from chaosctl.checkers.linearizable_plan import Step
from chaosctl.checkers.objects import model_of, objects_of, steps_of
from chaosctl.checkers.verdict import judge_check
from chaosctl.history.importing import import_history
from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation

HISTORIES = Path(__file__).resolve().parents[2] / "shared" / "histories" / "porcupine"
PLAIN_BUDGET = 100_000
RUNS = 100

GLUE = """package porcupine

import ("fmt"; "os"; "path/filepath"; "strings"; "testing"; "time")

func TestTiming(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("HISTORIES"), "*"))
	for _, f := range files {
		if strings.HasSuffix(f, ".tsv") || filepath.Base(f) != os.Getenv("ONLY") { continue }
		model, events := etcdModel, []Event(nil)
		if strings.HasSuffix(f, ".log") { events = parseJepsenLog(f) } else { model, events = kvModel, parseKvLog(f) }
		least := time.Duration(1 << 62)
		for i, begun := 0, time.Now(); i < RUNS && (i == 0 || time.Since(begun) < 300*time.Millisecond); i++ {
			start := time.Now()
			CheckEvents(model, events)
			if took := time.Since(start); took < least { least = took }
		}
		fmt.Printf("TIMING\\t%d\\n", least.Nanoseconds())
	}
}
"""


def plain(steps: Sequence[Step], model: Model) -> bool | None:
    """Return whether a plain search finds an order; None where it gives up."""
    ends = sorted((step.returned, number) for number, step in enumerate(steps) if step.returned is not None)
    needed = sum(1 << number for _returned, number in ends)
    stack, seen = [(0, model.initial)], set()
    while stack:
        done, state = stack.pop()
        if done & needed == needed:
            return True
        if (done, state) in seen:
            continue
        if len(seen) >= PLAIN_BUDGET:
            return None
        seen.add((done, state))
        limit = next(returned for returned, number in ends if not done >> number & 1)
        for number in range(len(steps) - 1, -1, -1):  # The first one to begin is tried first.
            step = steps[number]
            if step.invoked < limit and not done >> number & 1:
                after = model.apply(state, step.f, step.value)
                if after is not IMPOSSIBLE:
                    stack.append((done | 1 << number, after))
    return False


def plainly(objects: dict[object, list[Step]], model: Model) -> bool | None:
    """Return what the plain search says of all objects: no where one has no order, None where it gives up."""
    found = [plain(steps, model) for steps in objects.values()]
    return False if False in found else None if None in found else True


def read(path: Path) -> tuple[dict[object, list[Step]], Model]:
    """Return the operations of a recorded history by key, and its model."""
    imported = import_history(path)
    calls = calls_of(imported.recording)
    model = model_of(calls)
    if isinstance(model, KeyValue):
        model = KeyValue(imported.initial)
    assert model is not None, "every recorded history has a model"
    return {key: steps_of(of, model) for key, of in objects_of(calls, model).items()}, model


def least_ms(judge: Callable[[], object]) -> float:
    """Return the least time of one of a few judgements in a row."""
    took: list[float] = []
    while len(took) < RUNS and sum(took) < 300:
        start = time.process_time()
        judge()
        took.append((time.process_time() - start) * 1e3)
    return min(took)


class Porcupine:
    """Porcupine's own checker and parsers, with a test beside them that prints how long a file takes."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._program = folder / "timing.test"
        copy = folder / "porcupine"
        shutil.copytree(source, copy)
        (copy / "chaosctl_timing_test.go").write_text(GLUE.replace("RUNS", str(RUNS)), encoding="utf-8")
        subprocess.run(["go", "test", "-c", "-o", str(self._program), "."], cwd=copy, check=True)

    def least_ms(self, path: Path) -> float:
        """Return the least time of a few judgements of a file, one thread."""
        environment = os.environ | {"HISTORIES": str(path.parent), "ONLY": path.name, "GOMAXPROCS": "1"}
        command = [str(self._program), "-test.run", "^TestTiming$", "-test.timeout", "300s"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return next(int(line.split("\t")[1]) for line in done.stdout.splitlines() if line.startswith("TIMING")) / 1e6


def compare(rounds: int, porcupine: Porcupine | None) -> list[Row]:
    """Print a line for every recorded history; return the medians."""
    files = sorted(path for path in HISTORIES.glob("*") if path.suffix in (".log", ".txt"))
    print(f"{'file':<14}{'operations':>11}{'ours ms':>10}{'plain ms':>11}{'porcupine ms':>14}{'ours/porcupine':>16}")
    of_plain, of_porcupine = {}, {}
    for path in files:
        objects, model = read(path)
        times: dict[str, list[float]] = {"ours": [], "plain": [], "porcupine": []}
        says = plainly(objects, model)
        for _ in range(rounds):
            times["ours"].append(least_ms(lambda: first_without_order(dict(objects), model)))  # noqa: B023 - at once.
            if says is not None:
                times["plain"].append(least_ms(lambda: plainly(objects, model)))  # noqa: B023
            if porcupine is not None:
                times["porcupine"].append(porcupine.least_ms(path))
        least = {name: min(values, default=float("nan")) for name, values in times.items()}
        if says is not None:
            of_plain[path.name] = least["ours"] / least["plain"]
        ratio = least["ours"] / least["porcupine"]
        if porcupine is not None:
            of_porcupine[path.name] = ratio
        shown = f"{least['plain']:>11.3f}" if says is not None else f"{'gave up':>11}"
        count = sum(map(len, objects.values()))
        print(
            f"{path.name:<14}{count:>11}{least['ours']:>10.3f}{shown}{least['porcupine']:>14.3f}{ratio:>16.2f}",
            flush=True,
        )
    rows = [_median("ours / plain search, median file that it decides", of_plain, None)]
    if of_porcupine:
        etcd = {name: ratio for name, ratio in of_porcupine.items() if name.endswith(".log")}
        rows.append(_median("ours / Porcupine, median of the etcd files", etcd, 1.5))
        rows.append(_median("ours / Porcupine, median file", of_porcupine, 1.5))
    return rows


def _median(what: str, of: dict[str, float], at_most: float | None) -> Row:
    spread = f"({min(of.values()):.3g} to {max(of.values()):.3g}, n={len(of)})"
    return Row(what, statistics.median(of.values()), "", spread, at_most=at_most)


def simulated(count: int, values: int | None, cas: float) -> list[Operation]:
    """Return the rows of a register that is linearizable by making, 20 clients; `values`: how many (None: all new)."""
    random, free_at = Random(1), [0.0] * 20
    spans: list[tuple[float, float, int]] = []
    for _ in range(count):
        client = min(range(20), key=free_at.__getitem__)
        begin = free_at[client] + random.expovariate(1)
        free_at[client] = begin + random.expovariate(1 / 3)
        spans.append((begin, free_at[client], client))
    state, invoked, answered = None, [], []
    for number, (begin, end, _client) in sorted(enumerate(spans), key=lambda each: random.uniform(*each[1][:2])):
        value = number if values is None else random.randrange(values)
        drawn = random.random()
        f = "read" if drawn < 0.5 else "cas" if drawn < 0.5 + cas and state is not None else "write"
        asked = None if f == "read" else [state, value] if f == "cas" else value
        state = state if f == "read" else value
        invoked.append((begin, number, "invoke", f, asked))
        answered.append((end, number, "ok", f, state if f == "read" else asked))
    rows = sorted([*invoked, *answered], key=lambda row: row[0])
    return [
        Operation(index=index, time=round(at * 1e6), process=spans[number][2], type=kind, f=f, value=value)
        for index, (at, number, kind, f, value) in enumerate(rows)
    ]


def large(rounds: int) -> list[Row]:
    """Return what large histories take, from the rows to the verdict, and beside decoding the same rows from JSON."""
    found = []
    for what, rows in (
        ("100,000 operations, 20 clients, every value new", simulated(100_000, None, 0.0)),
        ("100,000 operations with compare-and-set, every value new", simulated(100_000, None, 0.2)),
        ("10,000 operations with compare-and-set, 5 values", simulated(10_000, 5, 0.3)),
    ):
        encoded = msgspec.json.encode(rows)
        recording = Recording(None, rows)  # type: ignore[arg-type] - nothing of what is declared is asked for.
        objects = {"it": steps_of(calls_of(recording), Register())}
        decided = min(least_ms(lambda: first_without_order(dict(objects), Register())) for _ in range(rounds))  # noqa: B023
        judged = min(least_ms(lambda: judge_check("linearizable", recording)) for _ in range(rounds))  # noqa: B023
        decoded = min(least_ms(lambda: msgspec.json.decode(encoded, type=list[Operation])) for _ in range(rounds))  # noqa: B023
        bound = 500 if "every value new" in what else 2000
        found.append(Row(what, decided, "ms", at_most=bound))
        found.append(Row("  the same from its rows, as `judge_check` has it", judged, "ms", at_most=bound))
        found.append(Row("  the first / decoding the rows with msgspec", decided / decoded))
    return found


def exhausted() -> list[Row]:
    """Return what a search takes that runs out of its budget: 10,000 operations, some answers of which are wrong."""
    script = (
        "import resource, time, benchmarks_linearizable as b;"
        "rows = b.simulated(10_000, 5, 0.3); b.spoil(rows); start = time.process_time();"
        "j = b.judge_check('linearizable', b.Recording(None, rows));"
        "print(j.valid, time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    script = script.replace("benchmarks_linearizable", Path(__file__).stem)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    verdict, seconds, memory = done.stdout.split()
    return [
        Row(f"10,000 operations, 5 values, wrong answers: {verdict}", float(seconds) * 1e3, "ms"),
        Row("  its memory, Python and the history in it", float(memory), "MiB", at_most=500),
    ]


def spoil(rows: list[Operation]) -> None:
    """Make some late answers wrong."""
    reads = [row for row in rows[len(rows) // 2 :] if row.type == "ok" and row.f == "read" and row.value is not None]
    for row in Random(1).sample(reads, 20):
        row.value = (row.value + 1) % 5


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 where a bound does not hold")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default %(default)s)")
    parser.add_argument("--porcupine", type=Path, help="a checkout of github.com/anishathalye/porcupine, for Go")
    arguments = parser.parse_args()
    if arguments.porcupine is not None and shutil.which("go") is None:
        sys.exit("--porcupine: there is no `go` in the PATH")
    rows: list[Row] = []
    if HISTORIES.is_dir():
        with tempfile.TemporaryDirectory() as folder:
            peer = Porcupine(arguments.porcupine, Path(folder)) if arguments.porcupine is not None else None
            rows += compare(arguments.rounds, peer)
    else:
        print(f"no recorded histories: {HISTORIES} is not there")
    conclude([*rows, *large(arguments.rounds), *exhausted()], check=arguments.check)


if __name__ == "__main__":
    main()
