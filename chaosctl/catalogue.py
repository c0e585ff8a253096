"""The catalogue of everything that an experiment may name, built from the registries of the packages.

A registry is a dict in a package's `__init__.py`, name to "module:Name"; what stands behind a name is imported when it
is used: validating a file loads one pattern, not all.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from chaosctl.checkers import CHECKS
from chaosctl.experiment.catalogue import Catalogue
from chaosctl.faults import FAULTS
from chaosctl.measurements import FIGURES
from chaosctl.patterns import PATTERNS
from chaosctl.workloads import WORKLOADS

if TYPE_CHECKING:
    from chaosctl.checkers.check import Check
    from chaosctl.experiment.model import Fault
    from chaosctl.measurements.figure import Figure
    from chaosctl.node.pattern import Pattern
    from chaosctl.workloads.workload import Workload


@cache
def catalogue() -> Catalogue:
    """Return what experiments may name."""
    return Catalogue(
        patterns=tuple(PATTERNS),
        pattern=load_pattern,
        faults=tuple(FAULTS),
        fault=load_fault,
        workloads=tuple(WORKLOADS),
        workload_options=lambda name: load_workload(name).Options,
        workload_operations=lambda name: load_workload(name).operations,
        checks=tuple(CHECKS),
        metrics=_Dimensions,
    )


def load_pattern(name: str) -> "Pattern":
    """Return a pattern by its name in the registry."""
    return cast("Pattern", _load(PATTERNS[name]))


def load_fault(name: str) -> "type[Fault]":
    """Return a kind of fault by its name in the registry."""
    return cast("type[Fault]", _load(FAULTS[name]))


def load_workload(name: str) -> "type[Workload]":
    """Return a workload by its name in the registry."""
    return cast("type[Workload]", _load(WORKLOADS[name]))


def load_check(name: str) -> "type[Check]":
    """Return a check by its name in the registry."""
    return cast("type[Check]", _load(CHECKS[name]))


def load_figure(name: str) -> "type[Figure]":
    """Return a figure by its name in the registry."""
    return cast("type[Figure]", _load(FIGURES[name]))


class _Dimensions(Mapping[str, tuple[str, ...]]):
    """Figure name to its dimensions; a figure is loaded when it is asked for."""

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return load_figure(name).dimensions

    def __iter__(self) -> Iterator[str]:
        return iter(FIGURES)

    def __len__(self) -> int:
        return len(FIGURES)


def _load(place: str) -> Any:
    """Return what "module:Name" names; a registry line that is wrong is a bug of ours and stops here."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
