"""Isolation of transactions, as Elle infers it from what clients saw (K. Kingsbury, P. Alvaro, VLDB 2020).

Imports run downwards: checks -> list_append, rw_register -> saturation, cycles, inference -> anomalies -> graph ->
txns. What a transaction saw of another makes an edge between them (A. Adya's dependencies, 1999): `ww` (b overwrote
what a wrote), `wr` (b saw what a wrote), `rw` (b overwrote what a saw). Some cycles of such edges no isolation level
allows, others only the weaker ones do.
"""
