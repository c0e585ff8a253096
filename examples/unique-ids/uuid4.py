#!/usr/bin/env python3
"""Unique ids, right: nothing is counted, so nothing can be forgotten: 122 random bits are drawn for each."""

import json
import sys
import uuid

name = ""
for line in sys.stdin:
    message = json.loads(line)
    body = message["body"]
    reply = {"type": body["type"] + "_ok", "in_reply_to": body["msg_id"]}
    if body["type"] == "init":
        name = body["node_id"]
    else:
        reply["id"] = str(uuid.uuid4())
    print(json.dumps({"src": name, "dest": message["src"], "body": reply}), flush=True)
