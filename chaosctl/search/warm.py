"""All that a run may load, loaded: what workers are forked from imports this, so that none of them has to.

It also holds a sweep to one state of the code, which somebody may edit meanwhile.
"""

from importlib import import_module

from chaosctl.catalogue import catalogue, load_check, load_fault, load_figure, load_pattern, load_workload

for module in ("chaosctl.search.attempt", "chaosctl.search.trial", "chaosctl.runtimes.simulation"):
    import_module(module)

_known = catalogue()
for _names, _load in (
    (_known.patterns, load_pattern),
    (_known.workloads, load_workload),
    (_known.faults, load_fault),
    (_known.checks, load_check),
    (_known.metrics(), load_figure),
):
    for _name in _names:
        _load(_name)
