"""What the README says is there, is."""

import re
import shlex
from pathlib import Path

from typer.main import get_command

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load, load_file

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_explained_experiment_is_the_shipped_one():
    (text,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    explained = load(text, catalogue())
    shipped = load_file(find("raft-election/leader-crash"), catalogue())
    assert explained == shipped.model_copy(update={"description": ""})


def test_every_line_of_it_is_explained():
    (text,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    unexplained = [line for line in text.splitlines() if line and "# " not in line]
    assert unexplained == ['pattern = "raft-election"', "max = 1.0"]  # Each under a line that explains it.


def test_links_and_pictures_lead_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert len(links) >= 5
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_commands_exist_with_the_options_that_are_named():
    commands = get_command(app).commands
    shown = [shlex.split(line, comments=True) for line in re.findall(r"^    chaosctl (.+)$", README, re.MULTILINE)]
    assert len(shown) >= 4
    for name, *arguments in shown:
        options = {option for parameter in commands[name].params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= options


def test_make_has_the_targets_that_are_named():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^    make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_fits_two_screens_with_its_tables():
    assert len(README.splitlines()) <= 115
