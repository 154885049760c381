import { test } from "node:test";
import assert from "node:assert/strict";
import { records } from "../static/js/lib/records.js";
import { isAsked, isOpen, progress } from "../static/js/lib/progress.js";

// Ids that every object of JavaScript knows, or that would change it.
const hostile = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"];

test("an id that is not there is not there", () => {
  const r = records();
  for (const id of hostile) assert.equal(r[id], undefined, id);
});

test("an id is kept as any other, and changes nothing else", () => {
  const r = records(JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"value": "x"}}'));
  assert.deepEqual(Object.keys(r), ["__proto__", "constructor"]);
  assert.equal(r.polluted, undefined);
  assert.equal({}.polluted, undefined);
  for (const id of hostile) {
    r[id] = { polluted: id };
    assert.equal(r[id].polluted, id);
    assert.equal({}.polluted, undefined);
    assert.equal({}[id]?.polluted, undefined);
  }
});

test("a question with such an id is asked, counted and answered as any other", () => {
  const variables = [{ id: "constructor" }, { id: "damage" }];
  const state = { answers: records(), routing: records() };
  assert.equal(isAsked(state, "constructor"), true);
  assert.equal(isOpen(state, variables[0]), true);
  assert.deepEqual(progress(state, variables), { done: 0, asked: 2 });
  state.answers.constructor = { value: "yes", missing: null };
  assert.deepEqual(progress(state, variables), { done: 1, asked: 2 });
});
