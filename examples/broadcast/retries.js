#!/usr/bin/env node
// Maelstrom's broadcast, right: a message is on disk before it is acknowledged, and sent until each neighbour has it.
"use strict";
const fs = require("fs");
const LOG = "seen.jsonl";
const whole = fs.existsSync(LOG) ? fs.readFileSync(LOG, "utf8").split("\n").slice(0, -1) : [];
const seen = new Set(whole.map((line) => JSON.parse(line)));
const log = fs.openSync(LOG, "a");
const theirs = new Map();
let name = "", neighbours = [];

function send(dest, body) {
  process.stdout.write(JSON.stringify({ src: name, dest, body }) + "\n");
}

function heardBy(node) {
  if (!theirs.has(node)) theirs.set(node, new Set());
  return theirs.get(node);
}

function keep(messages) {
  const fresh = messages.filter((message) => !seen.has(message));
  if (fresh.length === 0) return;
  fresh.forEach((message) => seen.add(message));
  fs.writeSync(log, fresh.map((message) => JSON.stringify(message) + "\n").join(""));
  fs.fsyncSync(log);
}

function resend() {
  for (const neighbour of neighbours) {
    const missing = [...seen].filter((message) => !heardBy(neighbour).has(message));
    if (missing.length > 0) send(neighbour, { type: "gossip", messages: missing });
  }
}

function handle(src, body) {
  let reply = { type: body.type + "_ok", in_reply_to: body.msg_id };
  if (body.type === "init") name = body.node_id;
  if (body.type === "topology") neighbours = body.topology[name];
  if (body.type === "broadcast") keep([body.message]);
  if (body.type === "read") reply.messages = [...seen];
  if (body.type === "gossip") {
    keep(body.messages);
    reply = { type: "gossip_ok", messages: body.messages };
  }
  if (body.type === "gossip_ok") body.messages.forEach((message) => heardBy(src).add(message));
  else send(src, reply);
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  handle(message.src, message.body);
}).on("close", () => process.exit(0));
setInterval(resend, 200);
