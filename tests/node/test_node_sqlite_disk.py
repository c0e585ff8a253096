"""A node's disk in a process: what SQLite keeps, and what a lying disk forgets."""

import sqlite3

import pytest

from chaosctl.node.sqlite_disk import UNDO_KEPT, SqliteDisk

pytestmark = pytest.mark.trio


async def written(directory, *syncs):
    disk = SqliteDisk(directory)
    for writes in syncs:
        await disk.commit(writes, 0.0)
    return disk


async def test_another_process_reads_what_was_committed(tmp_path):
    await written(tmp_path, {"b": b"1", "a": b"2"}, {"b": b"3", "a": None, "c": b""})
    assert SqliteDisk(tmp_path).load(0) == {"b": b"3", "c": b""}


async def test_keys_are_loaded_in_their_order(tmp_path):
    await written(tmp_path, {"b": b"1", "a": b"2"})
    assert list(SqliteDisk(tmp_path).load(0)) == ["a", "b"]


async def test_lose_tail_undoes_the_last_syncs_each_whole(tmp_path):
    await written(tmp_path, {"a": b"1", "b": b"1"}, {"a": b"2", "c": b"2"}, {"a": None, "b": b"3"})
    assert SqliteDisk(tmp_path).load(1) == {"a": b"2", "b": b"1", "c": b"2"}
    assert SqliteDisk(tmp_path).load(1) == {"a": b"1", "b": b"1"}


async def test_lose_tail_of_more_than_there_was_leaves_nothing(tmp_path):
    await written(tmp_path, {"a": b"1"}, {"a": b"2"})
    assert SqliteDisk(tmp_path).load(5) == {}


async def test_a_disk_goes_on_where_lose_tail_left_it(tmp_path):
    await written(tmp_path, {"a": b"1"}, {"a": b"2"})
    disk = SqliteDisk(tmp_path)
    disk.load(1)
    await disk.commit({"a": b"3"}, 0.0)
    assert SqliteDisk(tmp_path).load(1) == {"a": b"1"}


async def test_only_the_last_syncs_can_be_undone(tmp_path):
    await written(tmp_path, *({"a": b"%d" % number} for number in range(UNDO_KEPT + 3)))
    assert SqliteDisk(tmp_path).load(UNDO_KEPT + 3) == {"a": b"2"}


async def test_a_commit_that_sqlite_refuses_fails_as_a_disk_does_and_leaves_nothing(tmp_path):
    disk = await written(tmp_path, {"a": b"1"})
    other = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    other.execute("DROP TABLE undo")
    with pytest.raises(OSError, match="undo"):
        await disk.commit({"a": b"2"}, 0.0)
    assert other.execute("SELECT value FROM store").fetchall() == [(b"1",)]


async def test_the_file_itself_is_whole_before_the_first_commit_is_told_of(tmp_path):
    await written(tmp_path, {"a": b"1"})
    alone = tmp_path / "alone"  # Without its log, which SQLite drops where the file is empty.
    alone.write_bytes((tmp_path / "store.sqlite").read_bytes())
    assert sqlite3.connect(alone).execute("SELECT name FROM sqlite_master ORDER BY name").fetchall() == [
        ("store",),
        ("undo",),
    ]


async def test_a_disk_that_nothing_was_written_to_has_no_file_and_holds_nothing(tmp_path):
    assert SqliteDisk(tmp_path).load(1) == {}
    assert list(tmp_path.iterdir()) == []


async def test_a_disk_syncs_in_full_again_after_its_tables_are_made(tmp_path):
    disk = await written(tmp_path, {"a": b"1"})
    assert disk._file.execute("PRAGMA synchronous").fetchone() == (2,)
    assert disk._file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
