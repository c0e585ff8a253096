"""The worst files that we could think of, each with the messages that a person must get for it.

A file's golden text stands beside it. After a change that is meant: `REWRITE_GOLDEN=1 pytest tests/experiment`, and
read the diff as the person would who has to mend the file.
"""

import os
from pathlib import Path

import pytest

from chaosctl.errors import BadInput
from chaosctl.experiment.load import load_file

WORST = Path(__file__).parent / "worst"


@pytest.mark.parametrize("path", sorted(WORST.glob("*.toml")), ids=lambda path: path.stem)
def test_a_bad_file_gets_all_its_messages_at_once(path, catalogue, monkeypatch):
    monkeypatch.chdir(WORST)
    with pytest.raises(BadInput) as raised:
        load_file(path.name, catalogue)
    golden = path.with_suffix(".txt")
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(f"{raised.value}\n", encoding="utf-8")
    assert f"{raised.value}\n" == golden.read_text(encoding="utf-8")


def test_every_golden_text_still_has_its_file():
    assert {path.stem for path in WORST.glob("*.txt")} == {path.stem for path in WORST.glob("*.toml")}
