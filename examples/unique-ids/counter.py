#!/usr/bin/env python3
"""Unique ids, wrong: the node's name and a counter in memory, which begins anew when the node was killed."""

import json
import sys

name, count = "", 0
for line in sys.stdin:
    message = json.loads(line)
    body = message["body"]
    reply = {"type": body["type"] + "_ok", "in_reply_to": body["msg_id"]}
    if body["type"] == "init":
        name = body["node_id"]
    else:
        count += 1
        reply["id"] = f"{name}-{count}"
    print(json.dumps({"src": name, "dest": message["src"], "body": reply}), flush=True)
