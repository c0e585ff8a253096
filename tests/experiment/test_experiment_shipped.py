"""The shipped experiments, loaded with the catalogue that ships: right, and written back as they are."""

import pytest

from chaosctl.catalogue import catalogue
from chaosctl.experiment import library
from chaosctl.experiment.dump import dump
from chaosctl.experiment.load import load, load_file


@pytest.mark.parametrize("name", library.names())
def test_a_shipped_experiment_is_right_and_reads_back_as_it_was_written(name):
    experiment = load_file(library.find(name), catalogue())
    assert load(dump(experiment), catalogue()) == experiment


@pytest.mark.parametrize("name", library.names())
def test_a_shipped_experiment_says_what_it_shows(name):
    assert len(load_file(library.find(name), catalogue()).description) > 20


def test_every_pattern_has_an_experiment():
    used = {load_file(library.find(name), catalogue()).system.pattern for name in library.names()}
    assert used == set(catalogue().patterns)
