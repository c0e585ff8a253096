"""What a comparison's columns are: experiments, their broken variants, values of their keys; several kinds multiply."""

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import tomli

from chaosctl.errors import BadInput
from chaosctl.experiment.values import toml_text

CONVICTED = ('expect.verdict="fail"', "expect.violates=[]", "expect.thresholds=[]")
"""A broken variant is expected to be convicted of something, whatever the file expects of the system it breaks."""

CORRECT = "correct"


@dataclass(frozen=True)
class Variant:
    """One column: the experiment's name or file, the keys to override, and what tells it from the other columns."""

    experiment: str
    overrides: tuple[str, ...] = ()
    label: tuple[str, ...] = ()


def variants(
    experiments: Sequence[str], broken: Sequence[str], varied: Sequence[str], commands: Sequence[str] = ()
) -> list[Variant]:
    """Return the columns in order; raises BadInput. `varied` are texts such as `workload.clients=1,4,16`.

    With `broken`, the first column of each experiment is the file as it is. `commands` are a user's nodes, old and new.
    """
    dimensions = [_experiments(experiments)]
    if commands:
        dimensions.append([Variant("", (f"system.command={_argv(text)}",), (text,)) for text in commands])
    if broken:
        named = [Variant("", (f'system.broken="{name}"', *CONVICTED), (name,)) for name in broken]
        dimensions.append([Variant("", (), (CORRECT,)), *named])
    keys = [text.partition("=")[0].strip() for text in varied]
    short = Counter(key.rpartition(".")[2] for key in keys)
    for key, text in zip(keys, varied, strict=True):
        shown = key if short[key.rpartition(".")[2]] > 1 else key.rpartition(".")[2]
        dimensions.append([Variant("", (f"{key}={value}",), (f"{shown}={value}",)) for value in _values(text)])
    return [_joined(parts) for parts in product(*dimensions)]


def _experiments(names: Sequence[str]) -> list[Variant]:
    """Return a column for each; what several stems share is told apart by the whole name, one alone needs none."""
    stems = Counter(Path(name).stem for name in names)
    labels = [Path(name).stem if stems[Path(name).stem] == 1 else name.removesuffix(".toml") for name in names]
    return [Variant(name, (), (label,) if len(names) > 1 else ()) for name, label in zip(names, labels, strict=True)]


def _values(text: str) -> list[str]:
    """Return the values of `key=1,4,16`, each as text: TOML where all of it is TOML, else what commas part."""
    key, _, values = text.partition("=")
    if not key.strip() or not values.strip():
        raise BadInput(f"--vary {text}: must look like workload.clients=1,4,16")
    try:
        parsed = tomli.loads(f"values = [{values}]")["values"]
    except (ValueError, RecursionError):
        return [value.strip() for value in values.split(",")]
    return [toml_text(value) for value in parsed]


def _argv(command: str) -> str:
    """Return a command's words, as a shell would split them, in TOML; no shell ever sees it."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadInput(f"--command {command}: {error}") from error
    if not words:
        raise BadInput("--command: is empty")
    return toml_text(words)


def _joined(parts: Sequence[Variant]) -> Variant:
    overrides = [text for part in parts for text in part.overrides]
    label = [text for part in parts for text in part.label]
    return Variant(parts[0].experiment, tuple(overrides), tuple(label) or (Path(parts[0].experiment).stem,))
