"""`chaosctl run` and its kin as a shell and a CI job see them: exit codes, what is printed where, JSON."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "runs"))

from whole_program import Program, experiment

pytestmark = [pytest.mark.processes, pytest.mark.slow]

COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])(?:;\d+)*m")


@pytest.fixture
def program(tmp_path):
    """The whole program, in an empty folder."""
    return Program(tmp_path)


@pytest.mark.parametrize(
    ("habit", "code", "headline"),
    [("", 0, "PASS"), ("wrong", 1, "FAIL"), ("die", 4, "UNKNOWN")],
)
def test_the_exit_code_is_the_verdict_and_the_verdict_comes_first(program, habit, code, headline):
    done = program.run("run", program.write(experiment(habit)))
    assert (done.returncode, done.stderr) == (code, "")
    assert headline in done.stdout.splitlines()[0]


def test_a_demonstration_that_is_convicted_is_as_expected(program):
    text = experiment("wrong").replace("[expect]", '[expect]\nverdict = "fail"\nviolates = ["echo"]')
    done = program.run("run", "--quiet", program.write(text))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\S+ FAIL +wrong +\(as expected\)\n", done.stdout)


def test_a_mistake_in_the_file_is_exit_2_and_nothing_starts(program):
    file = program.write(experiment("").replace('kind = "echo"', 'kind = "ecko"'))
    done = program.run("run", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(r'it\.toml:\d+:\d+: workload\.kind: .*"ecko".*"echo"', done.stderr)
    assert not (program.folder / "results").exists()


def test_a_node_that_will_not_start_is_exit_3_and_says_its_last_words(program):
    done = program.run("run", program.write(experiment("die-at-init")))
    assert (done.returncode, done.stdout) == (3, "")
    assert "did not start: n" in done.stderr
    assert "on fire" in done.stderr
    assert "Traceback" not in done.stderr
    assert program.run("report").returncode == 0


def test_a_program_that_does_not_exist_is_exit_3(program):
    done = program.run("run", program.write(experiment("", command=["./no-such-node"])))
    assert done.returncode == 3
    assert "there is no program './no-such-node'" in done.stderr


def test_a_program_that_may_not_be_executed_is_a_mistake_of_the_file(program):
    (program.folder / "node.sh").write_text("#!/bin/sh\n")
    done = program.run("run", program.write(experiment("", command=["./node.sh"])))
    assert done.returncode == 2
    assert "chmod +x" in done.stderr


def test_of_several_runs_the_worst_counts_and_all_are_run(program):
    files = [program.write(experiment(habit), f"{habit}.toml") for habit in ("die-at-init", "wrong", "die")]
    done = program.run("run", "--quiet", *files)
    assert done.returncode == 3
    assert re.findall("FAIL|UNKNOWN", done.stdout) == ["FAIL", "UNKNOWN"]


def test_every_command_prints_json_that_says_the_same(program):
    file = program.write(experiment("wrong"))
    ran = json.loads(program.run("run", "--json", file).stdout)
    reported = json.loads(program.run("report", "--json").stdout)
    checked = program.run("check", "--json")
    assert ran["verdict"]["verdict"] == "fail"
    assert reported == ran
    assert (json.loads(checked.stdout), checked.returncode) == (ran, 1)
    assert json.loads(program.run("validate", "--json", file).stdout)["valid"] is True
    assert "echo" in [row["name"] for row in json.loads(program.run("list", "--json").stdout)["workloads"]]


def test_a_pipe_gets_neither_progress_nor_colours_nor_lines_that_are_too_wide(program):
    for columns in ("60", "100"):
        done = program.run("run", program.write(experiment("wrong")), COLUMNS=columns, TERM="xterm-256color")
        assert done.stderr == ""
        assert "\x1b" not in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= int(columns)


@pytest.mark.parametrize("option", ["--json", "--quiet", "--simulate"])
def test_the_verdict_is_the_exit_code_even_where_nobody_reads_on(program, option):
    what = "raft-election/no-fault" if option == "--simulate" else program.write(experiment(""))
    process = program.start("run", option, what)
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=10), complaints) == (0, "")


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_it_wants_none(program, environment, coloured):
    output = on_terminal(program, "run", program.write(experiment("wrong")), **environment)
    assert "FAIL" in output
    assert bool(COLOUR.search(output)) is coloured


def test_a_terminal_shows_meanwhile_who_leads_and_which_links_are_cut(program):
    shown = on_terminal(program, "run", "split-brain/two-three-refuses", "--set", "grace=0s")
    assert re.search(r"▲ n\d", shown)
    assert re.search(r"links +all whole", shown)
    assert re.search(r"links +n\d n\d( n\d)? ╫ n\d n\d", shown)


def test_a_command_finds_its_files_beside_the_experiment_from_any_folder(program):
    folder = program.folder / "mine"
    folder.mkdir()
    (folder / "node.py").write_bytes(Path(__file__).parents[2].joinpath("examples", "echo.py").read_bytes())
    program.write(experiment("", command=[sys.executable, "node.py"]), "mine/it.toml")
    assert program.run("run", "--quiet", "mine/it.toml").returncode == 0
    (folder / "node.py").rename(program.folder / "node.py")
    assert program.run("run", "--quiet", "mine/it.toml").returncode == 0  # Now it lies in the current folder.


def on_terminal(program, *arguments, **environment):
    """Return what `chaosctl ARGUMENTS` shows on a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "chaosctl", *arguments],
        cwd=program.folder,
        env={key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm"} | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 1 << 16):
            shown += chunk
    except OSError:  # Linux: the other end is closed.
        pass
    os.close(ours)
    process.wait(timeout=10)
    return shown.decode("utf-8", "replace")
