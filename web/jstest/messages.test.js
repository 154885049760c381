import { test } from "node:test";
import assert from "node:assert/strict";
import { translator } from "../static/js/lib/messages.js";

test("messages", () => {
  const { t, tn } = translator({ "a.x": "dag {name}", "a.n": { one: "{n} vraag", other: "{n} vragen" } });
  assert.equal(t("a.x", { name: "Ada" }), "dag Ada");
  assert.equal(t("a.none"), "[a.none]");
  assert.equal(tn("a.n", 1), "1 vraag");
  assert.equal(tn("a.n", 0), "0 vragen");
});
