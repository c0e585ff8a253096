"""Recordings written by hand serve measurements and reports alike; here they become run folders."""

import os
import shutil
import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "measurements"))

from chaosctl.history import folder as run_folder
from chaosctl.history.read import StoredRun, read_run
from chaosctl.history.recorder import Recorder
from chaosctl.measurements import measure_all


@pytest.fixture
def store(tmp_path):
    """Return a function that writes a recording and a verdict into a run's folder and reads the run again."""

    def stored(written, verdict=None, **about) -> StoredRun:
        recording = written.recording
        path = run_folder.create(tmp_path, recording.declared.experiment, 7, "2026-07-01T12:00:00Z")
        recorder = Recorder.to_folder(path)
        for rows, record in (
            (recording.operations, recorder.operation),
            (recording.events, recorder.event),
            (recording.faults, recorder.fault),
            (written.messages, recorder.message),
        ):
            for row in rows:
                record(row)
        recorder.close()
        declared = msgspec.to_builtins(recording.declared)
        content = {"seed": 7, "runtime": "simulation", "complete": True, "declared": declared} | about
        run_folder.write_json(path / "run.json", content)
        run_folder.write_json(path / "metrics.json", measure_all(recording))
        if verdict is not None:
            run_folder.write_json(path / "verdict.json", verdict)
        return read_run(path)

    return stored


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium; the test is skipped where there is none, and fails where CI says there must be."""
    from selenium import webdriver  # noqa: PLC0415 - half a second that only these tests need.
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        missing = "Chromium is not installed: `make browser`, as root, or Debian's chromium and chromium-driver"
        if os.environ.get("CHAOSCTL_BROWSER") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,900"):
        options.add_argument(argument)
    started = webdriver.Chrome(options=options, service=Service(driver))
    yield started
    started.quit()
