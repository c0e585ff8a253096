import json
import os

import msgspec
import pytest

from chaosctl.errors import BadInput
from chaosctl.history import folder as run_folder
from chaosctl.history.read import find_runs, read_run
from chaosctl.history.recorder import Recorder
from chaosctl.history.recording import Declared
from chaosctl.history.records import Event, MessageRow, Operation

DECLARED = Declared("x", ("n1", "n2"), "p", {"voter": ("n1",)}, {}, "w", {}, 1, None, None, True, 1.0, 1.0, 1, 2)


def write_run(results, experiment="x", seed=7, started="2026-07-01T12:00:00Z", **about):
    path = run_folder.create(results, experiment, seed, started)
    recorder = Recorder.to_folder(path)
    for index in range(3):
        recorder.operation(Operation(index=index, time=index, process=index, type="invoke", f="read"))
    recorder.event(Event(time=1, node="n1", event="voted", id="n1/0/0"))
    recorder.message(MessageRow(time=1, id=1, fate="dropped", why="cut"))
    recorder.close()
    content = {"format": 1, "complete": True, "declared": msgspec.to_builtins(DECLARED)} | about
    run_folder.write_json(path / "run.json", content)
    return path


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path)


def mistake(path):
    with pytest.raises(BadInput) as caught:
        list(read_run(path).recording.messages())
    [found] = caught.value.mistakes
    return found


def test_a_run_is_read_as_it_was_recorded(run):
    stored = read_run(run)
    assert stored.recording.declared == DECLARED
    assert len(stored.recording.operations) == 3
    assert [row.why for row in stored.recording.messages()] == ["cut"]
    assert (stored.recording.complete, stored.recording.notes) == (True, [])
    assert (stored.verdict, stored.metrics) == (None, None)


def test_a_run_brings_its_verdict_and_metrics_where_they_were_written(run):
    check = {"valid": "fail", "why": "two values", "evidence": [{"text": "n1 and n2 differ", "operations": [1]}]}
    run_folder.write_json(run / "verdict.json", {"verdict": "fail", "checks": {"agreement": check}, "new-key": 1})
    values = [{"value": None, "samples": 0}, {"value": 1, "samples": 2, "phase": "faults"}]
    run_folder.write_json(
        run / "metrics.json", {"availability": {"unit": "share", "better": "higher", "values": values}}
    )
    stored = read_run(run)
    assert stored.verdict.checks["agreement"].evidence[0].operations == [1]
    assert [value.value for value in stored.metrics["availability"].values] == [None, 1]


def test_a_last_line_that_was_cut_short_is_left_out_and_the_run_marked_incomplete(run):
    path = run / "history.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    recording = read_run(run).recording
    assert len(recording.operations) == 2
    assert not recording.complete
    assert recording.notes == ["history.jsonl was cut short in its last line"]


def test_every_cut_of_a_file_is_read_as_far_as_it_goes(run):
    path = run / "history.jsonl"
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        recording = read_run(run).recording
        assert len(recording.operations) in {whole[:length].count(b"\n"), whole[:length].count(b"\n") + 1}
        assert recording.complete == (length == 0 or whole[:length].endswith(b"\n"))


def test_a_run_that_did_not_end_in_order_says_so(tmp_path):
    recording = read_run(write_run(tmp_path, complete=False)).recording
    assert not recording.complete
    assert recording.notes


