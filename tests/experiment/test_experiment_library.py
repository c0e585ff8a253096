"""Finding experiments: by path, by the name of a shipped one, and what is said where there is none."""

import pytest

from chaosctl.errors import BadInput
from chaosctl.experiment import library


@pytest.fixture(autouse=True)
def shipped(tmp_path, monkeypatch):
    root = tmp_path / "shipped"
    for name in ("raft-election/leader-crash", "raft-election/split", "paxos/split", "paxos/dueling"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.toml").write_text("")
    monkeypatch.setattr(library, "folder", lambda: root)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    return root


@pytest.mark.parametrize(
    "name",
    [
        "raft-election/leader-crash",
        "raft-election/leader-crash.toml",
        "leader-crash",
        "experiments/raft-election/leader-crash.toml",
    ],
)
def test_a_shipped_experiment_is_found_from_an_empty_folder(name, shipped):
    assert library.find(name) == shipped / "raft-election/leader-crash.toml"


def test_a_file_of_ones_own_comes_before_a_shipped_one(tmp_path):
    own = tmp_path / "empty" / "leader-crash"
    own.write_text("")
    assert library.find("leader-crash").resolve() == own


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("raft-election/leader-crsh", "did you mean raft-election/leader-crash"),
        ("leader-crsh", "did you mean raft-election/leader-crash"),
        ("split", "paxos/split and raft-election/split: say which"),
        ("zzz", "chaosctl list experiments"),
        ("", "is no file's name"),
        ("a\0b", "is no file's name"),
    ],
)
def test_a_name_that_is_none_gets_the_nearest_ones(name, hint):
    with pytest.raises(BadInput, match=hint):
        library.find(name)


def test_a_misspelt_path_gets_the_file_beside_it(tmp_path):
    (tmp_path / "empty" / "my-split.toml").write_text("")
    with pytest.raises(BadInput, match=r"did you mean my-split\.toml"):
        library.find("my-splt.toml")


def test_a_folder_is_answered_with_a_file_in_it(shipped):
    with pytest.raises(BadInput, match=r"is a folder.*dueling\.toml"):
        library.find(str(shipped / "paxos"))
