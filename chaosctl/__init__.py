"""chaosctl: chaos experiments for distributed systems, from a TOML file to a verdict with evidence.

The packages import downwards only (ARCHITECTURE.md draws it, tests/test_house.py holds it):
cli -> reports, search -> runtimes -> faults, workloads, checkers, measurements -> network, history -> node, experiment.
Patterns import node alone; errors imports nothing.
"""

__version__ = "0.1.0"
