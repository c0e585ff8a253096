"""A run's rows: what they are (records), recorded as the run goes (recorder), found and read again (read, folder).

Imports run downwards: recorder -> read -> rows, findings, folder -> recording -> records. Nothing here knows of
patterns, faults or checks.
"""
