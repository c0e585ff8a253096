"""Whole runs of small command nodes: in this process, or by the whole program."""

import pytest
from whole_program import Program, experiment


@pytest.fixture
def run_nodes(on_processes):
    """Run nodes with a habit on processes, in this process; returns the run."""
    return lambda habit, *arguments, **keys: on_processes(experiment(habit, *arguments, **keys))


@pytest.fixture
def program(tmp_path):
    """The whole program, in an empty folder."""
    return Program(tmp_path)
