"""Links: the one place a message is delayed, lost, doubled, held or cut. Imports experiment and node, nothing above.

latency.py draws from distributions, links.py is the pure core, effects.py says what a fault does to links, and
network.py keeps the state: which links there are, which effects lie on them, what is held.
"""
