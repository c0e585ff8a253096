"""Transactions over several nodes: all of their parts happen, or none."""
