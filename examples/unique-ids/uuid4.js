#!/usr/bin/env node
// Unique ids, right: nothing is counted, so nothing can be forgotten: 122 random bits are drawn for each.
"use strict";
let name = "";
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { src, body } = JSON.parse(line);
  const reply = { type: body.type + "_ok", in_reply_to: body.msg_id };
  if (body.type === "init") name = body.node_id;
  else reply.id = require("crypto").randomUUID();
  process.stdout.write(JSON.stringify({ src: name, dest: src, body: reply }) + "\n");
});
