"""A node that keeps nothing: for every key it asks the service that its argument names."""

import json
import sys


def main(service: str) -> None:
    name, waiting, last_id = "", {}, 0

    def send(dest: str, body: dict) -> None:
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
            last_id += 1
            waiting[last_id] = (src, body["msg_id"])
            send(service, body | {"msg_id": last_id})


main(sys.argv[1])
