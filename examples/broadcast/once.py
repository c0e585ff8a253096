#!/usr/bin/env python3
"""Maelstrom's broadcast, wrong: a message is passed on once, and a neighbour that was cut off never hears it."""

import json
import sys


def main():
    name, neighbours, seen = "", [], set()

    def send(dest, body):
        print(json.dumps({"src": name, "dest": dest, "body": body}), flush=True)

    for line in sys.stdin:
        message = json.loads(line)
        src, body = message["src"], message["body"]
        reply = {"type": body["type"] + "_ok", "in_reply_to": body.get("msg_id")}
        if body["type"] == "init":
            name = body["node_id"]
        elif body["type"] == "topology":
            neighbours = body["topology"][name]
        elif body["type"] == "read":
            reply["messages"] = sorted(seen)
        elif body["message"] not in seen:
            seen.add(body["message"])
            for neighbour in neighbours:
                if neighbour != src:
                    send(neighbour, {"type": "broadcast", "message": body["message"]})
        if "msg_id" in body:
            send(src, reply)


if __name__ == "__main__":
    main()
