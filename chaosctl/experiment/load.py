"""Loading an experiment file: text in, Experiment out, or BadInput with every mistake at once.

In order: bytes to text, text to TOML (reading.py), overrides, TOML to tables (tables.py), options against their
structs, then what the tables mean together (references.py, schedule.py). Each stage after the parser notes what is
wrong and goes on.
"""

from collections.abc import Sequence
from pathlib import Path

from chaosctl.errors import BadInput
from chaosctl.experiment import positions
from chaosctl.experiment.catalogue import Catalogue
from chaosctl.experiment.known import Known, Named
from chaosctl.experiment.mistakes import Mistakes
from chaosctl.experiment.model import Configured, Experiment
from chaosctl.experiment.options import check_options, durations
from chaosctl.experiment.overrides import apply_overrides
from chaosctl.experiment.reading import decode, parse, read_text
from chaosctl.experiment.references import check_expect, check_network, check_system, check_whole, check_workload
from chaosctl.experiment.schedule import check_faults, check_when
from chaosctl.experiment.tables import Tables


def load_file(path: Path | str, catalogue: Catalogue, overrides: Sequence[str] = ()) -> Experiment:
    """Return the experiment in a file; raises BadInput with all mistakes."""
    return load(read_text(Path(path)), catalogue, file=str(path), overrides=overrides)


def load(text: str | bytes, catalogue: Catalogue, *, file: str = "<text>", overrides: Sequence[str] = ()) -> Experiment:
    """Return the experiment in a text; raises BadInput with all mistakes. Options are checked, durations in seconds.

    `file` is what mistakes call it; `overrides` are texts such as `workload.clients=16`.
    """
    text = decode(text, file)
    mistakes = Mistakes(file, text)
    data = parse(text, mistakes)
    mistakes.overridden, wrong = apply_overrides(data, overrides)
    if wrong:
        raise BadInput(wrong)
    mistakes.positions = positions.locate(text)
    named = Named.of(data, catalogue)
    keys = {table: struct.__struct_fields__ for table, struct in named.options.items()}
    experiment = Tables(catalogue, mistakes, keys).build(Experiment, data)
    checked = {table: _configured(getattr(experiment, table), named, table, mistakes) for table in named.options}
    known = Known.of(experiment, catalogue, mistakes, named)
    for check in (check_whole, check_system, check_network, check_workload, check_faults, check_expect):
        check(known)
    for number, step in enumerate(experiment.workload.script):
        if step.when is not None:
            check_when(known, step.when, ("workload", "script", number, "when"))
    mistakes.raise_if_any()
    return experiment.model_copy(update=checked)


def _configured(table: Configured, named: Named, name: str, mistakes: Mistakes) -> Configured:
    """Return the system or the workload with its options checked."""
    struct = named.options[name]
    checked = check_options(struct, table.options, (name, "options"), mistakes)
    configured = table.model_copy(update={"options": checked})
    configured.remember_durations(durations(struct) & set(checked))
    return configured
