#!/usr/bin/env python3
"""A node in Maelstrom's protocol with the standard library alone: it sends back what it is sent.

    chaosctl run examples/echo.toml

A node reads one JSON message a line on stdin and writes one a line on stdout; what it has to say to people goes to
stderr, which chaosctl keeps in the run's folder (nodes/n1/stderr.log).
"""

import json
import sys


def main() -> None:
    """Answer messages until stdin ends."""
    node_id = ""
    for line in sys.stdin:
        message = json.loads(line)
        request = message["body"]
        answer = {"in_reply_to": request.get("msg_id")}
        if request["type"] == "init":
            node_id = request["node_id"]
            answer |= {"type": "init_ok"}
        elif request["type"] == "echo":
            answer |= {"type": "echo_ok", "echo": request["echo"]}
        else:
            answer |= {"type": "error", "code": 10, "text": f"{request['type']} is not for an echo node"}
        reply = {"src": node_id, "dest": message["src"], "body": answer}
        print(json.dumps(reply), flush=True)  # One line, and flushed: whoever waits must not wait for a full buffer.


if __name__ == "__main__":
    main()