@pytest.mark.parametrize("file", ["history.jsonl", "events.jsonl", "faults.jsonl", "messages.jsonl"])
@pytest.mark.parametrize(
    "line", [b"{]", b"\xff\xfe", b"[1]", b'{"time":"soon"}', b"", b"null", b'{"time":0,"fields":{"a":' + b"[" * 100_000]
)
def test_a_line_that_is_no_row_is_named_with_file_and_number(run, file, line):
    path = run / file
    good = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*good, line + b"\n", *good]))
    found = mistake(run)
    assert (found.file, found.line) == (str(path), len(good) + 1)
    assert file in found.what


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'{\n "format": 1,\n oops}', 3),
        (b"", 1),
        (b"\xff", 1),
        (b"[]", 1),
        (b"{}", 1),
        (b'{"declared": {}}', 1),
        (b'{"declared": {"nodes": 3}}', 1),
        (b'{"format": "1", "declared": {}}', 1),
        (b"[" * 100_000, 1),
    ],
)
def test_a_run_json_that_is_none_is_bad_input_with_its_line(run, content, line):
    (run / "run.json").write_bytes(content)
    found = mistake(run)
    assert (found.file, found.line) == (str(run / "run.json"), line)


def test_a_run_of_a_newer_version_is_refused_and_says_so(tmp_path):
    assert "newer" in mistake(write_run(tmp_path, format=99)).what


@pytest.mark.parametrize("file", ["verdict.json", "metrics.json"])
@pytest.mark.parametrize("content", ["[1]", '{"x": 1}', "{", '{"verdict": {}}'])
def test_a_verdict_or_metrics_of_another_form_is_bad_input(run, file, content):
    (run / file).write_text(content)
    assert mistake(run).file == str(run / file)


def test_a_folder_without_a_run_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    assert "not a run" in mistake(tmp_path / "empty").what
    assert "not a folder" in mistake(tmp_path / "file").what
    assert "no such folder" in mistake(tmp_path / "nowhere").what


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_bad_input(run):
    (run / "history.jsonl").chmod(0)
    assert "can't be read" in mistake(run).what


def test_a_missing_file_of_rows_is_one_without_rows(run):
    (run / "messages.jsonl").unlink()
    assert list(read_run(run).recording.messages()) == []


def test_the_newest_run_of_all_is_found_where_none_is_named(tmp_path):
    write_run(tmp_path, "b", started="2026-07-01T11:00:00Z")
    newest = write_run(tmp_path, "a", started="2026-07-02T09:00:00Z")
    write_run(tmp_path, "c", started="2026-07-01T23:00:00Z")
    assert find_runs([], tmp_path) == find_runs(["latest"], tmp_path) == [newest]


@pytest.mark.parametrize("name", ["x", "x/latest", "{results}/x", "{results}/x/latest", "{run}"])
def test_a_run_is_found_by_experiment_folder_or_path(tmp_path, name):
    write_run(tmp_path, started="2026-07-01T11:00:00Z")
    newest = write_run(tmp_path)
    [found] = find_runs([name.format(results=tmp_path, run=newest)], tmp_path)
    assert found.resolve() == newest.resolve()


def test_latest_as_a_file_with_the_name_is_followed(tmp_path):
    made = write_run(tmp_path)
    (tmp_path / "x" / "latest").unlink()
    (tmp_path / "x" / "latest").write_text(made.name + "\n")
    assert find_runs(["x/latest"], tmp_path) == [made]


def test_several_runs_are_found_in_the_order_they_are_named(tmp_path):
    a, b = write_run(tmp_path, "a"), write_run(tmp_path, "b")
    assert find_runs(["b", "a"], tmp_path) == [b, a]


def test_all_names_that_are_no_run_are_told_at_once_with_the_nearest(tmp_path):
    write_run(tmp_path, "leader-crash")
    (tmp_path / "other").mkdir()
    with pytest.raises(BadInput) as caught:
        find_runs(["leader-crush", str(tmp_path / "other"), "a\x00b"], tmp_path)
    first, second, _ = (str(one.what) for one in caught.value.mistakes)
    assert 'did you mean "leader-crash"' in first
    assert "not a run" in second


def test_results_without_runs_are_bad_input(tmp_path):
    with pytest.raises(BadInput, match="no runs"):
        find_runs([], tmp_path / "results")


def test_run_json_is_what_other_programs_can_read(run):
    assert json.loads((run / "run.json").read_text())["declared"]["nodes"] == ["n1", "n2"]
