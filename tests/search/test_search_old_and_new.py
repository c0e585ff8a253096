"""`chaosctl compare --command OLD --command NEW`: 1 where the new one is worse, and nowhere else."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaosctl.cli.app import app
from chaosctl.errors import BadInput
from chaosctl.search.old_and_new import exit_code, what_got_worse
from chaosctl.search.variants import variants

EXAMPLES = Path(__file__).parents[2] / "examples"


def document(*columns, judged=""):
    """Return a comparison's document of columns, each what it violated and its verdicts; `judged` of the last one."""
    made = [
        {"label": [f"./{number}"], "violated": dict.fromkeys(violated, 1), "verdicts": verdicts, "died": {}}
        for number, (violated, verdicts) in enumerate(columns)
    ]
    values = [{"median": 1.0}, *({"median": 0.5, "difference": -0.5, "judged": judged} for _ in columns[1:])]
    figure = {"metric": "availability", "phase": "all", "slice": [], "values": values}
    return {"columns": made, "figures": [figure], "seeds": 4, "is_interrupted": False}


@pytest.mark.parametrize(
    ("old", "new", "judged", "code"),
    [
        (((), {"pass": 4}), ((), {"pass": 4}), "", 0),
        (((), {"pass": 4}), (("set-full",), {"fail": 1, "pass": 3}), "", 1),
        ((("set-full",), {"fail": 4}), (("set-full",), {"fail": 4}), "", 0),  # As wrong as it was.
        ((("set-full",), {"fail": 4}), ((), {"pass": 4}), "", 0),  # Mended.
        (((), {"pass": 4}), ((), {"pass": 4}), "worse", 1),
        (((), {"pass": 4}), ((), {"pass": 4}), "better", 0),
        (((), {"pass": 4}), ((), {"pass": 3, "unknown": 1}), "", 4),
        (((), {"pass": 4}), ((), {"broken": 4}), "", 3),
        (((), {"pass": 4}), (("set-full",), {"fail": 1, "broken": 3}), "", 3),
    ],
)
def test_the_new_one_is_worse_where_it_fails_what_the_old_one_never_did_or_serves_less(old, new, judged, code):
    told = document(old, new, judged=judged)
    assert exit_code(told, what_got_worse(told)) == code


def test_a_command_is_split_as_a_shell_does_and_never_seen_by_one():
    column = variants(["x.toml"], [], [], ["./new --name 'a b' $(rm)"])[0]
    assert column.overrides == ('system.command=["./new", "--name", "a b", "$(rm)"]',)


@pytest.mark.parametrize("words", [["--command", "./a"], ["--command", "./a 'b", "--command", "./c"]])
def test_commands_that_can_not_be_compared_are_refused(words):
    done = CliRunner().invoke(app, ["compare", str(EXAMPLES / "unique-ids" / "uuid4-py.toml"), *words])
    assert isinstance(done.exception, BadInput)


@pytest.mark.processes
@pytest.mark.slow
def test_ids_from_a_counter_in_memory_are_worse_than_drawn_ones(tmp_path):
    nodes = ["--command", "python3 uuid4.py", "--command", "python3 counter.py", "--seeds", "1"]
    done = CliRunner().invoke(
        app, ["compare", str(EXAMPLES / "unique-ids" / "uuid4-py.toml"), *nodes, "--results", str(tmp_path)]
    )
    assert done.exit_code == 1, done.output
    assert "worse: python3 counter.py: unique-ids failed in 1 of 1 seeds" in done.output
