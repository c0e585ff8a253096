"""Faults: the kinds, whom they are aimed at, what triggers them, and the schedule that applies and heals them.

A kind is one file and one line of FAULTS; its class is the model of its table in the experiment file, and the class's
docstring is what `chaosctl list` shows. Imports run down to network, history, node and experiment.
"""

__all__ = ["FAULTS"]

FAULTS: dict[str, str] = {
    "bandwidth": "chaosctl.faults.bandwidth:Bandwidth",
    "clock": "chaosctl.faults.clock:Clock",
    "crash": "chaosctl.faults.crash:Crash",
    "delay": "chaosctl.faults.delay:Delay",
    "disconnect": "chaosctl.faults.disconnect:Disconnect",
    "disk": "chaosctl.faults.disk:Disk",
    "duplicate": "chaosctl.faults.duplicate:Duplicate",
    "loss": "chaosctl.faults.loss:Loss",
    "operator": "chaosctl.faults.operator:Operator",
    "partition": "chaosctl.faults.partition:Partition",
    "pause": "chaosctl.faults.pause:Pause",
    "reorder": "chaosctl.faults.reorder:Reorder",
    "stall": "chaosctl.faults.stall:Stall",
}
