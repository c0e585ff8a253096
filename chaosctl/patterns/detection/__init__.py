"""The pattern `failure-detector`: monitors that suspect who is silent; its options, what it is held to, its variants.

`[system.roles]` says who watches whom: by default everybody everybody else; `monitor = ["n1"], watched = ["n2"]` is one
pair, the setting of W. Chen, S. Toueg, M. K. Aguilera, "On the Quality of Service of Failure Detectors" (2002), whose
figures it is measured by: time to detect a crash, mistakes (their rate, their duration), accuracy of a query.
Model: crash-recovery, messages lost, late, doubled. Complete whatever happens; accurate once heartbeats come in time.

What would surprise: a detector is not right or wrong, it trades one figure for another. Twice the timeout takes twice
as long to see a crash and makes a fraction of the mistakes. And none of them tells a dead node from a cut link.
"""

from chaosctl.node.pattern import Pattern
from chaosctl.patterns.detection.broken import NeedsToMeet, NeverForgives
from chaosctl.patterns.detection.roles import Monitor, Watched
from chaosctl.patterns.failure_detector import NfdOptions

FAILURE_DETECTOR = Pattern(
    name="failure-detector",
    summary="Monitors that suspect who is silent: fixed timeout, phi accrual, or Chen's NFD-S",
    roles={"monitor": Monitor, "watched": Watched},
    workloads=("suspects",),
    checks=("strong-completeness", "eventual-accuracy"),
    options=NfdOptions,
    grace=1.0,
    broken={"needs-to-meet": NeedsToMeet, "never-forgives": NeverForgives},
    sometimes=("suspected", "trusted"),
    serving_role="monitor",
)
