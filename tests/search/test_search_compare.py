"""`chaosctl compare`: the same seeds through every column, one table, and no difference that is not there."""

import json

import pytest
from typer.testing import CliRunner

from chaosctl.cli.app import app
from chaosctl.errors import BadInput, ExitCode
from chaosctl.reports.compare_text import render, render_markdown
from chaosctl.reports.symbols import ASCII, UNICODE
from chaosctl.search import compare as comparing
from chaosctl.search.compare import Column, Comparison, Job, Outcome, compare, on_processes
from chaosctl.search.compare_document import as_document
from chaosctl.search.pool import Died
from chaosctl.search.variants import variants
from tests.conftest import ASK, plan_of


def experiment():
    return plan_of(ASK, 0).experiment


def outcome(seed, verdict="pass", expected="pass", **figures):
    """Return what a run gave; figures by name, with __ for /."""
    named = {name.replace("__", "/").replace("_", "-"): value for name, value in figures.items()}
    return Outcome(seed=seed, verdict=verdict, as_expected=verdict == expected, why=f"said {verdict}", figures=named)


def compared(*columns, runtime="simulation", **options):
    """Return a comparison of columns, each a list of outcomes."""
    made = [Column((f"column-{number}",), (), experiment()) for number in range(len(columns))]
    for column, outcomes in zip(made, columns, strict=True):
        column.outcomes = {each.seed: each for each in outcomes}
    return Comparison(made, range(max(map(len, columns))), runtime, **options)


def judged(first, other, name="availability__all"):
    """Return what the document says of a second column with these values."""
    sides = [[outcome(seed, **{name: value}) for seed, value in enumerate(values)] for values in (first, other)]
    return as_document(compared(*sides))["figures"][0]["values"][1]["judged"]


def chaosctl(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)], env={"COLUMNS": "80"})


@pytest.fixture
def ask(tmp_path):
    """Return an experiment file, and options that put results beside it."""
    (tmp_path / "ask.toml").write_text(ASK)
    return [tmp_path / "ask.toml", "--results", tmp_path / "results"]


def test_experiments_variants_and_values_multiply():
    found = variants(["a/one.toml", "two"], ["bad"], ["workload.clients=1,4", "duration=50ms,1s"])
    assert len(found) == 2 * 2 * 2 * 2
    assert found[0].label == ("one", "correct", "clients=1", "duration=50ms")
    assert found[-1].label == ("two", "bad", "clients=4", "duration=1s")
    assert found[-1].overrides[-2:] == ("workload.clients=4", "duration=1s")


def test_experiments_of_the_same_stem_are_told_apart():
    assert [each.label for each in variants(["paxos/lossy", "two-phase-commit/lossy"], [], [])] == [
        ("paxos/lossy",),
        ("two-phase-commit/lossy",),
    ]


def test_a_value_with_commas_in_it_is_one_value():
    found = variants(["a"], [], ['system.roles.voter=["n1", "n2"],["n1"]'])
    assert [each.overrides for each in found] == [('system.roles.voter=["n1", "n2"]',), ('system.roles.voter=["n1"]',)]


@pytest.mark.parametrize("text", ["workload.clients", "workload.clients=", "=1,2"])
def test_a_key_without_values_is_refused(text):
    with pytest.raises(BadInput):
        variants(["a"], [], [text])


def test_every_column_goes_through_the_same_seeds_by_turns():
    comparison = Comparison([Column((name,), (), experiment()) for name in "ab"], range(3, 6), "processes")
    ran = []

    def run(jobs):
        for job in jobs:
            ran.append((job.seed, job.column))
            yield job, outcome(job.seed)

    compare(comparison, run, lambda _: None)
    assert ran == [(3, 0), (3, 1), (4, 0), (4, 1), (5, 0), (5, 1)]
    assert [sorted(column.outcomes) for column in comparison.columns] == [[3, 4, 5]] * 2


