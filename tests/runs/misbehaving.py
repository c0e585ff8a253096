"""An echo node with one bad habit: `misbehaving.py HABIT [NODE]`; with a NODE only that one has it.

It starts no faster than Python does, so it imports little.
"""

import json
import os
import signal
import sys
import time

FLOOD, BURST = 80_000, 8_000  # The latter is read in time on any machine, and is still a hundred times a pipe's worth.
FLOOD_LINE = b"x" * 1000
LONG_LINE = 2 << 20
IMPOLITE = (
    b"hello",
    b"",
    b"[1, 2]",
    b'{"src": "n1", "dest": "c1"}',
    b"\xff\xfe",
    b'{"src": "n1", "dest": "c1", "body": 7}',
)


def write(data: bytes) -> None:
    """Write a line to stdout, whole, however long it is."""
    rest = memoryview(data + b"\n")
    while rest:
        rest = rest[os.write(1, rest) :]


def write_nonsense() -> None:
    for line in IMPOLITE:
        write(line)


def write_to_nobody() -> None:
    write(b'{"src": "n1", "dest": "n99", "body": {"type": "hello"}}')


def write_as_nobody() -> None:
    write(b'{"src": "n99", "dest": "n1", "body": {"type": "hello", "msg_id": 0}}')


def write_flood(lines: int) -> None:
    for _ in range(0, lines, 100):
        write(b"\n".join([FLOOD_LINE] * 100))


def leave_child() -> None:
    """Fork a child that only SIGKILL ends, in the node's group, and another one that has left it."""
    for leaves_group in (False, True):
        child = os.fork()
        if child:
            print(child, file=sys.stderr, flush=True)
        else:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if leaves_group:
                os.setsid()
            time.sleep(1000)


def die() -> None:
    print("the disk is \x1b[5mon fire", file=sys.stderr)
    sys.exit(7)


def was_here_before() -> bool:
    """Return whether this node has been started in its folder before, and leave a mark."""
    try:
        os.close(os.open("started", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return True
    return False


def answers_init(habit: str) -> bool:
    """Do what the habit says at init; return whether it is answered."""
    if habit.endswith("-at-restart"):
        habit = habit.replace("restart", "init") if was_here_before() else ""
    if habit == "die-at-init":
        die()
    if habit == "die-and-hang-at-init":
        time.sleep(1000)
    if habit == "greets":
        write(b"Hello, I am \x1b[5mready")
    return habit not in {"silent-at-init", "greets"}


AT_FIRST_ECHO = {
    "nonsense": write_nonsense,
    "long-line": lambda: write(b"y" * LONG_LINE),
    "to-nobody": write_to_nobody,
    "as-nobody": write_as_nobody,
    "flood": lambda: write_flood(FLOOD),
    "burst": lambda: write_flood(BURST),
    "leave-child": leave_child,
    "talk": lambda: sys.stderr.write("y" * 500_000),
    "die": die,
    "die-and-hang-at-restart": die,
    "hang": lambda: time.sleep(1000),
    "speak": lambda: print("one echo \x1b[5mseen", file=sys.stderr, flush=True),
    "half-line": lambda: (os.write(1, b'{"src": "n1", "de'), sys.exit(0)),
}


def main(habit: str, only: str = "") -> None:
    node, echoes = "", 0
    for line in sys.stdin:
        message = json.loads(line)
        request = message["body"]
        answer = {"type": request["type"] + "_ok", "in_reply_to": request["msg_id"]}
        if request["type"] == "init":
            node = request["node_id"]
            if only and node != only:
                habit = ""
            if not answers_init(habit):
                continue
        elif habit == "pass-on":
            write(json.dumps(message | {"dest": "n1"}).encode())
            continue
        else:
            echoes += 1
            answer["echo"] = "wrong" if habit == "wrong" else request["echo"]
            if echoes == 1 and habit in AT_FIRST_ECHO:
                AT_FIRST_ECHO[habit]()
            if habit == "answer-nothing":
                del answer["echo"]
            if habit == "wrong-reply":
                answer["in_reply_to"] += 1
            if habit == "answer-no-object":
                answer = [answer]
        write(json.dumps({"src": node, "dest": message["src"], "body": answer}).encode())
        if habit == "one-shot" and request["type"] == "echo":
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
