"""A recorded simulation gives the same bytes again, or the replay says where it first differs and why."""

import json

import msgspec
import pytest

from chaosctl.errors import BadInput
from chaosctl.history.folder import EVENTS, MESSAGES, RUN
from chaosctl.runtimes.run import run_in_simulation
from chaosctl.search.replay import replay
from chaosctl.search.trial import Trial, keep_trial
from tests.conftest import plan_of, text_of

pytestmark = pytest.mark.slow


@pytest.fixture
def recorded(tmp_path):
    """Return the folder of a short run."""
    return run_in_simulation(plan_of(text_of("paxos/own-value"), 5), tmp_path).folder


def test_a_run_gives_the_same_bytes_again(recorded):
    outcome = replay(recorded)
    assert (outcome.divergence, outcome.reasons) == (None, [])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["two-phase-commit/partition", "raft-election/leader-crash", "paxos/all-crash"])
def test_a_kept_run_of_a_swarm_gives_the_same_bytes_again(name, seed, tmp_path):
    kept = keep_trial(Trial(text_of(name), seed, swarm=True), tmp_path)
    assert replay(kept.folder).divergence is None


def test_a_changed_row_is_named_with_its_file_and_line(recorded):
    changed = change_line(recorded / MESSAGES, 7, "id", "99")
    divergence = replay(recorded).divergence
    assert (divergence.file, divergence.line, divergence.recorded) == (MESSAGES, 7, changed)
    assert divergence.replayed != changed


def test_of_several_changes_the_first_in_the_runs_time_is_named(recorded):
    change_line(recorded / EVENTS, 30, "node", '"n9"')
    change_line(recorded / MESSAGES, 3, "id", "99")
    assert replay(recorded).divergence.file == MESSAGES


def test_a_run_that_was_cut_short_differs_at_its_end(recorded):
    lines = (recorded / EVENTS).read_bytes().splitlines(keepends=True)
    (recorded / EVENTS).write_bytes(b"".join(lines[:-1]))
    divergence = replay(recorded).divergence
    assert (divergence.line, divergence.recorded) == (len(lines), "nothing more")


def test_a_replay_by_other_code_or_versions_says_so(recorded):
    change_line(recorded / MESSAGES, 7, "id", "99")
    change_about(recorded, versions={"source": "0123", "trio": "0.1"}, complete=False)
    reasons = replay(recorded).reasons
    assert [reason.partition(":")[0] for reason in reasons[:-1]] == ["chaosctl", "source", "python", "trio"]
    assert reasons[-1] == "the recorded run did not come to its end"


def test_a_divergence_of_the_same_code_is_called_a_leak(recorded):
    change_line(recorded / MESSAGES, 7, "id", "99")
    assert "--check-determinism" in replay(recorded).reasons[0]


def test_a_run_on_processes_is_refused(recorded):
    change_about(recorded, runtime="processes")
    with pytest.raises(BadInput, match="ran on processes: only what was simulated"):
        replay(recorded)


def test_a_folder_that_holds_no_run_is_refused(tmp_path):
    with pytest.raises(BadInput, match="not a run"):
        replay(tmp_path)


def test_a_replay_leaves_the_recorded_run_alone(recorded):
    before = {path: path.read_bytes() for path in recorded.rglob("*") if path.is_file()}
    replay(recorded)
    assert {path: path.read_bytes() for path in recorded.rglob("*") if path.is_file()} == before


def change_line(path, number, key, value):
    """Give one row another value, and return the row."""
    lines = path.read_text().splitlines()
    row = json.loads(lines[number - 1])
    assert key in row
    lines[number - 1] = msgspec.json.encode(row | {key: json.loads(value)}).decode()
    path.write_text("".join(f"{line}\n" for line in lines))
    return lines[number - 1]


def change_about(folder, **changes):
    path = folder / RUN
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
