"""What a user's own nodes can't do is refused by name, before anything starts."""

import pytest

from chaosctl.catalogue import catalogue
from chaosctl.errors import BadInput
from chaosctl.experiment.load import load

HEAD = 'name = "x"\nduration = "2s"\n[system]\ncommand = ["cat"]\nnodes = 3\n[workload]\nkind = "echo"\n[[faults]]\n'


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ('kind = "clock"\ntarget = "n1"\nat = "1s"\noffset = "1s"', '"clock"'),
        ('kind = "disk"\nmode = "full"\ntarget = "n1"\nat = "1s"', '"disk"'),
        ('kind = "operator"\ntarget = "n1"\ncommand = "promote"\nat = "1s"', '"operator"'),
        ('kind = "crash"\ntarget = "n1"\nat = "1s"\ndisk = "lose-tail"', '"lose-tail"'),
        ('kind = "crash"\ntarget = "n1"\nwhen = { event = "decided" }', "tell no events"),
        ('kind = "crash"\ntarget = "leader"\nat = "1s"', '"leader"'),
    ],
)
def test_a_fault_that_needs_the_nodes_help_is_refused_for_a_command_by_name(fault, named):
    with pytest.raises(BadInput, match=named):
        load(HEAD + fault, catalogue())
