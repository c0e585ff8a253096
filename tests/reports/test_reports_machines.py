"""What other programs rely on: schemas that hold what we write, and annotations at the line that was not met."""

import json
from pathlib import Path

import jsonschema
import pytest
import tomli
from test_reports_renderings import failing
from typer.testing import CliRunner
from written import Written

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.experiment import library
from chaosctl.experiment.schema import schema
from chaosctl.reports import document, github

DOCS = Path(__file__).parents[2] / "docs"

EXPERIMENT = """name = "by-hand"
[expect]
verdict = "pass"

[[expect.thresholds]]
metric = "availability"

[[expect.thresholds]]
metric = "takeover-time"
"""


@pytest.fixture(scope="module")
def experiments():
    return jsonschema.Draft202012Validator(schema(catalogue()))


def test_every_shipped_experiment_is_as_the_schema_says(experiments):
    shipped = {name: (library.folder() / f"{name}.toml").read_text(encoding="utf-8") for name in library.names()}
    assert {name for name, text in shipped.items() if not experiments.is_valid(tomli.loads(text))} == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": 5},
        {"duration": "5 parsecs"},
        {"colour": "red"},
        {"system": {"pattern": "raft-ellection"}},
        {"faults": [{"kind": "partion"}]},
        {"faults": [{"kind": "crash", "groups": [["n1"], ["rest"]]}]},
        {"faults": [{"kind": "crash", "when": {"message": "vote", "nth": 0}}]},
        {"network": {"latency": {"distribution": "uniform", "mean": "2ms"}}},
    ],
)
def test_the_schema_refuses_what_an_editor_should_mark(wrong, experiments):
    right = {"name": "x", "duration": "5s", "system": {"pattern": "paxos"}}
    assert experiments.is_valid(right)
    assert not experiments.is_valid(right | wrong)


def test_new_prints_the_schema():
    done = CliRunner().invoke(app, ["new", "--schema"])
    assert json.loads(done.stdout) == schema(catalogue())


def test_a_report_is_as_its_schema_says_and_the_documented_one_is_current(store):
    written = json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8"))
    assert written == document.schema(), "python docs/write_reference.py writes it anew"
    validator = jsonschema.Draft202012Validator(written)
    about = {"mechanism": "message", "versions": {}, "machine": {}, "experiment": "by-hand"}
    for run in (store(*failing(), **about), store(Written(), None, **about)):
        content = json.loads(json.dumps(document.as_json(run)))
        assert list(validator.iter_errors(content)) == []
        assert not validator.is_valid(content | {"seed": "seven"})


def test_github_is_shown_the_lines_that_were_not_met(store):
    found = list(github.annotations(store(*failing()), "a,b.toml", EXPERIMENT))
    places = [line.partition("::")[2].partition("::")[0] for line in found]
    assert places == [
        "error file=a%2Cb.toml,line=5,title=availability (faults)",
        "warning file=a%2Cb.toml,line=8,title=takeover-time",
        "warning file=a%2Cb.toml,line=2,title=progress",
        "error file=a%2Cb.toml,line=2,title=election-safety",
    ]
    assert "94.99%25 < 95%25" in found[0]  # Percent signs are escaped: GitHub unescapes them.


def test_github_is_shown_nothing_where_all_is_as_expected(store):
    written, verdict = failing()
    run = store(written, verdict | {"as_expected": True, "exit_code": 0})
    assert list(github.annotations(run, "x.toml", EXPERIMENT)) == []


def test_a_run_in_a_workflow_leaves_annotations_and_a_summary(tmp_path, monkeypatch):
    file = tmp_path / "slow.toml"
    file.write_text(
        'name = "slow"\nduration = "300ms"\ngrace = "50ms"\n[system]\npattern = "paxos"\n[workload]\nrate = 50\n'
        '[[expect.thresholds]]\nmetric = "latency-p50"\nmax = 0.001\n'
    )
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    done = CliRunner().invoke(app, ["run", "--simulate", "-q", str(file), "--results", str(tmp_path / "results")])
    assert done.exit_code == 1
    assert "::error file=slow.toml,line=8,title=latency-p50::" in done.stderr
    assert "FAIL" in (tmp_path / "summary.md").read_text()
