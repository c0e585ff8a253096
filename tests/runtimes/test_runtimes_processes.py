"""What the runtime `processes` promises the conductor, with small real programs as nodes."""

import itertools
import json
import os
import signal
import sys
import time
import uuid
from collections import defaultdict
from pathlib import Path

import pytest
import trio
from leftovers import MARK, children_of, left_after, marked, open_pipes_and_sockets

from chaosctl.errors import RunBroke
from chaosctl.node.settings import Settings
from chaosctl.runtimes.processes import Processes
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.supervisor import Supervisor

pytestmark = [pytest.mark.processes, pytest.mark.slow]

INIT = b'{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2","n3"]}}'


class Seen:
    """The conductor's ears: what came, in one order; `until` waits for it with a deadline."""

    def __init__(self, runtime, folder, supervisor):
        self.runtime, self.folder, self.supervisor = runtime, folder, supervisor.process.pid
        self.all = []
        self.lines = defaultdict(list)
        self.exits = {}
        self.left = {}
        self.problems = []
        runtime.on_line, runtime.on_exit, runtime.on_problem = self.line, self.exit, self.problem

    def line(self, node, line):
        self.all.append((node, line))
        self.lines[node].append(line)

    def exit(self, node, incarnation, status):
        self.all.append((node, "exit"))
        self.exits[node, incarnation] = status
        self.left[node] = self.runtime.inbox_left(node)

    def problem(self, node, why, line):
        self.problems.append((node, why, line))

    def start(self, node, *command, incarnation=0, wipe=False):
        settings = Settings(directory=str(self.folder / node / "data"), incarnation=incarnation)
        self.runtime.start(Launch(node, incarnation, command, settings, wipe))

    async def until(self, condition, seconds=5):
        with trio.fail_after(seconds):
            while not condition():  # noqa: ASYNC110 - conditions look at other processes too.
                await trio.sleep(0.001)


def is_there(pid):
    return Path("/proc", pid.decode()).exists()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run an async function with a fresh runtime; nothing that it brought about may live on."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)

    async def with_runtime(test, supervisor):
        async with Processes(supervisor, 7) as runtime:
            await test(Seen(runtime, tmp_path, supervisor))

    def run_test(test):
        with Supervisor() as supervisor:
            trio.run(with_runtime, test, supervisor)
        assert [left for left in marked(mark) if not left.startswith(f"{os.getpid()}:")] == []

    return run_test


def test_a_node_gets_its_lines_and_gives_its_own_in_order(run):
    async def test(seen):
        seen.start("n1", "cat")
        expected = [b'{"number":%d}' % number for number in range(5000)]
        for line in expected:
            assert seen.runtime.deliver("n1", line)
        await seen.until(lambda: len(seen.lines["n1"]) == 5000)
        assert seen.lines["n1"] == expected

    run(test)


def test_an_exit_is_told_with_its_status_after_all_the_node_wrote(run):
    async def test(seen):
        seen.start("n1", "sh", "-c", "seq 1 9000; exit 3")
        await seen.until(lambda: ("n1", 0) in seen.exits)
        assert seen.exits["n1", 0] == 3
        assert len(seen.lines["n1"]) == 9000
        assert seen.all[-1] == ("n1", "exit")

    run(test)


def test_a_kill_loses_no_line_that_was_written(run, tmp_path):
    (tmp_path / "lines").write_bytes(b"0123456789\n" * 5000)  # Less than a pipe holds: written by one call.

    async def test(seen):
        def kill_at_the_first_line(node, line):
            seen.runtime.kill(node)
            seen.line(node, line)

        seen.runtime.on_line = kill_at_the_first_line
        script = "import os, time; os.write(1, open('../../lines', 'rb').read()); time.sleep(99)"
        seen.start("n1", sys.executable, "-c", script)
        await seen.until(lambda: ("n1", 0) in seen.exits)
        assert seen.exits["n1", 0] == -signal.SIGKILL
        assert len(seen.lines["n1"]) == 5000

    run(test)


def test_a_kill_takes_the_whole_group(run):
    async def test(seen):
        seen.start("n1", "sh", "-c", "sleep 1000 & echo $!; wait")
        await seen.until(lambda: seen.lines["n1"])
        assert is_there(seen.lines["n1"][0])
        seen.runtime.kill("n1")
        await seen.until(lambda: ("n1", 0) in seen.exits and not is_there(seen.lines["n1"][0]))

    run(test)


def test_what_a_node_leaves_behind_when_it_ends_by_itself_dies_with_it(run):
    async def test(seen):
        seen.start("n1", "sh", "-c", "sleep 1000 & echo $!; exit 0")
        await seen.until(lambda: ("n1", 0) in seen.exits)
        await seen.until(lambda: not is_there(seen.lines["n1"][0]))

    run(test)


def test_what_escaped_from_its_group_neither_holds_up_the_exit_nor_survives_the_run(run):
    async def test(seen):
        seen.start("n1", "sh", "-c", "setsid sleep 1000 & setsid sh -c 'setsid sleep 1000 & wait' & exit 5")
        await seen.until(lambda: seen.exits.get(("n1", 0)) == 5, seconds=2)

    run(test)  # The fixture looks for what is left.


