#!/usr/bin/env python3
"""A key-value store that keeps nothing: it asks the service that its argument names, and passes the answer on."""

import json
import sys

service = sys.argv[1]
name, waiting, last = "", {}, 0


def send(dest, body):
    print(json.dumps({"src": name, "dest": dest, "body": body}), flush=True)


for line in sys.stdin:
    message = json.loads(line)
    src, body = message["src"], message["body"]
    if body["type"] == "init":
        name = body["node_id"]
        send(src, {"type": "init_ok", "in_reply_to": body["msg_id"]})
    elif src == service:
        client, msg_id = waiting.pop(body["in_reply_to"])
        send(client, body | {"in_reply_to": msg_id})
    else:
        last += 1
        waiting[last] = (src, body["msg_id"])
        send(service, body | {"msg_id": last})
