#!/usr/bin/env python3
"""A key-value store that keeps nothing: for every key it asks the runner's service lin-kv, and passes the answer on."""

import json
import sys

name, waiting, last = "", {}, 0


def send(dest, body):
    print(json.dumps({"src": name, "dest": dest, "body": body}), flush=True)


for line in sys.stdin:
    message = json.loads(line)
    src, body = message["src"], message["body"]
    if body["type"] == "init":
        name = body["node_id"]
        send(src, {"type": "init_ok", "in_reply_to": body["msg_id"]})
    elif src == "lin-kv":
        client, msg_id = waiting.pop(body["in_reply_to"])
        send(client, body | {"in_reply_to": msg_id})
    else:
        last += 1
        waiting[last] = (src, body["msg_id"])
        send("lin-kv", body | {"msg_id": last})
