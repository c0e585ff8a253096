"""Is the new command worse than the old one? For the CI of those who bring a node: convictions, and availability.

Worse is a check or limit that fails in some seed and failed in none of the old one's, and an availability that is lower
by more than chance (compare_document.py). Other figures are shown, and decide nothing: of dozens some always differ.
"""

from typing import Any

from chaosctl.errors import ExitCode

DECIDES: tuple[str, str, list[str]] = ("availability", "all", [])
"""The figure that decides, its phase and slice."""


def what_got_worse(document: dict[str, Any]) -> list[str]:
    """Return what is worse in any column than in the first, each in a sentence; of a comparison's document."""
    old, *new = document["columns"]
    found = []
    for number, column in enumerate(new, start=1):
        name = " ".join(column["label"])
        for check, times in column["violated"].items():
            if check not in old["violated"]:
                found.append(f"{name}: {check} failed in {times} of {document['seeds']} seeds, and never before")
        for figure in document["figures"]:
            value = figure["values"][number]
            decides = (figure["metric"], figure["phase"], figure["slice"]) == DECIDES
            if decides and value and value.get("judged") == "worse":
                found.append(f"{name}: availability fell by {-value['difference']:.2%}")
    return found


def exit_code(document: dict[str, Any], worse: list[str]) -> ExitCode:
    """Return 1 where something is worse; else 3 where a run broke, 4 where some run of the new ones proved nothing."""
    _old, *new = document["columns"]
    if document["is_interrupted"]:
        return ExitCode.INTERRUPTED
    if any("broken" in column["verdicts"] or column["died"] for column in document["columns"]):
        return ExitCode.RUN_BROKE
    if worse:
        return ExitCode.REGRESSED
    return ExitCode.UNKNOWN if any("unknown" in column["verdicts"] for column in new) else ExitCode.PASSED
