#!/usr/bin/env python3
"""Maelstrom's broadcast, right: a message is on disk before it is acknowledged, and sent until each neighbour has it.

No package, and nothing of chaosctl. The folder that a node is started in is its own and survives a kill.
"""

import json
import os
import select
import time

RESEND_SECONDS = 0.2


class Node:
    """What it has heard (`seen`), and of each neighbour what that has surely heard (`theirs`)."""

    def __init__(self):
        self.name, self.neighbours = "", []
        self.log = open("seen.jsonl", "a+", encoding="utf-8")
        self.log.seek(0)
        self.seen = {json.loads(line) for line in self.log if line.endswith("\n")}
        self.theirs = {}

    def send(self, dest, body):
        line = json.dumps({"src": self.name, "dest": dest, "body": body}) + "\n"
        os.write(1, line.encode())

    def keep(self, messages):
        new = [message for message in messages if message not in self.seen]
        if new:
            self.seen.update(new)
            self.log.writelines(json.dumps(message) + "\n" for message in new)
            self.log.flush()
            os.fsync(self.log.fileno())

    def resend(self):
        for neighbour in self.neighbours:
            missing = self.seen - self.theirs.setdefault(neighbour, set())
            if missing:
                self.send(neighbour, {"type": "gossip", "messages": sorted(missing)})

    def handle(self, src, body):
        reply = {"type": body["type"] + "_ok", "in_reply_to": body.get("msg_id")}
        match body["type"]:
            case "init":
                self.name = body["node_id"]
            case "topology":
                self.neighbours = body["topology"][self.name]
            case "broadcast":
                self.keep([body["message"]])
            case "read":
                reply["messages"] = sorted(self.seen)
            case "gossip":
                self.keep(body["messages"])
                reply = {"type": "gossip_ok", "messages": body["messages"]}
            case "gossip_ok":
                self.theirs.setdefault(src, set()).update(body["messages"])
                return
        self.send(src, reply)


def main():
    node, rest, due = Node(), b"", 0.0
    while True:
        readable, _, _ = select.select([0], [], [], max(0.0, due - time.monotonic()))
        if readable:
            data = os.read(0, 1 << 16)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                message = json.loads(line)
                node.handle(message["src"], message["body"])
        if time.monotonic() >= due:
            node.resend()
            due = time.monotonic() + RESEND_SECONDS


if __name__ == "__main__":
    main()
