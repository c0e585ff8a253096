"""A check of determinism finds each kind of leak, names the place, and finds nothing in what we ship."""

import os

import pytest

from chaosctl.search.determinism import check_determinism
from chaosctl.search.trial import Trial
from tests.conftest import EXPERIMENTS, text_of
from tests.search.leaky import traced_leaky

LEAKY = """
name = "leaky"
duration = "1s"
[system]
pattern = "leaky"
nodes = 2
broken = "{leak}"
[workload]
clients = 2
rate = 20
"""

SHIPPED = sorted(EXPERIMENTS.rglob("*.toml"))
SAMPLE = SHIPPED[::15]
"""In CI; `make conformance` takes all."""

pytestmark = pytest.mark.slow  # Two processes are started for each.


def differences(text, seeds, trace=None):
    trials = [Trial(text, seed) for seed in range(seeds)]
    return dict(check_determinism(trials, 2, trace))


@pytest.mark.parametrize(
    ("leak", "place"),
    [
        ("set", "events.jsonl, number"),
        ("draws", "draw of node/n"),
        ("address", "events.jsonl, number"),
        ("runs", "events.jsonl, number"),
    ],
)
def test_a_planted_leak_is_found_and_its_first_difference_named(leak, place):
    found = differences(LEAKY.format(leak=leak), 4, traced_leaky)
    assert sorted(found) == [0, 1, 2, 3]
    assert all(found.values())
    first = found[0]
    assert place in first.place
    assert first.first != first.second
    assert first.before


def test_the_same_pattern_without_a_leak_is_found_the_same():
    assert set(differences(LEAKY.replace('broken = "{leak}"', ""), 4, traced_leaky).values()) == {None}


def test_a_shipped_experiment_is_a_function_of_its_seed():
    """In two processes with other hash seeds, each seed cold in one and warm in the other, faults as shipped."""
    paths = SHIPPED if os.environ.get("CHAOSCTL_CONFORMANCE") else SAMPLE
    texts = [path.read_text(encoding="utf-8") for path in paths]
    simulated = [text for text in texts if 'runtimes = ["processes"]' not in text]
    trials = [Trial(text, number) for number, text in enumerate(simulated)]
    found = [difference for _, difference in check_determinism(trials, 2) if difference is not None]
    assert not found


def test_every_seed_of_a_swarm_is_a_function_of_it():
    trials = [Trial(text_of("raft-election/leader-crash"), seed, swarm=True) for seed in range(4)]
    assert [difference for _, difference in check_determinism(trials, 2)] == [None] * 4
