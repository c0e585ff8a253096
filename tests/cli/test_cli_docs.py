"""What the pages in docs/ say can be done: commands exist and run, both languages show the same, nothing is stale."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.experiment import library
from chaosctl.experiment.load import load_file
from tests.cli.doc_commands import NOT_RUN, commands, expanded, inline, shorter, yaml_blocks

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


SHOWN = [ROOT / "README.md", *PAGES]
RUN_ELSEWHERE = {
    "notes.zh.md": "has the commands of notes.md, as a test holds",
    "findings.md": "is tables, and tests/reports/test_reports_tables.py runs their commands",
    "brokers.md": "needs servers: tests/servers runs what it shows where they are",
    "databases.md": "needs servers: tests/servers runs what it shows where they are",
}
IN_FULL = bool(os.environ.get("CHAOSCTL_CONFORMANCE"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    assert [link for link in links if not (DOCS / link).exists()] == []


def test_both_languages_show_the_same_commands():
    assert commands(DOCS / "notes.md") == commands(DOCS / "notes.zh.md")


VERDICTS = {"true": "成立", "false": "不成立", "true only when": "仅当", "only when": "仅当"}
"""What a note may be called, in both languages."""


def test_every_note_has_a_verdict_and_both_languages_give_the_same():
    pages = [(DOCS / name).read_text("utf-8").split("\n## ")[1:] for name in ("notes.md", "notes.zh.md")]
    for english, chinese in zip(*pages, strict=True):
        bold = [word.lower() for word in re.findall(r"\*\*([A-Za-z ]+)\.?\*\*", english)]
        said = [word.rstrip("。") for word in re.findall(r"\*\*([^*]+)\*\*", chinese)]
        assert bold, english
        assert set(bold) <= set(VERDICTS), english
        assert {VERDICTS[word] for word in bold} == set(said) & set(VERDICTS.values()), (english, chinese)


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Return a folder with what a clone has, where commands write and nobody minds."""
    for name in ("experiments", "examples", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in SHOWN if page.name not in RUN_ELSEWHERE], ids=lambda page: page.name)
def test_every_command_of_a_page_exits_as_the_page_says(page, scratch):
    """In the page's order and in one folder, as a reader would; CI shortens what takes long (doc_commands.py)."""
    wrong = []
    for shown in dict.fromkeys(commands(page)):
        if shown.text in NOT_RUN:
            continue
        program, *words = expanded(shown.text, scratch)
        if program == "cp":
            subprocess.run([program, *words], check=True)
            continue
        assert program == "chaosctl", f"{shown.text}: run it here, or give the reason in NOT_RUN"
        done = CliRunner().invoke(app, words if IN_FULL else shorter(words))
        if done.exit_code != shown.code:
            wrong.append(f"{shown.text}: {done.exit_code}, not {shown.code}\n{done.output}")
    assert wrong == []


def test_nothing_is_exempt_that_no_page_shows():
    assert set(RUN_ELSEWHERE) <= {page.name for page in PAGES}
    assert set(NOT_RUN) <= {shown.text for page in SHOWN for shown in commands(page)}


def test_the_workflow_for_github_is_one():
    """What GitHub's own schema asks for: events, and jobs on a machine with steps that use or run something."""
    workflow, _ = yaml_blocks(DOCS / "ci.md")
    assert set(workflow) == {"name", True, "jobs"}  # YAML 1.1 reads `on` as true; GitHub does not.
    for job in workflow["jobs"].values():
        assert job["runs-on"] == "ubuntu-latest"
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
        assert all(set(step) <= {"uses", "with", "run", "if", "name"} for step in job["steps"])
        assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in job["steps"] if "uses" in step)


def test_the_job_for_gitlab_is_one_and_finds_the_junit_file_that_its_commands_write(scratch):
    _, pipeline = yaml_blocks(DOCS / "ci.md")
    for job in pipeline.values():
        assert set(job) == {"image", "script", "after_script", "artifacts"}
        for command in [*job["script"], *job["after_script"]]:
            if command not in NOT_RUN:
                CliRunner().invoke(app, [word for word in shlex.split(command)[1:] if word != "--baseline"])
        assert list(scratch.glob(job["artifacts"]["reports"]["junit"]))


@pytest.mark.slow
def test_commands_in_descriptions_of_experiments_have_what_they_name():
    """`make conformance` runs them, with one seed; CI sees that their options and files exist."""
    files = {name: load_file(library.find(name), catalogue()).description for name in library.names()}
    shown = {" ".join(each.words) for description in files.values() for each in inline(description)}
    assert len(shown) > 15
    for text in sorted(shown):
        command, *words = expanded(text, ROOT)[1:]
        if IN_FULL:
            assert CliRunner().invoke(app, shorter([command, *words])).exit_code in {0, 1}, text
        known = {option for parameter in get_command(app).commands[command].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, text
        assert [word for word in words if word.endswith(".toml") and not (ROOT / word).is_file()] == [], text


@pytest.mark.usefixtures("scratch")
@pytest.mark.slow
def test_the_demo_fails_on_one_side_alone():
    demo = re.search(r"^DEMO := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1].split()
    codes = [CliRunner().invoke(app, ["run", "-q", "--simulate", file]).exit_code for file in demo]
    assert codes == [1, 0]


@pytest.mark.skipif(not IN_FULL, reason="real processes for ten seconds: make conformance")
def test_make_demo_ends_well():
    subprocess.run(["make", "demo"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_the_reference_is_what_the_model_says():
    spec = importlib.util.spec_from_file_location("write_reference", DOCS / "write_reference.py")
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    for page, text in (("reference.md", writer.reference()), ("checks.md", writer.checks())):
        assert (DOCS / page).read_text("utf-8") == text, "python docs/write_reference.py writes it anew"
