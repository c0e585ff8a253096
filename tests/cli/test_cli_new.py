"""`chaosctl new`: a file to start from, which validates as it is."""

import pytest
import typer
from typer.testing import CliRunner

from chaosctl.catalogue import catalogue
from chaosctl.cli.new import new
from chaosctl.errors import BadInput
from chaosctl.experiment.load import load_file


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(new)
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("pattern", catalogue().patterns)
def test_the_file_validates_for_every_pattern(pattern, run):
    assert run("my-split", "--pattern", pattern).exit_code == 0
    experiment = load_file("my-split.toml", catalogue())
    assert (experiment.name, experiment.system.pattern) == ("my-split", pattern)


@pytest.mark.parametrize("pattern", catalogue().patterns)
def test_every_option_in_the_file_may_be_uncommented(pattern, run, tmp_path):
    run("x", "-p", pattern)
    lines = (tmp_path / "x.toml").read_text().splitlines()
    start = lines.index(next(line for line in lines if line.startswith("[system.options]")))
    end = lines.index("", start)
    lines[start + 1 : end] = [line.removeprefix("# ") for line in lines[start + 1 : end]]
    (tmp_path / "x.toml").write_text("\n".join(lines))
    options = load_file("x.toml", catalogue()).system.options
    assert len(options) == end - start - 1


def test_an_existing_file_is_left_alone(run, tmp_path):
    (tmp_path / "x.toml").write_text("mine")
    result = run("x", "-p", "raft-election")
    assert isinstance(result.exception, BadInput)
    assert (tmp_path / "x.toml").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "pattern", "hint"),
    [
        ("x", "raft-electio", 'did you mean "raft-election"'),
        ("a b", "raft-election", "letters, digits and hyphens"),
        ("no/such/folder/x", "raft-election", "can't be written"),
    ],
)
def test_a_wrong_name_is_the_users_mistake(name, pattern, hint, run):
    result = run(name, "-p", pattern)
    assert isinstance(result.exception, BadInput)
    assert hint in str(result.exception)