def test_a_node_killed_while_it_is_being_started_dies_and_can_be_started_again_at_once(run):
    async def test(seen):
        def start_again(node, incarnation, status):
            seen.exit(node, incarnation, status)
            if incarnation < 3:
                seen.start(node, "cat", incarnation=incarnation + 1)
                seen.runtime.kill(node)

        seen.runtime.on_exit = start_again
        seen.start("n1", "cat")
        seen.runtime.kill("n1")
        await seen.until(lambda: ("n1", 3) in seen.exits)
        assert set(seen.exits.values()) == {-signal.SIGKILL}

    run(test)


def test_a_paused_node_keeps_what_fits_its_inbox_and_reads_it_when_resumed(run):
    async def test(seen):
        seen.start("n1", "cat")
        seen.runtime.deliver("n1", b"awake")
        await seen.until(lambda: seen.lines["n1"])
        seen.runtime.pause("n1")
        line = b"x" * 100
        taken = 0
        for _ in range(40):  # In pieces, so that the writer can fill the pipe in between.
            taken += sum(seen.runtime.deliver("n1", line) for _ in range(1000))
            await trio.sleep(0.002)
        assert 10_000 + 500 < taken < 12_000  # 64 KiB in the pipe, as much half written, then 10,000 lines.
        assert seen.lines["n1"] == [b"awake"]
        seen.runtime.resume("n1")
        await seen.until(lambda: len(seen.lines["n1"]) == taken + 1)

    run(test)


def test_a_paused_nodes_inbox_is_full_at_64_mebibytes_of_long_lines(run):
    async def test(seen):
        seen.start("n1", "cat")
        seen.runtime.pause("n1")
        line = b"x" * 1_000_000
        assert sum(seen.runtime.deliver("n1", line) for _ in range(100)) == 68

    run(test)


