import json
from pathlib import Path

import pytest

from chaosctl.errors import RunBroke
from chaosctl.history import folder

STARTED = "2026-07-01T12:00:00Z"


def test_a_run_gets_a_folder_named_after_experiment_time_and_seed(tmp_path):
    made = folder.create(tmp_path / "results", "leader-crash", 7, STARTED)
    assert made.relative_to(tmp_path) == Path("results/leader-crash/2026-07-01T120000Z-7")
    assert made.is_dir()


def test_runs_of_one_second_get_folders_of_their_own(tmp_path):
    made = {folder.create(tmp_path, "x", 7, STARTED) for _ in range(3)}
    assert len(made) == 3


def test_latest_leads_to_the_newest_run(tmp_path):
    for seed in (1, 2):
        newest = folder.create(tmp_path, "x", seed, STARTED)
    assert (tmp_path / "x" / "latest").resolve() == newest.resolve()
    assert not list((tmp_path / "x").glob(".latest*"))


def test_latest_is_a_file_with_the_name_where_symlinks_fail(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "symlink_to", lambda *_args, **_options: (_ for _ in ()).throw(OSError("no links here")))
    made = folder.create(tmp_path, "x", 1, STARTED)
    assert (tmp_path / "x" / "latest").read_text().strip() == made.name


def test_a_folder_called_latest_stops_no_run(tmp_path):
    (tmp_path / "x" / "latest").mkdir(parents=True)
    (tmp_path / "x" / "latest" / "something").touch()
    assert folder.create(tmp_path, "x", 1, STARTED).is_dir()


@pytest.mark.parametrize(
    "name", ["../../etc", "/etc/passwd", "..", ".", "", "a/b", "a\x00b", "-rf", "é" * 300, "a" * 999]
)
def test_no_experiment_name_leads_out_of_the_results(tmp_path, name):
    results = tmp_path / "results"
    made = folder.create(results, name, 1, STARTED)
    assert made.resolve().parent.parent == results.resolve()
    assert not made.parent.name.startswith((".", "-"))


def test_results_that_cannot_be_written_break_the_run_with_the_path(tmp_path):
    (tmp_path / "results").write_text("a file, not a folder")
    with pytest.raises(RunBroke, match="results/x: the run's folder can't be made"):
        folder.create(tmp_path / "results", "x", 1, STARTED)


def test_json_is_written_whole_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "run.json"
    for content in ({"a": 1}, {"b": [1, 2]}):
        folder.write_json(path, content)
    assert json.loads(path.read_text()) == {"b": [1, 2]}
    assert path.read_text().endswith("\n")
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_json_that_cannot_be_written_breaks_the_run_with_the_path(tmp_path):
    with pytest.raises(RunBroke, match=r"run\.json"):
        folder.write_json(tmp_path / "nowhere" / "run.json", {})
