#!/usr/bin/env node
// A node in Maelstrom's protocol, in JavaScript without any package: it sends back what it is sent.
//
//     chaosctl run examples/echo-js.toml
//
// One JSON message a line on stdin and on stdout; what is for people goes to stderr (nodes/n1/stderr.log in the run).
"use strict";

let nodeId = "";

function reply(request, body) {
  const message = { src: nodeId, dest: request.src, body: { ...body, in_reply_to: request.body.msg_id } };
  process.stdout.write(JSON.stringify(message) + "\n");
}

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const request = JSON.parse(line);
    const { type, node_id, echo } = request.body;
    if (type === "init") {
      nodeId = node_id;
      reply(request, { type: "init_ok" });
    } else if (type === "echo") {
      reply(request, { type: "echo_ok", echo });
    } else {
      reply(request, { type: "error", code: 10, text: `${type} is not for an echo node` });
    }
  });
