"""A sweep on a Dask cluster gives what one on this machine gives, though a worker is killed in its midst."""

import os
import signal

import pytest

from chaosctl.errors import BadInput
from chaosctl.search.dask_pool import DaskPool
from chaosctl.search.pool import Died, Pool
from chaosctl.search.trial import Trial, run_trial
from tests.conftest import text_of
from tests.search import jobs

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.processes]


@pytest.fixture(scope="module")
def address():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_loses_nothing_and_gives_nothing_twice_when_a_worker_is_killed(address, tmp_path):
    seen, killed = [], False
    for (_, number), worker in DaskPool(jobs.who, address).run([(str(tmp_path), number) for number in range(100)]):
        seen.append(number)
        if len(seen) == 20:
            os.kill(worker, signal.SIGKILL)
            killed = True
    assert killed
    assert sorted(seen) == list(range(100))


def test_a_cluster_gives_the_same_results_as_this_machine(address):
    trials = [Trial(text_of("paxos/own-value"), seed) for seed in range(6)]
    there, here = (
        {trial.seed: (result.verdict, result.why, result.figures) for trial, result in pool.run(trials)}
        for pool in (DaskPool(run_trial, address), Pool(run_trial, workers=1))
    )
    assert there == here


def test_a_job_that_raises_on_a_cluster_is_named(address):
    assert list(DaskPool(jobs.fail, address).run([1])) == [(1, Died("ValueError: no 1"))]


def test_an_address_where_no_scheduler_is_is_the_users_mistake(monkeypatch):
    monkeypatch.setattr("chaosctl.search.dask_pool.PATIENCE_S", 0.2)
    with pytest.raises(BadInput, match="no scheduler answers there"):
        list(DaskPool(jobs.square, "tcp://127.0.0.1:9").run([1]))
