"""`--set`: what may be replaced, and where mistakes in it are said to be."""

import pytest

from chaosctl.errors import BadInput
from chaosctl.experiment.load import load

TEXT = """\
name = "x"
duration = "10s"
[system]
pattern = "toy-election"
[[faults]]
kind = "crash"
target = "n1"
at = "1s"
"""


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("workload.clients=16", lambda experiment: experiment.workload.clients == 16),
        ("workload.timeout=50ms", lambda experiment: experiment.workload.timeout == 0.05),
        ("workload.timeout = '50ms'", lambda experiment: experiment.workload.timeout == 0.05),
        ('faults[0].target=["n2", "n3"]', lambda experiment: experiment.faults[0].target == ["n2", "n3"]),
        ("faults[0].at={ random = ['1s', '2s'] }", lambda experiment: experiment.faults[0].at == (1.0, 2.0)),
        ("faults=[]", lambda experiment: experiment.faults == []),
        ("system.options.prevote=false", lambda experiment: experiment.system.options == {"prevote": False}),
        ('system."options".retries=7', lambda experiment: experiment.system.options == {"retries": 7}),
    ],
)
def test_an_override_replaces_or_adds_a_key(override, read, catalogue):
    assert read(load(TEXT, catalogue, overrides=[override]))


def test_of_two_overrides_of_a_key_the_later_counts(catalogue):
    assert load(TEXT, catalogue, overrides=["system.nodes=5", "system.nodes=7"]).system.nodes == 7


@pytest.mark.parametrize(
    ("override", "path", "what"),
    [
        ("workload.clients=many", "workload.clients", 'whole number from 1 to 10000, not "many"'),
        ("workload.client=16", "workload.client", 'did you mean "clients"'),
        ("faults[0].at=5", "faults[0].at", 'write "5s"'),
        ("faults[1].at=5s", "", "there is no [1]"),
        ("faults.at=5s", "", "faults[0].at"),
        ("system.nodes.count=3", "system.nodes", "must be a whole number"),
        ("duration.at=3s", "", "is no table"),
        ("workload.clients", "", "must look like"),
        ("=3", "", "must look like"),
        ("[0]=3", "", "must look like"),
        ("a b=3", "", "must look like"),
    ],
)
def test_a_mistake_in_an_override_is_placed_on_the_command_line(override, path, what, catalogue):
    with pytest.raises(BadInput) as raised:
        load(TEXT, catalogue, overrides=[override])
    mistake = raised.value.mistakes[0]
    assert (mistake.file, mistake.line, mistake.path) == (f"--set {override}", 0, path or mistake.path)
    assert what in mistake.what


def test_an_override_mends_what_is_wrong_in_the_file(catalogue):
    assert load(TEXT.replace('"1s"', "1"), catalogue, overrides=["faults[0].at=1s"])
