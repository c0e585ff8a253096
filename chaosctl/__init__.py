"""chaosctl: what happens to this distributed system when a node dies, the network splits, or messages crawl?

The packages import downwards only (ARCHITECTURE.md draws it, tests/test_house.py holds it):
cli -> reports, search -> runtimes -> faults, workloads, checkers, measurements -> network, history -> node, experiment.
Patterns import node alone; errors imports nothing.
"""

__version__ = "0.1.0"