def test_an_interrupted_comparison_keeps_what_it_has():
    comparison = Comparison([Column(("a",), (), experiment())], range(3), "simulation")

    def run(jobs):
        yield next(jobs), outcome(0)
        raise KeyboardInterrupt

    compare(comparison, run, lambda _: None)
    assert comparison.exit_code is ExitCode.INTERRUPTED
    assert as_document(comparison)["columns"][0]["verdicts"] == {"pass": 1}


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        ([0.5] * 6, [0.6] * 6, "better"),
        ([0.5] * 6, [0.4] * 6, "worse"),
        ([0.5] * 8, [0.6] * 7 + [0.4], ""),  # 7 of 8 come by chance in 7 % of all cases,
        ([0.5] * 9, [0.6] * 8 + [0.4], "better"),  # 8 of 9 in 4 %.
        ([0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8], "better"),
        ([0.1, 0.2, 0.3, 0.6], [0.5, 0.7, 0.7, 0.8], ""),
        ([0.1, 0.1, 0.1], [0.9, 0.9, 0.9], ""),  # Three prove nothing.
        ([0.5] * 20, [0.5] * 14 + [0.6] * 6, ""),  # The medians are the same.
    ],
)
def test_a_column_is_called_better_or_worse_only_where_chance_does_not_explain_it(first, other, expected):
    assert judged(first, other) == expected


def test_less_is_better_where_the_figure_says_so_and_neither_where_it_says_nothing():
    assert judged([1.0] * 6, [0.5] * 6, "recovery_time__all") == "better"
    assert judged([1.0] * 6, [0.5] * 6, "operations__all__ok") == ""


def test_a_median_that_was_cut_short_by_the_end_of_the_run_says_so():
    ended = [outcome(seed, takeover_time__all=0.1) for seed in range(4)]
    unended = [outcome(seed, takeover_time__all=2.0) for seed in range(4)]
    for each in unended[:3]:
        each.at_least = ("takeover-time",)
    shown = render(as_document(compared(ended, unended)), ASCII, 80)
    assert "> 2 s +1,900% worse" in shown


def test_a_figure_that_only_some_seeds_have_says_how_many():
    shown = render(as_document(compared([outcome(0, takeover_time__all=0.1), outcome(1)])), ASCII, 80)
    assert "0.1 s [1]" in shown


def test_columns_that_do_not_fit_stand_under_one_another_beside_the_first():
    columns = [[outcome(seed, availability__all=0.5 + number / 20) for seed in range(6)] for number in range(7)]
    document = as_document(compared(*columns))
    shown = render(document, ASCII, 80)
    assert max(map(len, shown.splitlines())) <= 80
    assert all(f"column-{number}" in shown for number in range(7))
    assert shown.count("column-0") == shown.count("expected") > 1
    assert render(document, ASCII, 400).count("column-0") == 1


def test_a_column_that_is_not_as_expected_says_so_first_and_why():
    document = as_document(compared([outcome(0)], [outcome(0, "fail")]))
    assert document["exit_code"] == ExitCode.REGRESSED
    shown = render(document, UNICODE, 80)
    assert shown.startswith("✗ NOT AS EXPECTED")
    assert "column-1: fail, seed 0: said fail" in shown


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["pass", "pass"], ExitCode.PASSED),
        (["pass", "unknown"], ExitCode.UNKNOWN),
        (["unknown", "fail"], ExitCode.REGRESSED),
        (["fail", "broken"], ExitCode.RUN_BROKE),
    ],
)
def test_the_worst_column_decides_the_exit_code(outcomes, code):
    assert compared(*([outcome(0, verdict)] for verdict in outcomes)).exit_code is code


def test_a_seed_that_kills_its_worker_is_told_and_no_verdict():
    comparison = Comparison([Column(("a",), (), experiment())], range(1), "simulation")
    compare(comparison, lambda jobs: ((job, Died("no memory left")) for job in jobs), lambda _: None)
    assert comparison.exit_code is ExitCode.RUN_BROKE
    assert "no memory left" in render(as_document(comparison), ASCII, 80)


