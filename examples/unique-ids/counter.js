#!/usr/bin/env node
// Unique ids, wrong: the node's name and a counter in memory, which begins anew when the node was killed.
"use strict";
let name = "", count = 0;
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { src, body } = JSON.parse(line);
  const reply = { type: body.type + "_ok", in_reply_to: body.msg_id };
  if (body.type === "init") name = body.node_id;
  else reply.id = `${name}-${++count}`;
  process.stdout.write(JSON.stringify({ src: name, dest: src, body: reply }) + "\n");
});
