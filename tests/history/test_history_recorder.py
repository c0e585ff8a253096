import os

import msgspec
import pytest

from chaosctl.errors import RunBroke
from chaosctl.history import recorder as recorder_module
from chaosctl.history.once import REMEMBERED, Once
from chaosctl.history.recorder import ROWS_AT_ONCE, Recorder, RowsFile
from chaosctl.history.recording import Declared
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation

DECLARED = Declared("x", ("n1",), "p", {}, {}, "w", {}, 1, None, None, True, 1.0, 1.0, 1, 2)


def operation(index=0, **row):
    return Operation(**({"index": index, "time": index, "process": 0, "type": "invoke", "f": "read"} | row))


def message(number=0, **row):
    body = msgspec.Raw(b'{"type":"vote"}')
    return MessageRow(time=1, id=number, fate="sent", process="n1", src="n1", dest="n2", type="vote", body=body, **row)


def lines(path):
    return path.read_bytes().splitlines()


def test_a_recorder_reads_back_from_its_folder_what_it_would_have_kept_in_memory(tmp_path):
    for recorder in (on_disk := Recorder.to_folder(tmp_path), in_memory := Recorder.in_memory()):
        recorder.operation(operation(value={"key": [1, None, "é"]}, error=["abort", "x"], final=True))
        recorder.event(Event(time=2, node="n1", event="voted", id="n1/0/0", fields={"term": 3}))
        recorder.fault(FaultRow(time=3, occurrence=0, name="split", kind="partition", phase="applied", groups=[["n1"]]))
        recorder.message(message(7, faults=[0]))
    stored, kept = on_disk.recording(DECLARED), in_memory.recording(DECLARED)
    assert (stored.operations, stored.events, stored.faults) == (kept.operations, kept.events, kept.faults)
    assert msgspec.json.encode(list(stored.messages())) == msgspec.json.encode(list(kept.messages()))
    assert len(stored.operations) == len(list(stored.messages())) == 1
    assert list(kept.messages()), "the log can be read more than once"


def test_a_recorder_writes_buffered_rows_when_it_is_flushed(tmp_path):
    recorder = Recorder.to_folder(tmp_path)
    recorder.operation(operation())
    assert lines(tmp_path / "history.jsonl") == []
    recorder.flush()
    assert len(lines(tmp_path / "history.jsonl")) == 1


def test_a_recorder_writes_every_row_as_the_bytes_it_has_alone_and_in_order(tmp_path):
    recorder = Recorder.to_folder(tmp_path)
    rows = [message(number, msg_id=number, faults=[number] if number % 3 else []) for number in range(ROWS_AT_ONCE + 1)]
    rows.append(MessageRow(time=5, id=1, fate="dropped", why="cut"))
    for row in rows:
        recorder.message(row)
    recorder.close()
    assert lines(tmp_path / "messages.jsonl") == [msgspec.json.encode(row) for row in rows]


def test_a_recorder_has_a_fault_on_disk_before_it_returns(tmp_path):
    recorder = Recorder.to_folder(tmp_path)
    recorder.fault(FaultRow(time=3, occurrence=0, name="split", kind="partition", phase="applied"))
    assert b"split" in (tmp_path / "faults.jsonl").read_bytes()


def test_a_recorder_bounds_its_memory_without_being_flushed(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "BUFFER_LIMIT", 1000)
    recorder = Recorder.to_folder(tmp_path)
    for number in range(100):
        recorder.message(message(number))
    assert 90 <= len(lines(tmp_path / "messages.jsonl")) <= 100


@pytest.mark.parametrize("make", [Recorder.in_memory, None])
def test_a_recorder_leaves_messages_out_where_they_are_not_wanted(tmp_path, make):
    recorder = make(messages_wanted=False) if make else Recorder.to_folder(tmp_path, messages_wanted=False)
    recorder.message(message())
    recorder.close()
    assert list(recorder.recording(DECLARED).messages()) == []


@pytest.mark.parametrize("make", [Recorder.in_memory, None])
def test_a_recorder_drops_a_durable_event_that_is_sent_again_after_a_restart(tmp_path, make):
    recorder = make() if make else Recorder.to_folder(tmp_path)
    for identity in ("n1/0/0", "n1/0/2", "n1/0/1", "n1/0/2", "n1/1/0", "n2/0/2", "n1/0/0"):
        recorder.event(Event(time=1, node="n1", event="voted", id=identity))
    recorder.event(Event(time=1, node="n1", event="killed", role="runner"))
    recorder.event(Event(time=1, node="n1", event="killed", role="runner"))
    seen = [event.id for event in recorder.recording(DECLARED).events]
    assert seen == ["n1/0/0", "n1/0/2", "n1/0/1", "n1/1/0", "n2/0/2", "", ""]


@pytest.mark.parametrize("identity", ["n1/0/x", "/5", "", "n1/0/-1", "n1/0/9" + "9" * 40, "n1/0/²"])
def test_ids_of_another_form_are_remembered_too(identity):
    once = Once()
    assert [once.is_new(identity), once.is_new(identity)] == [True, False]


def test_remembering_ids_takes_bounded_memory_however_they_are_numbered():
    once = Once()
    for number in range(3 * REMEMBERED):
        once.is_new(f"n1/0/{2 * number}")
        once.is_new(f"odd {number}")
    once.is_new("n1/0/999999999999")
    assert len(once._incarnations["n1/0"]._missing) <= REMEMBERED
    assert len(once._others) <= REMEMBERED
    assert not once.is_new(f"n1/0/{6 * REMEMBERED - 2}")


def full_disk(_file, _data):
    raise OSError(28, "No space left on device")


def test_a_write_that_fails_breaks_the_run_once_and_keeps_what_was_written(tmp_path, monkeypatch):
    recorder = Recorder.to_folder(tmp_path)
    recorder.operation(operation(1))
    recorder.flush()
    real = os.write
    monkeypatch.setattr(recorder_module.os, "write", full_disk)
    recorder.operation(operation(2))
    with pytest.raises(RunBroke, match=r"history\.jsonl: can't be written: No space left"):
        recorder.flush()
    monkeypatch.setattr(recorder_module.os, "write", real)
    recorder.operation(operation(3))
    recorder.event(Event(time=1, node="n1", event="voted"))
    recorder.close()
    assert len(lines(tmp_path / "history.jsonl")) == 1
    assert len(lines(tmp_path / "events.jsonl")) == 1, "the other files go on"


def test_a_write_that_the_disk_takes_in_parts_is_written_whole(tmp_path, monkeypatch):
    real = os.write
    file = RowsFile(tmp_path / "rows.jsonl")
    monkeypatch.setattr(recorder_module.os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    file.append({"a": 12345})
    file.flush()
    assert (tmp_path / "rows.jsonl").read_bytes() == b'{"a":12345}\n'


def test_a_folder_that_is_not_there_breaks_the_run_with_its_path(tmp_path):
    with pytest.raises(RunBroke, match="nowhere"):
        Recorder.to_folder(tmp_path / "nowhere")
