"""Nodes without chaosctl, right and wrong ones: each example ends as its file says, under faults, on processes."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from whole_program import Program

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(
    path for kind in ("broadcast", "unique-ids", "lin-kv", "services") for path in (EXAMPLES / kind).glob("*.toml")
)
AT_ONCE = 4
"""They wait, mostly: for faults to come and go."""

UNKNOWN = 4
"""Nothing was proven, as on a machine too busy to be steady: such a run is made again, alone."""


@pytest.mark.processes
@pytest.mark.slow
def test_every_example_ends_as_its_file_expects(tmp_path):
    assert len(FILES) == 13
    files = [path for path in FILES if path.stem.endswith("-py") or shutil.which("node")]
    run = Program(tmp_path).run
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = dict(zip(files, pool.map(lambda path: run("run", str(path)), files), strict=True))
    runs |= {path: run("run", str(path)) for path, first in runs.items() if first.returncode == UNKNOWN}
    assert {path.stem: done.stdout + done.stderr for path, done in runs.items() if done.returncode} == {}