def test_the_users_own_modules_do_not_stand_in_for_the_standard_librarys(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("selectors.py").write_text("raise SystemExit('the wrong module')")

    async def test(seen):
        settings = Settings(pattern="raft-election", directory=str(seen.folder / "n1" / "data"))
        seen.runtime.start(Launch("n1", 0, None, settings))
        seen.runtime.deliver("n1", INIT)
        await seen.until(lambda: any(b"init_ok" in line for line in seen.lines["n1"]))

    run(test)


def test_what_a_killed_node_left_unread_is_counted_to_the_line(run):
    async def test(seen):
        seen.start("n1", "sh", "-c", "read line; read line; echo ready; sleep 1000")
        for number in range(3000):
            seen.runtime.deliver("n1", b"%040d" % number)
        await seen.until(lambda: seen.lines["n1"])
        await trio.sleep(0.01)  # The pipe fills.
        seen.runtime.kill("n1")
        await seen.until(lambda: ("n1", 0) in seen.exits)
        assert seen.left["n1"] == 2998  # A shell's read takes one byte at a time from a pipe.

    run(test)


def test_a_line_that_is_too_long_is_told_and_skipped_and_the_next_one_comes(run):
    async def test(seen):
        seen.start("n1", sys.executable, "-c", "print('before'); print('y' * 3_000_000); print('after')")
        await seen.until(lambda: ("n1", 0) in seen.exits)
        assert seen.lines["n1"] == [b"before", b"after"]
        assert [(node, why, len(line)) for node, why, line in seen.problems] == [("n1", "line-too-long", 1024)]

    run(test)


def test_a_line_without_an_end_is_told_when_its_writer_ended_by_itself(run):
    async def test(seen):
        seen.start("n1", "printf", "whole\\nhalf")
        await seen.until(lambda: ("n1", 0) in seen.exits)
        assert seen.lines["n1"] == [b"whole"]
        assert seen.problems == [("n1", "unfinished-line", b"half")]

    run(test)


def test_a_flood_of_one_node_does_not_hold_up_another(run):
    async def test(seen):
        trips = []

        def count(node, line):
            if node == "n2":
                trips.append(time.monotonic() - float(line))

        seen.runtime.on_line = count
        seen.start("n1", "yes", '{"src":"n1","dest":"n2","body":{"type":"flood"}}')
        seen.start("n2", "cat")
        for number in range(50):
            await trio.sleep(0.005)
            seen.runtime.deliver("n2", repr(time.monotonic()).encode())
            await seen.until(lambda number=number: len(trips) > number)
        assert sorted(trips)[25] < 0.05

    run(test)


def test_stderr_goes_to_the_nodes_log_and_no_further_than_its_bound(run, tmp_path):
    async def test(seen):
        seen.start("n1", "sh", "-c", "echo I complain >&2; yes x | head -c 12000000 >&2")
        await seen.until(lambda: ("n1", 0) in seen.exits)

    run(test)
    log = (tmp_path / "n1" / "stderr.log").read_bytes()
    assert log.startswith(b"I complain\nx\n")
    assert (10 << 20) < len(log) < (10 << 20) + 200
    assert b"dropped" in log[-100:]


def test_a_command_runs_in_its_data_directory_and_finds_its_settings(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my_node.py").write_text("import os; print(os.getcwd()); print(os.environ['CHAOSCTL_NODE'])")

    async def test(seen):
        seen.start("n1", sys.executable, "my_node.py", incarnation=4)
        await seen.until(lambda: len(seen.lines["n1"]) == 2)
        assert Path(seen.lines["n1"][0].decode()) == tmp_path / "n1" / "data"
        assert json.loads(seen.lines["n1"][1])["incarnation"] == 4

    run(test)


def test_a_wiped_node_finds_nothing_of_what_it_had_and_another_all(run):
    async def test(seen):
        for node in ("n1", "n2"):
            seen.start(node, "sh", "-c", "mkdir -p deep; echo kept >deep/file")
        await seen.until(lambda: len(seen.exits) == 2)
        for node in ("n1", "n2"):
            seen.start(node, "sh", "-c", "cat deep/file || echo nothing", incarnation=1, wipe=node == "n1")
        await seen.until(lambda: len(seen.exits) == 4)
        assert (seen.lines["n1"], seen.lines["n2"]) == ([b"nothing"], [b"kept"])

    run(test)


def test_a_program_that_is_not_there_breaks_the_run_by_name(run):
    async def test(seen):
        with pytest.raises(RunBroke, match="there is no program 'no-such-program'"):
            seen.start("n1", "no-such-program", "--option")

    run(test)


def test_a_program_that_cannot_be_executed_ends_with_the_shells_status_and_says_why(run, tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)

    async def test(seen):
        seen.start("n1", str(script))
        await seen.until(lambda: seen.exits.get(("n1", 0)) == 127)

    run(test)
    assert "cannot execute" in (tmp_path / "n1" / "stderr.log").read_text()


def test_the_run_breaks_and_nothing_is_left_when_the_supervisor_is_killed(tmp_path, monkeypatch):
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)

    async def test(supervisor):
        async with Processes(supervisor, 7) as runtime:
            seen = Seen(runtime, tmp_path, supervisor)
            seen.start("n1", "sh", "-c", "sleep 1000 & echo up; wait")
            await seen.until(lambda: seen.lines["n1"])
            supervisor.process.kill()
            await trio.sleep(5)

    with Supervisor() as supervisor, pytest.raises(RunBroke, match="supervisor"):
        trio.run(test, supervisor)
    assert left_after(mark, patience=1) == []


def test_due_actions_run_in_order_and_never_early(run):
    async def test(seen):
        ran = []
        runtime = seen.runtime
        start_ns = runtime.now_ns()
        for name, milliseconds in (("c", 6), ("a", 2), ("d", 6), ("b", 4)):
            due_ns = start_ns + milliseconds * 1_000_000
            runtime.call_at(due_ns, lambda name=name, due_ns=due_ns: ran.append((name, runtime.now_ns() >= due_ns)))
        runtime.call_at(start_ns + 3_000_000, lambda: ran.append(("cancelled", False))).cancel()
        await runtime.sleep_until(start_ns + 7_000_000)
        assert runtime.now_ns() >= start_ns + 7_000_000
        await seen.until(lambda: len(ran) == 4, seconds=1)
        assert ran == [("a", True), ("b", True), ("c", True), ("d", True)]

    run(test)


def test_an_error_inside_the_block_comes_out_as_it_is(run):
    async def test(seen):
        seen.start("n1", "cat")
        raise RunBroke("it is mine")

    with pytest.raises(RunBroke, match="it is mine"):
        run(test)


def test_a_node_of_our_own_answers_init_is_killed_and_comes_back(run):
    async def test(seen):
        for incarnation in range(3):
            settings = Settings(
                pattern="raft-election", directory=str(seen.folder / "n1" / "data"), incarnation=incarnation
            )
            seen.runtime.start(Launch("n1", incarnation, None, settings))
            seen.runtime.deliver("n1", INIT)
            await seen.until(lambda: any(b"init_ok" in line for line in seen.lines["n1"]))
            seen.runtime.kill("n1")
            await seen.until(lambda i=incarnation: seen.exits.get(("n1", i)) == -signal.SIGKILL)
            seen.lines.clear()

    run(test)


def test_forked_nodes_share_no_pipe_and_not_the_supervisors_socket(run):
    """A descriptor too many, and some end of file never comes."""

    async def test(seen):
        settings = Settings(pattern="raft-election", directory=str(seen.folder / "n" / "data"))
        for node in ("n1", "n2", "n3"):
            seen.runtime.start(Launch(node, 0, None, settings))
        await seen.until(lambda: len(children_of(seen.supervisor)) == 3)
        await trio.sleep(0.1)  # They have imported all they want by then, and closed what they don't.
        held = [open_pipes_and_sockets(pid) for pid in (seen.supervisor, *children_of(seen.supervisor))]
        for one, other in itertools.combinations(held, 2):
            assert not one.keys() & other.keys()
        assert all(len(ways) == 1 for node in held[1:] for ways in node.values())  # Nor its own pipe's other end.

    run(test)
