"""What an experiment may name: the loader gets this from above and imports none of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chaosctl.experiment.model import Fault
from chaosctl.node.pattern import Pattern


@dataclass(frozen=True)
class Catalogue:
    """Names that a file may use, and how to load what stands behind one (only when a file uses it).

    `workload_options`: workload name to its options struct; `workload_operations`: to its operation names (f);
    `metrics`: figure name to the dimensions that it has (phase, side, f).
    """

    patterns: tuple[str, ...]
    pattern: Callable[[str], Pattern]
    faults: tuple[str, ...]
    fault: Callable[[str], type[Fault]]
    workloads: tuple[str, ...]
    workload_options: Callable[[str], type[Any]]
    workload_operations: Callable[[str], tuple[str, ...]]
    checks: tuple[str, ...]
    metrics: Callable[[], Mapping[str, tuple[str, ...]]]
