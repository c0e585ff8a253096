"""A sweep goes on where it stopped, groups and keeps what fails, and says no more than it has seen."""

import pytest

from chaosctl.catalogue import catalogue
from chaosctl.errors import ExitCode, RunBroke
from chaosctl.experiment.load import load
from chaosctl.search.pool import Died
from chaosctl.search.seeds_log import SEEDS
from chaosctl.search.sweep import Search, Sweep, keep_failures, sweep
from chaosctl.search.sweep_document import as_document
from chaosctl.search.trial import BROKEN, Result, run_trial
from tests.conftest import text_of


class Here:
    """Workers that run trials in this very process, or give what they are told to; `begun` are the seeds they took."""

    def __init__(self, given=None, *, interrupted_after=None):
        self.given, self.begun, self.interrupted_after = given, [], interrupted_after

    def run(self, jobs):
        for job in jobs:
            if len(self.begun) == self.interrupted_after:
                raise KeyboardInterrupt
            self.begun.append(job.seed)
            yield job, self.given(job.seed) if self.given else run_trial(job)


@pytest.fixture
def experiment():
    return load(text_of("paxos/own-value"), catalogue())


@pytest.fixture
def correct():
    """Return an experiment that expects a pass."""
    text = text_of("paxos/no-fault")
    return load(text[: text.index("[expect]")], catalogue())


def passed(seed, **more):
    return Result(seed=seed, verdict="pass", as_expected=True, why="all checks hold", **more)


def failed(seed, *violated):
    return Result(seed=seed, verdict="fail", as_expected=False, why=f"{violated}", violated=list(violated))


def unknown(seed, why="nobody asked"):
    return Result(seed=seed, verdict="unknown", as_expected=False, why=why)


def swept(experiment, search, workers, results):
    return sweep(experiment, search, workers, results, lambda _done: None)


def of(experiment, *results, swarm=False):
    """Return a sweep that has seen these."""
    return Sweep(experiment, Search(swarm=swarm), list(results))


def test_an_interrupted_sweep_goes_on_where_it_stopped_with_the_same_results(experiment, tmp_path):
    workers = Here(interrupted_after=2)
    first = swept(experiment, Search(count=4), workers, tmp_path)
    assert (first.is_interrupted, first.exit_code, len(first.results)) == (True, ExitCode.INTERRUPTED, 2)
    again = Here()
    second = swept(experiment, Search(count=4), again, tmp_path)
    assert again.begun == [2, 3]
    whole = swept(experiment, Search(count=4), Here(), tmp_path / "elsewhere")
    assert [timeless(result) for result in second.having("fail")] == [timeless(each) for each in whole.having("fail")]
    assert (second.earlier, second.exit_code) == (2, ExitCode.PASSED)


@pytest.mark.parametrize("change", ["text", "swarm", "code"])
def test_a_sweep_of_something_else_begins_afresh(change, experiment, tmp_path, monkeypatch):
    swept(experiment, Search(count=3), Here(passed), tmp_path)
    search, workers = Search(count=3, swarm=change == "swarm"), Here(passed)
    if change == "text":
        experiment = experiment.model_copy(update={"duration": 0.7})
    if change == "code":
        monkeypatch.setattr("chaosctl.search.seeds_log.source_digest", lambda: "other")
    assert swept(experiment, search, workers, tmp_path).earlier == 0
    assert workers.begun == [0, 1, 2]


def test_a_line_that_was_cut_short_is_run_again(experiment, tmp_path):
    swept(experiment, Search(count=3), Here(passed), tmp_path)
    path = tmp_path / experiment.name / "sweep" / SEEDS
    path.write_bytes(path.read_bytes()[:-7])
    workers = Here(passed)
    assert len(swept(experiment, Search(count=3), workers, tmp_path).results) == 3
    assert workers.begun == [2]
    assert swept(experiment, Search(count=3), Here(passed), tmp_path).earlier == 3


def test_a_sweep_until_a_failure_stops_at_the_first_and_stays_there(correct, tmp_path):
    def give(seed):
        return failed(seed, "agreement") if seed == 4 else passed(seed)

    search, workers = Search(count=None, until_fail=True), Here(give)
    assert swept(correct, search, workers, tmp_path).exit_code is ExitCode.REGRESSED
    assert workers.begun == [0, 1, 2, 3, 4]
    again = Here(give)
    assert swept(correct, search, again, tmp_path).exit_code is ExitCode.REGRESSED
    assert again.begun == []


def test_a_sweep_without_a_count_ends_with_its_time(correct, tmp_path):
    done = swept(correct, Search(first=7, count=None, seconds=0.05), Here(passed), tmp_path)
    assert done.results[0].seed == 7
    assert not done.is_interrupted


