"""Each seed of a swarm draws faults of its own, all of which a file could say, and none of which voids the seed."""

from pathlib import Path

import pytest

from chaosctl.catalogue import catalogue
from chaosctl.experiment.dump import dump
from chaosctl.experiment.load import load, load_file
from chaosctl.search.swarm import swarmed
from chaosctl.search.trial import Trial, run_trial
from tests.conftest import EXPERIMENTS

SOAK = Path(__file__).parent.parent / "soak"
FILES = sorted([*EXPERIMENTS.rglob("*.toml"), *SOAK.glob("*.toml")])


def soak(pattern):
    return load_file(SOAK / f"{pattern}.toml", catalogue())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_a_seed_draws_can_be_written_down_and_read_again(path):
    for seed in range(10):
        drawn = swarmed(load_file(path, catalogue()), seed)
        assert load(dump(drawn), catalogue()) == drawn


def test_seeds_draw_different_subsets_times_and_strengths():
    drawn = [swarmed(soak("raft-election"), seed).faults for seed in range(50)]
    assert len({tuple(fault.name for fault in faults) for faults in drawn}) > 40
    assert all(faults for faults in drawn)
    losses = [fault for faults in drawn for fault in faults if fault.kind == "loss"]
    assert len({fault.at for fault in losses}) == len({fault.probability for fault in losses}) == len(losses)
    assert all(1.0 <= fault.at.low <= 1.6 and 0.15 <= fault.probability <= 0.3 for fault in losses)


def test_a_seed_draws_the_same_each_time():
    assert swarmed(soak("paxos"), 7) == swarmed(soak("paxos"), 7)


def test_what_holds_from_the_start_is_the_setting_and_stays():
    for seed in range(20):
        assert swarmed(soak("paxos"), seed).faults[0].name == "lossy"


def test_a_fault_whose_predecessor_is_left_out_begins_at_a_time_of_its_own():
    text = """
name = "x"
duration = "2s"
[system]
pattern = "raft-election"
nodes = 3
[[faults]]
name = "first"
kind = "crash"
target = "n1"
at = "500ms"
duration = "100ms"
[[faults]]
name = "second"
kind = "crash"
target = "n2"
after = "first"
duration = "100ms"
"""
    drawn = [swarmed(load(text, catalogue()), seed).faults for seed in range(30)]
    alone = [faults[0] for faults in drawn if [fault.name for fault in faults] == ["second"]]
    both = [faults[1] for faults in drawn if len(faults) == 2]
    assert {fault.after for fault in alone} == {None}
    assert all(0.5 <= fault.at.low <= 1.6 for fault in alone)
    assert {fault.after for fault in both} == {"first"}


IDLE = """
name = "idle"
duration = "1500ms"
[system]
pattern = "raft-election"
nodes = 3
[[faults]]
name = "idle"
kind = "loss"
message = "request_vote"
probability = 0.001
[[faults]]
name = "crash"
kind = "crash"
target = "leader"
at = "1s"
restart_after = "100ms"
"""


@pytest.mark.slow
def test_a_fault_that_hit_nothing_voids_a_seed_but_not_a_swarms_seed_that_another_hit():
    assert "touched nothing" in run_trial(Trial(IDLE, 1)).why
    swarm = run_trial(Trial(IDLE, 1, swarm=True))
    assert (swarm.verdict, swarm.hit) == ("pass", 1)
    alone = IDLE[: IDLE.index('[[faults]]\nname = "crash"')]
    assert run_trial(Trial(alone, 1, swarm=True)).verdict == "unknown"
