"""Runs whose resource managers are real databases: the embedded store's verdicts, and nothing left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chaosctl.errors import Missing
from tests.conftest import EXPERIMENTS
from tests.servers.conftest import need, until

SHIPPED = (
    "postgres-server-crash",
    "postgres-manager-crash",
    "postgres-deadlock",
    "mixed-server-crash",
)
"""Of those made for servers CI runs these; `make conformance` all."""

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.mark.parametrize(
    "name",
    [f"two-phase-commit/{name}" for name in SHIPPED],
)
def test_two_phase_commit_on_real_databases_ends_as_on_the_embedded_one(name, on_processes):
    need("postgres", "mariadb")
    run = on_processes(name)
    assert run.as_expected, run.why


@pytest.mark.parametrize("name", ["postgres-fifty-one", "postgres-disconnect"])
def test_what_a_participants_database_refuses_or_is_gone_for_comes_to_nothing_by_participant_error(name, on_processes):
    need("postgres")
    run = on_processes(f"two-phase-commit/{name}")
    assert run.as_expected, run.why
    rows = [row for row in run.finished.metrics["abort-rate"]["values"] if row["phase"] == "all" and row.get("extra")]
    causes = {row["extra"]["type"]: row["value"] for row in rows}
    assert causes["participant-error"] > 0
    assert sum(causes.values()) == pytest.approx(run.figure("abort-rate"))


@pytest.mark.usefixtures("nothing_installed")
def test_a_server_that_is_not_installed_makes_the_verdict_unknown_with_the_word_what_to_install(on_processes):
    with pytest.raises(
        Missing, match="unknown, not run: initdb is not installed: apt-get install postgresql"
    ) as missing:
        on_processes("two-phase-commit/postgres-manager-crash")
    assert missing.value.exit_code == 4


def test_a_full_disk_where_nobody_may_mount_a_small_one_is_refused_by_name_and_unknown(on_processes, monkeypatch):
    need("postgres")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Missing, match="unknown, not run: a server's disk can be filled by root on Linux alone"):
        on_processes("two-phase-commit/postgres-disk-full")


def test_no_server_outlives_a_chaosctl_that_is_killed(tmp_path):
    need("postgres")
    experiment = EXPERIMENTS / "two-phase-commit" / "postgres-manager-crash.toml"
    words = [sys.executable, "-m", "chaosctl", "run", str(experiment), "--results", str(tmp_path)]
    run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: len(serving(tmp_path)) == 2 and list(tmp_path.glob("*/*/nodes/*/data/*")))
    run.send_signal(signal.SIGKILL)
    run.wait()
    until(lambda: not serving(tmp_path))


def serving(folder):
    """Return the processes whose command line names a folder: postmasters; what they forked dies with them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(os.fsencode(folder) in word for word in words) and b"-D" in words:
            found.append(path)
    return found
