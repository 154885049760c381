import { test } from "node:test";
import assert from "node:assert/strict";
import { choose, readNumber, readDate, show, same, isAnswered } from "../static/js/lib/answers.js";

const options = ["a", "b", "geen"].map((code) => ({ code, label: code.toUpperCase() }));
const multi = { type: "multi", options, exclusive: ["geen"] };
const single = { type: "single", options };

test("choosing", () => {
  assert.equal(choose(single, null, "a"), "a");
  assert.equal(choose(single, "a", "b"), "b");
  assert.equal(choose(single, "a", "a"), null);
  assert.equal(choose(multi, null, "b"), "b");
  assert.equal(choose(multi, "b", "a"), "a|b");
  assert.equal(choose(multi, "a|b", "geen"), "geen");
  assert.equal(choose(multi, "geen", "b"), "b");
  assert.equal(choose(multi, "b", "b"), null);
});

test("numbers as people type them", () => {
  const v = { min: 0, max: 100 };
  assert.deepEqual(readNumber(v, " 3,5 "), { value: "3.5" });
  assert.deepEqual(readNumber(v, "007"), { value: "7" });
  assert.deepEqual(readNumber(v, ""), { value: null });
  assert.deepEqual(readNumber(v, "−1"), { problem: "low" });
  assert.deepEqual(readNumber(v, "101"), { problem: "high" });
  assert.deepEqual(readNumber({}, "drie"), { problem: "number" });
});

test("dates, whole or in part", () => {
  for (const [typed, value] of [["2021", "2021"], ["2021-3", "2021-03"], ["9-3-2021", "2021-03-09"], ["3-2021", "2021-03"], ["29.2.2024", "2024-02-29"], ["", null]]) {
    assert.deepEqual(readDate(typed), { value }, typed);
  }
  assert.deepEqual(readDate("30-2-2021"), { problem: "no_day" });
  assert.deepEqual(readDate("13-2021"), { problem: "date" });
  assert.deepEqual(readDate("gisteren"), { problem: "date" });
});

test("answers in words", () => {
  const missing = [{ code: "NR", label: "Niet in dossier" }];
  assert.equal(show(multi, { value: "a|b", missing: null }, missing, "nl"), "A, B");
  assert.equal(show(single, { value: null, missing: "NR" }, missing, "nl"), "Niet in dossier");
  assert.equal(show({ type: "number", unit: "dagen" }, { value: "3.5", missing: null }, missing, "nl"), "3,5 dagen");
  assert.equal(show({ type: "date" }, { value: "2021-03", missing: null }, missing, "nl"), "maart 2021");
  assert.equal(show(single, undefined, missing, "nl"), "");
});

test("same and answered", () => {
  assert.equal(same({ value: "a" }, { value: "a", missing: null, note: "" }), true);
  assert.equal(same({ value: "a" }, { value: "a", note: "x" }), false);
  assert.equal(isAnswered({ value: null, missing: null, note: "x" }), false);
});
