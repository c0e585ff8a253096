#!/usr/bin/env node
// Maelstrom's lin-kv, wrong: each node answers from its own copy, and tells the others of a write afterwards.
"use strict";
const values = new Map();
let name = "", others = [];

function send(dest, body) {
  process.stdout.write(JSON.stringify({ src: name, dest, body }) + "\n");
}

function put(key, value) {
  values.set(key, value);
  others.forEach((other) => send(other, { type: "copy", key, value }));
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
    name = body.node_id;
    others = body.node_ids.filter((node) => node !== name);
    send(src, { type: "init_ok", in_reply_to: body.msg_id });
  } else if (body.type === "copy") {
    values.set(body.key, body.value);
  } else {
    send(src, { ...answer(body), in_reply_to: body.msg_id });
  }
});
