#!/usr/bin/env node
// Maelstrom's broadcast, wrong: a message is passed on once, to each neighbour, and whoever was cut off never hears it.
"use strict";
const seen = new Set();
let name = "", neighbours = [];

function send(dest, body) {
  process.stdout.write(JSON.stringify({ src: name, dest, body }) + "\n");
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { src, body } = JSON.parse(line);
  const reply = { type: body.type + "_ok", in_reply_to: body.msg_id };
  if (body.type === "init") name = body.node_id;
  if (body.type === "topology") neighbours = body.topology[name];
  if (body.type === "read") reply.messages = [...seen];
  if (body.type === "broadcast" && !seen.has(body.message)) {
    seen.add(body.message);
    for (const neighbour of neighbours.filter((one) => one !== src)) {
      send(neighbour, { type: "broadcast", message: body.message });
    }
  }
  if (body.msg_id !== undefined) send(src, reply);
});
