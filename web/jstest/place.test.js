import test from "node:test";
import assert from "node:assert/strict";
import { readPlace } from "../static/js/lib/place.js";

test("places as coders type them", () => {
  for (const [typed, kind, n, document] of [
    ["12", "any", 12, null], [" p 3 ", "page", 3, null], ["blz. 3", "page", 3, null], ["¶ 7", "paragraph", 7, null], ["§7", "paragraph", 7, null],
    ["alinea 7", "paragraph", 7, null], ["3:12", "any", 12, 3], ["3: a 12", "paragraph", 12, 3], ["dag 60", "day", 60, null], ["day −3", "day", -3, null],
  ]) assert.deepEqual(readPlace(typed), { kind, n, document }, typed);
  for (const typed of ["", "0", "-2", "p", "12a", "3:", "1:2:3", "dag"]) assert.equal(readPlace(typed), null, typed);
});
