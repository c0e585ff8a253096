"""Explore finds what single faults can show, and convicts no correct pattern."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.errors import ExitCode
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load, load_file
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.two_phase_commit import TWO_PHASE_COMMIT
from chaosctl.patterns.transactions.two_phase_commit_manager import COMMITTED, Transaction, TransactionManager
from chaosctl.patterns.transactions.two_phase_commit_messages import (
    ABORT,
    Commit,
    Committed,
    Effects,
    Prepare,
    TransferOk,
    Vote,
)
from chaosctl.patterns.transactions.two_phase_commit_resource import ResourceManager
from chaosctl.reports import explore_text
from chaosctl.reports.symbols import ASCII
from chaosctl.runtimes.run import judge_in_simulation
from chaosctl.search.attempt import Attempt, Outcome, plan_of, try_schedule
from chaosctl.search.exploration import Conviction, Exploration, as_document, write_files
from chaosctl.search.explore import Breadth, explore, local_workers
from chaosctl.search.points import Harm, Place
from chaosctl.search.pool import Died
from tests.conftest import EXPERIMENTS

MANAGER = "transaction-manager"


class Here:
    """Workers that are none: attempts run in this process, one after another. `ran` are those that did."""

    def __init__(self) -> None:
        self.ran: list[Attempt] = []

    def run(self, jobs: Iterable[Attempt]) -> Iterator[tuple[Attempt, Outcome | Died]]:
        for job in jobs:
            self.ran.append(job)
            yield job, try_schedule(job)


def explored(*overrides: str, breadth: Breadth | None = None, here: Here | None = None) -> Exploration:
    experiment = load_file(find("two-phase-commit/explore"), catalogue(), overrides)
    return explore(experiment, 1, breadth or Breadth(), here or Here())


def explored_file(name: str, breadth: Breadth) -> Exploration:
    experiment = load_file(find(name), catalogue())
    return explore(experiment, experiment.seed or 0, breadth, Here())


def violated_by(done: Exploration) -> set[str]:
    return {name for conviction in done.convictions for name in conviction.violated}


@pytest.mark.slow
def test_explore_convicts_the_correct_pattern_by_no_single_fault_and_every_fault_happens() -> None:
    done = explored()
    assert (done.baseline.verdict, done.convictions, dict(done.unknown), done.missed) == ("pass", [], {}, 0)
    assert done.held == done.singles.tried == done.singles.total > 100
    assert done.exit_code == ExitCode.PASSED


@pytest.mark.slow
def test_explore_convicts_the_correct_pattern_by_no_pair_and_recovery_is_hit_too() -> None:
    here = Here()
    done = explored(breadth=Breadth(pairs=True, limit=500), here=here)
    assert done.pairs.tried == 500 - done.singles.total
    assert done.pairs.total > 10_000
    assert (done.convictions, done.exit_code) == ([], ExitCode.PASSED)
    seconds = [attempt.harms[1] for attempt in here.ran if len(attempt.harms) == 2]
    assert {harm.place.nth for harm in seconds if harm.place.name == f"{MANAGER}.starts:pre"} == {2}


MADE_FOR_EXPLORE = sorted(f"{path.parent.name}/{path.stem}" for path in EXPERIMENTS.glob("*/explore*.toml"))


@pytest.mark.slow
@pytest.mark.parametrize("name", MADE_FOR_EXPLORE)
def test_no_single_fault_convicts_a_correct_pattern(name: str) -> None:
    done = explored_file(name, Breadth(limit=60))
    assert (done.convictions, done.exit_code) == ([], ExitCode.PASSED), done.baseline.why


def test_an_operators_orders_are_explored_with_and_other_faults_left_out() -> None:
    done = explored_file("outbox/reconciler-crash", Breadth(limit=2))
    kinds = [fault.kind for fault in load(done.text, catalogue()).faults]
    assert (kinds, done.held, done.missed) == (["operator"] * 3, 2, 0)


def test_a_fault_that_never_happens_is_missed_whatever_an_operator_does() -> None:
    text = find("outbox/explore-damaged").read_text(encoding="utf-8")
    nowhere = Harm(Place("n1", "resource-manager.repair:pre", "", 9), "crash")
    assert try_schedule(Attempt(text, 1, (nowhere,))).missed


def test_a_convictions_file_has_the_operators_orders_too(tmp_path: Path) -> None:
    done = explored_file("message-transaction/explore-poison", Breadth(limit=1))
    conviction = Conviction((Harm(done.baseline.places[0][1], "drop"),), ("nothing-left",), "why")
    done.convictions.append(conviction)
    written = load_file(write_files(done, tmp_path)[conviction.harms], catalogue())
    assert [fault.kind for fault in written.faults] == ["operator", "loss"]


@pytest.mark.slow
@pytest.mark.parametrize("broken", list(TWO_PHASE_COMMIT.broken))
def test_explore_convicts_a_broken_variant_of_what_it_breaks(broken: str) -> None:
    done = explored(f"system.broken={broken}")
    assert TWO_PHASE_COMMIT.broken[broken].violates in violated_by(done)  # type: ignore[attr-defined]
    assert done.exit_code == ExitCode.REGRESSED


class LogsNothing(TransactionManager):
    """Decides in memory alone (reference 2.2: no_tm_log)."""

    violates = "atomic-commit"

    async def commit(self, transaction: Transaction) -> None:
        transaction.state = COMMITTED
        if transaction.request is not None:
            await self.reply(transaction.request, TransferOk())
        await self.tell_commit(transaction)


class VotesFirst(ResourceManager):
    """Votes before its prepare is on disk (no_rm_log)."""

    violates = "atomic-commit"

    async def on_prepare(self, prepare: Prepare) -> None:
        await self.reply(prepare, Vote(gid=prepare.gid, yes=True))
        await self.work(prepare)


class CommitsAgain(ResourceManager):
    """Does a transaction once more when it is told twice (no_idem)."""

    violates = "single-effect"

    async def on_commit(self, commit: Commit) -> None:
        await self.finish(commit.gid, "commit")
        async with self.database.transaction() as transaction:
            effects = await transaction.get(f"ledger/{commit.gid}", Effects, {})
            if await transaction.get(f"told/{commit.gid}", bool, default=False):
                for account, change in effects.items():
                    await accounts.change(transaction, account, change)
            await transaction.put(f"told/{commit.gid}", value=True)
        await self.reply(commit, Committed(gid=commit.gid))


class AbortsAlone(ResourceManager):
    """Loses patience in doubt and rolls back by itself (heur_abort)."""

    violates = "atomic-commit"

    async def resolve(self, gid: str) -> None:
        await self.sleep(self.options.inquiry)
        await self.finish(gid, ABORT)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", [LogsNothing, VotesFirst, CommitsAgain, AbortsAlone])
def test_explore_convicts_a_mutant_of_what_it_breaks(mutant: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TWO_PHASE_COMMIT.broken, mutant.__name__.lower(), mutant)  # type: ignore[arg-type]
    done = explored(f"system.broken={mutant.__name__.lower()}")
    assert mutant.violates in violated_by(done)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_convictions_file_runs_again_to_the_same_verdict(tmp_path: Path) -> None:
    done = explored("system.broken=log-after-send")
    shortest = done.convictions[0]
    path = write_files(done, tmp_path)[shortest.harms]
    assert [len(conviction.harms) for conviction in done.convictions] == [1] * len(done.convictions)
    experiment = load_file(path, catalogue())
    _, verdict = judge_in_simulation(plan_of(experiment, experiment.seed or 0, TWO_PHASE_COMMIT), messages_wanted=False)
    assert tuple(name for name, check in verdict.checks.items() if check.valid == "fail") == shortest.violated
    assert verdict.why == shortest.why


def test_a_crash_while_a_commit_stalls_tells_of_no_commit_that_was_not_made() -> None:
    text = find("two-phase-commit/explore").read_text(encoding="utf-8")
    stalled = Harm(Place("n2", "resource-manager.commit-prepared:pre", "", 1), "stall")
    crashed = Harm(Place("n2", "resource-manager.rpc.inquire:post", "", 1), "crash")
    outcome = try_schedule(Attempt(text, 1, (stalled, crashed)))
    assert (outcome.verdict, outcome.missed) == ("pass", False), outcome.why


def test_a_fault_whose_point_is_never_reached_is_counted_apart() -> None:
    text = find("two-phase-commit/explore").read_text(encoding="utf-8")
    nowhere = Harm(Place("n1", f"{MANAGER}.decision:pre", "", 7), "crash")
    lost = Harm(Place("n1", "prepare", "n2", 9), "drop")
    for harm in (nowhere, lost):
        outcome = try_schedule(Attempt(text, 1, (harm,)))
        assert (outcome.verdict, outcome.missed) == ("unknown", True)


def test_a_limit_is_kept_and_the_text_says_what_was_covered() -> None:
    done = explored(breadth=Breadth(limit=5))
    text = explore_text.render(as_document(done, {}), ASCII)
    assert done.tried == 5
    assert text.startswith(f"+ PASS  two-phase-commit-explore: 5 of {done.singles.total} single faults")


def test_an_experiment_that_fails_without_faults_is_not_explored() -> None:
    done = explored("workload.script[0].node=n2")
    assert (done.baseline.verdict, done.tried) == ("fail", 0)
    assert done.exit_code == ExitCode.REGRESSED


@pytest.mark.slow
def test_explore_says_the_same_on_all_cores() -> None:
    experiment = load_file(find("two-phase-commit/explore"), catalogue(), ["system.broken=no-retry"])
    here, there = (explore(experiment, 1, Breadth(limit=60), workers) for workers in (Here(), local_workers(2)))
    assert here.convictions == there.convictions
    assert (here.held, here.sites.keys()) == (there.held, there.sites.keys())


@pytest.mark.slow
def test_the_command_exits_by_what_it_found_and_names_the_files(tmp_path: Path) -> None:
    command = ["explore", "two-phase-commit/explore", "--set", "system.broken=presume-commit", "--json"]
    result = CliRunner().invoke(app, [*command, "--limit", "40", "--results", str(tmp_path)])
    assert result.exit_code == ExitCode.REGRESSED, result.output
    document = json.loads(result.stdout)
    assert document["singles"]["tried"] == 40
    assert load_file(document["convictions"][0]["file"], catalogue()).system.broken == "presume-commit"
