#!/usr/bin/env python3
"""Maelstrom's lin-kv, right: one node has all keys, on disk before it answers; the others pass requests on to it.

Whoever is cut off from it is not served: consistent, not available. Linearizable because there is one copy.
"""

import json
import os
import sys
import time

name, primary, values = "", "", {}
waiting, last_id = {}, time.time_ns() // 1000  # No id of a life before a restart is given again.
log = open("values.jsonl", "a+", encoding="utf-8")
log.seek(0)
for entry in log:
    if entry.endswith("\n"):
        key, value = json.loads(entry)
        values[json.dumps(key)] = value


def send(dest, body):
    print(json.dumps({"src": name, "dest": dest, "body": body}), flush=True)


def put(key, value):
    log.write(json.dumps([key, value]) + "\n")
    log.flush()
    os.fsync(log.fileno())
    values[json.dumps(key)] = value


def answer(body):
    key, kind = json.dumps(body["key"]), body["type"]
    if kind == "write":
        put(body["key"], body["value"])
    elif key not in values:
        return {"type": "error", "code": 20, "text": "there is no such key"}
    elif kind == "read":
        return {"type": "read_ok", "value": values[key]}
    elif values[key] != body["from"]:
        return {"type": "error", "code": 22, "text": f"it is {values[key]}"}
    else:
        put(body["key"], body["to"])
    return {"type": f"{kind}_ok"}


for line in sys.stdin:
    message = json.loads(line)
    src, body = message["src"], message["body"]
    if body["type"] == "init":
        name, primary = body["node_id"], body["node_ids"][0]
        send(src, {"type": "init_ok", "in_reply_to": body["msg_id"]})
    elif body.get("in_reply_to") in waiting:
        client, msg_id = waiting.pop(body["in_reply_to"])
        send(client, body | {"in_reply_to": msg_id})
    elif "in_reply_to" in body:
        pass  # An answer to a request from before a restart.
    elif name == primary:
        send(src, answer(body) | {"in_reply_to": body["msg_id"]})
    else:
        last_id += 1
        waiting[last_id] = (src, body["msg_id"])
        send(primary, body | {"msg_id": last_id})
