"""Many runs: sweeps over seeds, schedules explored one by one, failures replayed and made small.

A run is a Trial (trial.py), a job that a Pool's workers take. Imports run downwards: what searches -> pool, trial ->
runtimes. Nothing here prints.
"""
