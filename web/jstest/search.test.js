import { test } from "node:test";
import assert from "node:assert/strict";
import { fold, find } from "../static/js/lib/search.js";

test("folding keeps the length", () => {
  for (const s of ["Één", "STRASSE ß", "İstanbul", "e\u0301", "👩‍👧 ÄÖ", "ﬁets", ""]) assert.equal(fold(s).length, s.length, s);
  assert.equal(fold("Één Ä"), "een a");
});

test("words are found whatever their case and accents", () => {
  assert.deepEqual(find(fold("Één plan, een PLAN"), "plan"), [[4, 8], [14, 18]]);
  assert.deepEqual(find(fold("Één plan"), "een"), [[0, 3]]);
  assert.deepEqual(find(fold("een plan"), "ÉÉN "), [[0, 3]]);
  assert.deepEqual(find(fold("aaa"), "aa"), [[0, 2]]);
  assert.deepEqual(find(fold("niets"), "  "), []);
  assert.deepEqual(find(fold("a.b axb"), "a.b"), [[0, 3]]);
});
