#!/usr/bin/env node
// Maelstrom's lin-kv, right: one node has all keys, on disk before it answers; the others pass requests on to it.
// Whoever is cut off from it is not served: consistent, not available. Linearizable because there is one copy.
"use strict";
const fs = require("fs");
const LOG = "values.jsonl";
const values = new Map();
if (fs.existsSync(LOG)) {
  for (const entry of fs.readFileSync(LOG, "utf8").split("\n").slice(0, -1)) values.set(...JSON.parse(entry));
}
const log = fs.openSync(LOG, "a");
const waiting = new Map();
let name = "", primary = "", lastId = Date.now() * 1000; // No id of a life before a restart is given again.

function send(dest, body) {
  process.stdout.write(JSON.stringify({ src: name, dest, body }) + "\n");
}

function put(key, value) {
  fs.writeSync(log, JSON.stringify([key, value]) + "\n");
  fs.fsyncSync(log);
  values.set(key, value);
}

function answer(body) {
  if (body.type === "write") put(body.key, body.value);
  else if (!values.has(body.key)) return { type: "error", code: 20, text: "there is no such key" };
  else if (body.type === "read") return { type: "read_ok", value: values.get(body.key) };
  else if (values.get(body.key) !== body.from) return { type: "error", code: 22, text: "it is another value" };
  else put(body.key, body.to);
  return { type: body.type + "_ok" };
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { src, body } = JSON.parse(line);
  if (body.type === "init") {
    [name, primary] = [body.node_id, body.node_ids[0]];
    send(src, { type: "init_ok", in_reply_to: body.msg_id });
  } else if (waiting.has(body.in_reply_to)) {
    const [client, msgId] = waiting.get(body.in_reply_to);
    waiting.delete(body.in_reply_to);
    send(client, { ...body, in_reply_to: msgId });
  } else if (body.in_reply_to !== undefined) {
    // An answer to a request from before a restart.
  } else if (name === primary) {
    send(src, { ...answer(body), in_reply_to: body.msg_id });
  } else {
    waiting.set(++lastId, [src, body.msg_id]);
    send(primary, { ...body, msg_id: lastId });
  }
});
