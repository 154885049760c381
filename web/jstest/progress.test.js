import { test } from "node:test";
import assert from "node:assert/strict";
import { isAsked, progress, next, checklist, isClear } from "../static/js/lib/progress.js";

const variables = [
  { id: "a", evidence: "required" },
  { id: "b", evidence: "none" },
  { id: "c", evidence: "none" },
  { id: "d", evidence: "none", locked: true },
];
const state = (answers, more = {}) => ({ answers, routing: { c: { asked: false } }, findings: [], passages: [], ...more });
const missing = [{ code: "UC", needs_note: true }];

test("progress counts what is asked", () => {
  const s = state({ a: { value: "1", missing: null } });
  assert.equal(isAsked(s, "c"), false);
  assert.deepEqual(progress(s, variables), { done: 1, asked: 2 });
});

test("going round", () => {
  const any = () => true;
  assert.equal(next(variables, "d", any).id, "a");
  assert.equal(next(variables, "a", any, -1).id, "d");
  assert.equal(next(variables, null, any).id, "a");
  assert.equal(next(variables, "a", (v) => v.id === "c").id, "c");
  assert.equal(next(variables, "a", () => false), null);
});

test("what stands in the way of submitting", () => {
  const s = state({ a: { value: "1", missing: null, note: "" }, b: { value: null, missing: "UC", note: "" } }, {
    findings: [
      { check: "K1", severity: "error", variables: ["a"] },
      { check: "K2", severity: "explain", variables: ["a"] },
      { check: "K3", severity: "warning", variables: ["a"] },
    ],
  });
  const list = checklist(s, variables, missing);
  assert.deepEqual([list.open, list.evidence, list.notes, list.findings.map((f) => f.check)], [[], ["a"], ["b"], ["K1", "K2"]]);
  const done = state({ a: { value: "1", note: "want" }, b: { value: null, missing: "UC", note: "want" } }, {
    passages: [{ variable: "a" }],
    findings: [{ check: "K2", severity: "explain", variables: ["a"] }],
  });
  assert.equal(isClear(checklist(done, variables, missing)), true);
});