def test_a_seed_that_kills_its_worker_is_named_and_outranks_a_failure(correct, tmp_path):
    seen = {1: failed(1, "agreement"), 2: Died("its worker was ended by SIGSEGV")}
    done = swept(correct, Search(count=4), Here(lambda seed: seen.get(seed) or passed(seed)), tmp_path)
    assert done.died == {2: "its worker was ended by SIGSEGV"}
    assert done.exit_code is ExitCode.RUN_BROKE
    assert sorted(result.seed for result in done.results) == [0, 1, 3]


def test_a_sweep_whose_every_seed_kills_is_given_up(correct, tmp_path):
    workers = Here(lambda _seed: Died("its worker ended with status 1"))
    with pytest.raises(RunBroke, match="3 seeds killed their workers: seed 2: its worker ended"):
        swept(correct, Search(count=1000), workers, tmp_path)


def test_failures_are_grouped_by_what_they_violate_and_the_first_of_each_is_kept(experiment, tmp_path):
    done = swept(experiment, Search(first=3, count=3), Here(), tmp_path)
    kept = keep_failures(done, tmp_path)
    assert set(done.groups()) == set(kept) != set()
    assert all([result.seed for result in group] == [3, 4, 5] for group in done.groups().values())
    assert all(folder.name.endswith("-3") for folder in kept.values())
    assert all((folder / "verdict.json").exists() for folder in kept.values())


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([passed(0), passed(1)], ExitCode.PASSED),
        ([passed(0), failed(1, "x")], ExitCode.REGRESSED),
        ([passed(0), unknown(1)], ExitCode.UNKNOWN),  # Half of the seeds prove nothing.
        ([*map(passed, range(99)), unknown(99)], ExitCode.PASSED),
        ([unknown(0), failed(1, "x")], ExitCode.REGRESSED),  # A conviction outranks what is unknown.
        ([failed(0, "x"), Result(seed=1, verdict=BROKEN, as_expected=False, why="")], ExitCode.RUN_BROKE),
        ([], ExitCode.UNKNOWN),
    ],
)
def test_the_exit_code_of_a_sweep_that_expects_a_pass(results, code, correct):
    assert of(correct, *results).exit_code is code


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ("pass pass fail", ExitCode.PASSED),  # One conviction shows what the file says that it shows.
        ("pass pass", ExitCode.REGRESSED),
        ("unknown", ExitCode.UNKNOWN),
    ],
)
def test_the_exit_code_of_a_sweep_that_expects_a_conviction(verdicts, code, experiment):
    results = [
        Result(seed=seed, verdict=verdict, as_expected=verdict == "fail", why="")
        for seed, verdict in enumerate(verdicts.split())
    ]
    assert of(experiment, *results).exit_code is code


def test_no_failure_in_2000_seeds_excludes_rates_above_15_in_10000(correct):
    assert of(correct, *map(passed, range(2000))).rate_bound() == pytest.approx(0.0015, rel=0.01)


def test_unknown_seeds_prove_nothing_about_the_rate(correct):
    half = of(correct, *map(passed, range(1000)), *map(unknown, range(1000, 2000)))
    assert half.rate_bound() == pytest.approx(0.003, rel=0.01)
    assert of(correct, *map(passed, range(1999)), failed(1999, "x")).rate_bound() is None


def test_a_swarm_in_which_a_rare_event_never_happened_proves_nothing(correct):
    seen = [passed(seed, sometimes={"refused": 0, "learned": seed}) for seed in range(9)]
    assert of(correct, *seen, swarm=True).doubts() == [
        "refused happened in no seed, and the pattern says that it must, sometimes"
    ]
    assert of(correct, *seen).doubts() == []


def test_the_document_tells_how_figures_are_distributed_over_seeds(correct):
    values = [passed(seed, figures={"availability/all": seed / 100}, hit=seed) for seed in range(1, 101)]
    document = as_document(of(correct, *values), {})
    assert document["figures"]["availability/all"] == {
        "unit": "share",
        "seeds": 100,
        "min": 0.01,
        "p5": 0.05,
        "median": 0.5,
        "p95": 0.95,
        "max": 1.0,
    }
    assert document["medians"]["hit"] == 50.5


def test_unknown_seeds_are_counted_by_their_reason_whatever_the_numbers_in_it(correct):
    why = ["no operation ended before 1.250 s", "no operation ended before 12.000 s", "nobody led"]
    document = as_document(of(correct, *(unknown(seed, text) for seed, text in enumerate(why))), {})
    assert [(reason["count"], reason["seeds"]) for reason in document["unknown"]] == [(2, [0, 1]), (1, [2])]


def timeless(result):
    return {name: getattr(result, name) for name in result.__struct_fields__ if name != "wall_s"}
