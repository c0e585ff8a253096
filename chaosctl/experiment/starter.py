"""The file that `chaosctl new` writes: one fault, the pattern's options as comments, and it validates as it is."""

from typing import Any, get_type_hints

import msgspec

from chaosctl.experiment.values import duration_text, toml_text
from chaosctl.experiment.wording import describe, element, is_duration
from chaosctl.node.pattern import Pattern

_TEMPLATE = """\
# {name}: {summary}.
# Check it with `chaosctl validate {file}`, run it with `chaosctl run {file}`.
name = "{name}"
description = "What this shows, and what to look at."
duration = "6s"                 # of load; then all heals, and the system gets {grace} to serve again
seed = 1                        # leave it out to draw one; the run records it

[system]
pattern = "{pattern}"
nodes = 5                       # n1 to n5
{broken}
[system.options]                # the pattern's, with their defaults
{system_options}
[network]
latency = {{ distribution = "exponential", mean = "1ms" }}

[workload]
kind = "{workload}"{others}
clients = 5
# rate = 200                    # operations a second over all clients; without it each waits for its answer
timeout = "1s"                  # after it, nobody knows whether the operation happened

[workload.options]
{workload_options}
[[faults]]                      # as many as you like; `chaosctl list faults` shows the kinds
kind = "crash"
target = "{target}"
at = "2s"
restart_after = "1s"

[expect]
verdict = "pass"                # or "fail", with violates = ["a check"]: a demonstration that must be convicted
# checks = []                   # besides {checks}

# [[expect.thresholds]]         # `chaosctl list figures` shows what can be asked for
# metric = "availability"
# phase = "faults"
# min = 0.5
"""


def starter(name: str, file: str, pattern: Pattern, workload_options: type[Any]) -> str:
    """Return the text of a file to start from, for this pattern and the first workload that it serves."""
    others = [workload for workload in pattern.workloads if workload != pattern.workloads[0]]
    variants = " or ".join(toml_text(variant) for variant in pattern.broken)
    return _TEMPLATE.format(
        name=name,
        file=file,
        summary=pattern.summary.rstrip("."),
        grace=duration_text(pattern.grace),
        pattern=pattern.name,
        broken=f"# broken = {next(map(toml_text, pattern.broken))}    # one of {variants}\n" if variants else "",
        system_options=_options(pattern.options),
        workload=pattern.workloads[0],
        others=f"    # or {', '.join(others)}" if others else "",
        workload_options=_options(workload_options),
        target="leader" if pattern.leader_event else "random",
        checks=", ".join(pattern.checks),
    )


def _options(struct: type[Any]) -> str:
    """Return the struct's options as comments, one a line, with what each takes where it has no default."""
    kinds = get_type_hints(struct, include_extras=True)
    lines = []
    for field in msgspec.structs.fields(struct):
        default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
        kind = kinds[field.name]
        if default is msgspec.NODEFAULT or default is None:
            lines.append(f"# {field.name} =             # {describe(kind)}\n")
        else:
            lines.append(f"# {field.name} = {toml_text(_written(kind, default))}\n")
    return "".join(lines)


def _written(kind: Any, value: Any) -> Any:
    """Return a default as a file writes it: durations with their unit."""
    if is_duration(kind):
        return duration_text(value)
    return [_written(element(kind, 0), each) for each in value] if isinstance(value, list | tuple) else value
