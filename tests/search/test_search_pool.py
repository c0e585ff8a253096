"""A pool loses no job and gives no result twice, whatever happens to its workers, and names the job that kills."""

import os
import signal
import time
from itertools import count

import pytest

from chaosctl.search.pool import Died, Pool
from tests.search import jobs

pytestmark = pytest.mark.slow  # Every pool starts processes.


def test_a_pool_gives_every_job_its_result_once():
    results = list(Pool(jobs.square, workers=2).run(range(500)))
    assert sorted(results) == [(job, job * job) for job in range(500)]


def test_a_pool_names_the_jobs_that_kill_and_finishes_all_others():
    results = list(Pool(jobs.square_or_die, workers=2).run(range(200)))
    assert len(results) == 200
    assert {job: result.how for job, result in results if isinstance(result, Died)} == dict.fromkeys(
        jobs.KILLERS, "its worker ended with status 3"
    )
    assert all(result == job * job for job, result in results if not isinstance(result, Died))


def test_a_pool_of_nothing_but_killers_comes_to_an_end():
    results = list(Pool(jobs.die, workers=2).run(range(5)))
    assert sorted((job, result.how) for job, result in results) == [
        (job, "its worker was ended by SIGKILL") for job in range(5)
    ]


def test_a_job_that_raises_is_one_that_kills_its_worker():
    assert list(Pool(jobs.fail, workers=1).run([1])) == [(1, Died("its worker ended with status 1"))]


def test_a_worker_that_somebody_else_kills_accuses_no_job(tmp_path):
    seen, killed = [], set()
    for (_, number), worker in Pool(jobs.who, workers=2).run([(str(tmp_path), number) for number in range(200)]):
        seen.append((number, worker))
        if len(seen) in (20, 60) and worker not in killed:
            killed.add(worker)
            os.kill(worker, signal.SIGKILL)
    assert sorted(number for number, _ in seen) == list(range(200))
    assert not [worker for _, worker in seen if isinstance(worker, Died)]
    assert killed


def test_jobs_are_taken_only_as_they_are_needed_and_leaving_early_ends_the_workers():
    taken = []
    outcomes = Pool(jobs.who_am_i, workers=2).run(taken.append(job) or job for job in count())
    workers = {next(outcomes)[1] for _ in range(20)}
    outcomes.close()
    assert len(taken) < 500
    assert not [worker for worker in workers if is_alive(worker)]


def test_leaving_early_does_not_wait_for_what_is_under_way():
    outcomes = Pool(jobs.sleep, workers=2).run([0.0, 60.0, 60.0])
    next(outcomes)
    begun = time.monotonic()
    outcomes.close()
    assert time.monotonic() - begun < 5


def test_workers_with_an_environment_have_hash_seeds_of_their_own():
    hashes = {
        next(Pool(jobs.hash_of, workers=1, environment={"PYTHONHASHSEED": seed}).run(["x"]))[1] for seed in ("1", "2")
    }
    assert len(hashes) == 2


def test_a_worker_has_loaded_beforehand_what_a_run_needs():
    """So that it is quick, and that no edit of the code comes between two seeds."""
    modules = ["chaosctl.runtimes.simulation", "chaosctl.patterns.election.raft", "chaosctl.checkers.paxos"]
    assert all(result is True for _, result in Pool(jobs.is_loaded, workers=1).run(modules))


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
