"""Which faults may aim at a database server, and at what else: told before anything starts."""

import pytest

from chaosctl.errors import BadInput
from tests.conftest import plan_of

TEXT = """
name = "aimed"
duration = "2s"
[system]
pattern = "two-phase-commit"
nodes = 3
options = {{ backend = "{backend}" }}
[[faults]]
{fault}
at = "1s"
"""

CRASH = 'kind = "crash"\ntarget = "{}"'
CUT = 'kind = "disconnect"\ntarget = "{}"'
FULL = 'kind = "disk"\nmode = "full"\ntarget = "n2-db"'


@pytest.mark.parametrize(
    "fault", [CRASH.format("n2-db"), CUT.format("n3-db"), FULL, 'kind = "pause"\ntarget = ["n2", "n2-db"]']
)
def test_a_server_may_be_killed_paused_and_cut_off_and_its_disk_filled(fault):
    assert plan_of(TEXT.format(backend="postgres", fault=fault)).experiment.faults


@pytest.mark.parametrize(
    ("backend", "fault", "why"),
    [
        ("postgres", 'kind = "clock"\ntarget = "n2-db"\ndrift = 0.1', "only crash, pause, disconnect and disk"),
        ("postgres", FULL.replace("full", "fsync-error"), "only crash, pause, disconnect and disk (full)"),
        ("postgres", CRASH.format("n1-db"), 'no node, role or choice is called "n1-db"'),
        ("embedded", CRASH.format("n2-db"), 'no node, role or choice is called "n2-db"'),
        ("postgres", CUT.format("n2"), 'no database server is called "n2"'),
        ("embedded", CUT.format("n2-db"), "nothing here has one"),
    ],
)
def test_a_fault_that_can_t_hurt_its_target_is_refused(backend, fault, why):
    with pytest.raises(BadInput) as refused:
        plan_of(TEXT.format(backend=backend, fault=fault))
    assert why in str(refused.value)
