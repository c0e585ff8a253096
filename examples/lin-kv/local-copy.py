#!/usr/bin/env python3
"""Maelstrom's lin-kv, wrong: each node answers from its own copy, and tells the others of a write afterwards."""

import json
import sys

name, others, values = "", [], {}


def send(dest, body):
    print(json.dumps({"src": name, "dest": dest, "body": body}), flush=True)


def put(key, value):
    values[key] = value
    for other in others:
        send(other, {"type": "copy", "key": key, "value": value})


def answer(body):
    key, kind = body["key"], body["type"]
    if kind == "write":
        put(key, body["value"])
    elif key not in values:
        return {"type": "error", "code": 20, "text": "there is no such key"}
    elif kind == "read":
        return {"type": "read_ok", "value": values[key]}
    elif values[key] != body["from"]:
        return {"type": "error", "code": 22, "text": f"it is {values[key]}"}
    else:
        put(key, body["to"])
    return {"type": f"{kind}_ok"}


for line in sys.stdin:
    message = json.loads(line)
    src, body = message["src"], message["body"]
    if body["type"] == "init":
        name = body["node_id"]
        others = [node for node in body["node_ids"] if node != name]
        send(src, {"type": "init_ok", "in_reply_to": body["msg_id"]})
    elif body["type"] == "copy":
        values[body["key"]] = body["value"]
    else:
        send(src, answer(body) | {"in_reply_to": body["msg_id"]})
