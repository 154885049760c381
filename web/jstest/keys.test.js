import { test } from "node:test";
import assert from "node:assert/strict";
import { action, defaults, remap } from "../static/js/lib/keys.js";

test("keys", () => {
  const check = (event, typing, want) => assert.equal(action(event, typing), want, JSON.stringify(event) + typing);
  check({ key: "j" }, "none", "next");
  check({ key: "3" }, "none", "choose_3");
  check({ key: "n" }, "none", "missing_1");
  check({ key: "j" }, "text", null);
  check({ key: "Escape" }, "text", "leave");
  check({ key: "Enter", ctrlKey: true }, "text", "submit");
  check({ key: "c", ctrlKey: true }, "none", null);
  check({ key: "j" }, "number", "next");
  check({ key: "3" }, "number", null);
  check({ key: "Backspace" }, "number", null);
  check({ key: "/" }, "number", null);
});

test("no key means two things", () => {
  const keys = Object.values(defaults);
  assert.equal(new Set(keys).size, keys.length);
  const map = remap(defaults, "next", "k");
  assert.equal(map.next, "k");
  assert.equal(map.previous, "j");
  assert.equal(remap(defaults, "next", "5"), defaults);
});
