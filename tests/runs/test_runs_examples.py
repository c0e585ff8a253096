"""Nodes without chaosctl, right and wrong ones: each example ends as its file says, under faults, on processes."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from whole_program import Program

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = (".", "broadcast", "unique-ids", "lin-kv", "services")
FILES = sorted(path for folder in FOLDERS for path in (EXAMPLES / folder).glob("*.toml"))
AT_ONCE = 4
"""They wait, mostly: for faults to come and go."""

UNKNOWN = 4
"""Nothing was proven, as on a machine too busy to be steady: such a run is made again, alone."""


@pytest.mark.processes
@pytest.mark.slow
def test_every_example_ends_as_its_file_expects(tmp_path):
    assert len(FILES) == 15
    files = [path for path in FILES if shutil.which("node") or not path.stem.endswith("-js")]
    run = Program(tmp_path).run
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = dict(zip(files, pool.map(lambda path: run("run", str(path)), files), strict=True))
    runs |= {path: run("run", str(path)) for path, first in runs.items() if first.returncode == UNKNOWN}
    assert {path.stem: done.stdout + done.stderr for path, done in runs.items() if done.returncode} == {}
