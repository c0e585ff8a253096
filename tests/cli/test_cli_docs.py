"""What the pages in docs/ say can be done: commands exist and run, both languages show the same, nothing is stale."""

import importlib.util
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from chaosctl.cli.app import app
from chaosctl.experiment.library import find

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def commands(page):
    """Return the commands that a page shows on lines of their own, each as its words."""
    return [shlex.split(line) for line in re.findall(r"^    chaosctl (.+)$", page.read_text("utf-8"), re.MULTILINE)]


SIMULATED = sorted({words[2] for page in PAGES for words in commands(page) if words[:2] == ["run", "--simulate"]})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_exist_and_links_lead_somewhere(page):
    known = get_command(app).commands
    for name, *arguments in commands(page):
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= options, (name, arguments)
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    assert [link for link in links if not (DOCS / link).exists()] == []


def test_both_languages_show_the_same_commands():
    assert commands(DOCS / "notes.md") == commands(DOCS / "notes.zh.md")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SIMULATED if name not in {"my-split.toml", "--baseline"}])
def test_a_run_that_is_shown_is_as_its_file_expects(name, tmp_path):
    assert find(name).is_file()
    done = CliRunner().invoke(app, ["run", "--simulate", "-q", name, "--results", str(tmp_path)])
    assert done.exit_code == 0, done.stdout


def test_the_reference_is_what_the_model_says():
    spec = importlib.util.spec_from_file_location("write_reference", DOCS / "write_reference.py")
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    for page, text in (("reference.md", writer.reference()), ("checks.md", writer.checks())):
        assert (DOCS / page).read_text("utf-8") == text, "python docs/write_reference.py writes it anew"


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_node_in_javascript_is_served_and_survives_a_crash(tmp_path):
    file = str(ROOT / "examples" / "echo-js.toml")
    done = CliRunner().invoke(app, ["run", "-q", file, "--results", str(tmp_path)])
    assert done.exit_code == 0, done.stdout
