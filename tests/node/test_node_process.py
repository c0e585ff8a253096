"""A node as a process of its own, as Maelstrom runs it and as our supervisor does."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.slow]


class Process:
    """`python -m chaosctl.node PATTERN` on two pipes."""

    def __init__(self, pattern="paxos", arguments=(), **settings):
        environment = dict(os.environ)
        if settings:
            environment["CHAOSCTL_NODE"] = json.dumps({"events": True, **settings})
        command = [sys.executable, *arguments, "-m", "chaosctl.node", pattern]
        pipe = subprocess.PIPE
        self.popen = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
        self.lines = []
        self._rest = b""

    def tell(self, *bodies, src="c1"):
        lines = [json.dumps({"src": src, "dest": "n1", "body": body}) for body in bodies]
        self.popen.stdin.write(("\n".join(lines) + "\n").encode())
        self.popen.stdin.flush()

    def init(self):
        self.tell({"type": "init", "msg_id": 1, "node_id": "n1", "node_ids": ["n1"]})

    def wait_for(self, kind, seconds=10.0):
        """Read until a body of this type comes, and return it."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for body in self.lines:
                if body["type"] == kind:
                    self.lines.remove(body)
                    return body
            if select.select([self.popen.stdout], [], [], left)[0]:
                chunk = os.read(self.popen.stdout.fileno(), 65536)
                assert chunk, f"the node ended: {self.popen.stderr.read().decode()}"
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                self.lines += [json.loads(line)["body"] for line in lines]
        raise AssertionError(f"no {kind} came")

    def end(self):
        """Close its stdin and return (exit status, the rest of stdout, stderr)."""
        out, err = self.popen.communicate(timeout=10)
        return self.popen.returncode, out.decode(), err.decode()


@pytest.fixture
def process():
    started = []

    def start(*arguments, **settings):
        started.append(Process(*arguments, **settings))
        return started[-1]

    yield start
    for one in started:
        if one.popen.poll() is None:
            one.popen.kill()
        one.popen.communicate()


def test_a_node_decides_alone_as_maelstrom_would_run_it(process):
    node = process()
    node.init()
    assert node.wait_for("init_ok")["in_reply_to"] == 1
    node.tell({"type": "propose", "msg_id": 2, "value": "x"})
    echo_to_itself = node.wait_for("prepare")
    assert echo_to_itself["msg_id"]
    assert not [body for body in node.lines if body["type"] == "event"]


def test_a_node_reads_several_lines_in_one_read(process):
    node = process()
    init = {"type": "init", "msg_id": 1, "node_id": "n1", "node_ids": ["n1"]}
    node.tell(init, {"type": "fly", "msg_id": 2}, {"type": "fly", "msg_id": 3})
    assert [node.wait_for("error")["in_reply_to"] for _ in range(2)] == [2, 3]


def test_a_node_ends_with_its_stdin(process):
    node = process()
    node.init()
    node.wait_for("init_ok")
    assert node.end() == (0, "", "")


def test_a_node_process_imports_neither_the_command_line_nor_its_packages(process):
    node = process("paxos", ("-X", "importtime"))
    node.init()
    node.wait_for("init_ok")
    _, _, imported = node.end()
    assert "trio" in imported
    for package in ("typer", "rich", "pydantic", "chaosctl.cli", "chaosctl.experiment"):
        assert f" {package}\n" not in imported


def test_a_node_keeps_what_it_synced_when_it_is_killed(process, tmp_path):
    settings = {"pattern": "paxos", "directory": str(tmp_path)}
    node = process(**settings, incarnation=0)
    node.init()
    node.wait_for("init_ok")
    node.tell({"type": "prepare", "msg_id": 2, "ballot": [7, "n9"]}, src="n9")
    node.wait_for("synced")
    node.popen.kill()
    again = process(**settings, incarnation=1)
    again.init()
    again.wait_for("init_ok")
    again.tell({"type": "prepare", "msg_id": 3, "ballot": [3, "n9"]}, src="n9")
    assert again.wait_for("refused")["promised"] == [7, "n9"]


def test_a_node_kills_itself_at_an_armed_point_after_its_last_word(process, tmp_path):
    node = process(directory=str(tmp_path), armed=[{"name": "acceptor.reply.promise:pre", "nth": 1, "action": "crash"}])
    node.init()
    node.wait_for("init_ok")
    node.tell({"type": "prepare", "msg_id": 2, "ballot": [7, "n9"]}, src="n9")
    assert node.wait_for("point_reached")["nth"] == 1
    status, rest, why = node.end()
    assert (status, rest) == (-signal.SIGKILL, "")
    assert "acceptor.reply.promise:pre#1" in why


@pytest.mark.parametrize(
    ("pattern", "settings", "what"),
    [
        ("paxoss", {}, 'no pattern is called "paxoss"'),
        ("paxos", {"broken": "nothing"}, 'no broken variant "nothing"'),
        ("paxos", {"incarnation": "first"}, "CHAOSCTL_NODE"),
        ("paxos", {"placement": {"boss": ["n1"]}}, 'no role "boss"'),
    ],
)
def test_a_node_that_can_not_start_says_why_and_exits_with_2(process, pattern, settings, what):
    node = process(pattern, **settings)
    node.init()
    status, _, why = node.end()
    assert status == 2
    assert what in why
    assert "Traceback" not in why


def test_a_node_stands_still_while_nobody_reads_it_and_loses_no_line(process):
    node = process()
    node.init()
    node.wait_for("init_ok")
    bodies = [{"type": "fly" + "x" * 1000, "msg_id": number} for number in range(3000)]
    writer = threading.Thread(target=node.tell, args=bodies)  # 3 MB: more than the pipes and the buffer take.
    writer.start()
    writer.join(timeout=0.5)
    assert writer.is_alive(), "the node did not stand still"
    answers = [node.wait_for("error")["in_reply_to"] for _ in bodies]
    writer.join()
    assert answers == list(range(3000))