def test_markdown_is_one_table_and_takes_nothing_for_markup():
    document = as_document(compared([outcome(0, availability__all=0.5)], [outcome(0, availability__all=1.0)]))
    document["columns"][1]["label"] = ["a|b*"]
    shown = render_markdown(document)
    assert r"| | column-0 | a\|b\* |" in shown
    assert "| availability in 1 s | 50% | 100% +50pp |" in shown


@pytest.mark.slow
def test_values_of_a_key_are_simulated_and_kept(ask, tmp_path):
    ran = chaosctl(*ask, "--vary", "system.nodes=3,4", "--seeds", 2, "--json")
    document = json.loads(ran.stdout)
    assert ran.exit_code == ExitCode.PASSED
    assert [column["label"] for column in document["columns"]] == [["nodes=3"], ["nodes=4"]]
    assert [column["verdicts"] for column in document["columns"]] == [{"pass": 2}] * 2
    [folder] = [path for path in (tmp_path / "results" / "compare").iterdir() if not path.is_symlink()]
    assert json.loads((folder / "compare.json").read_text()) == document
    assert "nodes=4" in (folder / "table.txt").read_text()


@pytest.mark.slow
def test_the_same_comparison_gives_the_same_table(ask):
    tables = {chaosctl(*ask, "--vary", "system.nodes=3,4", "--seeds", 2, "--markdown").stdout for _ in range(2)}
    assert len(tables) == 1


@pytest.mark.slow
def test_a_broken_variant_is_expected_to_be_convicted(tmp_path):
    options = ["--seeds", 1, "--results", tmp_path, "--set", "system.nodes=4", "--set", "duration=1500ms"]
    ran = chaosctl("raft-election/half-quorum", "--broken", "half-quorum,votes-again", *options, "--json")
    _, convicted, acquitted = json.loads(ran.stdout)["columns"]
    assert (convicted["expected"], convicted["exit_code"]) == ("fail", ExitCode.PASSED)
    assert "quorum-backed" in convicted["violated"]
    assert acquitted["verdicts"] != {"fail": 1}
    assert ran.exit_code != ExitCode.PASSED


@pytest.mark.slow
def test_what_a_store_does_not_check_is_not_said_to_hold_there(tmp_path):
    ran = chaosctl("eventual/partition", "cap/no-partition", "--seeds", 1, "--results", tmp_path)
    [row] = [line.split() for line in ran.stdout.splitlines() if line.split()[:1] == ["linearizable"]]
    assert row == ["linearizable", "-", "1"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--metric", "availabilty"], 'did you mean "availability"?'),
        (["--broken", "own-valu"], 'did you mean "own-value"?'),
        (["--vary", "workload.clents=1,2"], 'did you mean "clients"?'),
        (["--json", "--markdown"], "choose one"),
    ],
)
def test_a_mistake_is_told_before_anything_runs(options, complaint, ask, tmp_path):
    refused = chaosctl(*ask, *options)
    assert isinstance(refused.exception, BadInput)
    assert complaint in str(refused.exception)
    assert not (tmp_path / "results").exists()


def test_a_run_that_broke_is_one_outcome_and_the_others_go_on(monkeypatch, tmp_path):
    def refuse(plan, _results):
        raise comparing.RunBroke(f"node n1 of seed {plan.seed} would not start")

    monkeypatch.setattr(comparing, "run_on_processes", refuse)
    comparison = Comparison([Column(("a",), (), experiment())], range(2), "processes")
    jobs = [Job(0, ASK, seed) for seed in comparison.seeds]
    found = [outcome for _, outcome in on_processes(comparison, tmp_path)(jobs)]
    assert [(each.verdict, each.why) for each in found] == [
        ("broken", f"node n1 of seed {seed} would not start") for seed in range(2)
    ]


@pytest.mark.processes
@pytest.mark.slow
def test_runs_on_processes_are_kept_below_the_comparison(ask):
    ran = chaosctl(*ask, "--vary", "system.nodes=1,2", "--seeds", 1, "--processes", "--json")
    first, second = json.loads(ran.stdout)["columns"]
    assert "1-nodes-1" in first["runs"][0]
    assert "2-nodes-2" in second["runs"][0]
