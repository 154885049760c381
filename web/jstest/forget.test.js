import { test } from "node:test";
import assert from "node:assert/strict";
import { forgetDeleted, forgetTab } from "../static/js/lib/forget.js";

const keeping = (...entries) => {
  const kept = new Map(entries.map((e) => [e.key, e]));
  return { kept, all: async () => [...kept.values()], write: async (changes) => changes.forEach(([key]) => kept.delete(key)) };
};
const quote = (key, document) => ({ key, kind: "attach", body: { document, quote: "the text" } });
const answer = (key) => ({ key, kind: "answer", body: { value: "yes", note: "a note" } });

test("quotes of deleted texts go, answers stay", async () => {
  const store = keeping(quote("7/passage/-1", 3), quote("7/passage/-2", 4), answer("7/vp/tab"), answer("8/vp/tab"));
  let asked;
  const n = await forgetDeleted(store, async (ids) => ((asked = ids), { documents: [3], erased: [] }));
  assert.deepEqual(asked, [7, 8]);
  assert.equal(n, 1);
  assert.deepEqual([...store.kept.keys()], ["7/passage/-2", "7/vp/tab", "8/vp/tab"]);
});

test("everything of an erased case goes", async () => {
  const store = keeping(quote("7/passage/-1", 3), answer("7/vp/tab"), answer("8/vp/tab"));
  assert.equal(await forgetDeleted(store, async () => ({ documents: [], erased: [7] })), 2);
  assert.deepEqual([...store.kept.keys()], ["8/vp/tab"]);
});

test("nothing goes when the server was not reached, and nothing is asked when nothing is kept", async () => {
  const store = keeping(answer("7/vp/tab"));
  assert.equal(await forgetDeleted(store, async () => null), 0);
  assert.equal(store.kept.size, 1);
  await forgetDeleted(keeping(), async () => assert.fail("asked"));
});

test("signing out empties what the tab kept, another form does not", () => {
  const kept = new Map([["undo-7", "an answer"]]);
  let submitted;
  forgetTab({ addEventListener: (name, act) => name === "submit" && (submitted = act) }, () => kept);
  const form = (action) => ({ target: { getAttribute: () => action } });
  submitted(form("/preferences"));
  assert.equal(kept.size, 1);
  submitted(form("/logout"));
  assert.equal(kept.size, 0);
  forgetTab({ addEventListener: (_, act) => act(form("/logout")) }, () => {
    throw new Error("blocked");
  });
});
