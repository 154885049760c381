import { test } from "node:test";
import assert from "node:assert/strict";
import { fresh, lacking, lasts } from "../static/js/lib/news.js";
import { forgetDeleted } from "../static/js/lib/forget.js";

const news = (kind, at) => ({ key: `news/7/${kind}/${at}`, at, entry: { kind } });

test("of what a page may lack, answers tell their version and the rest is in it when it is older", () => {
  const list = [news("attach", 40), news("answer", 30), news("detach", 10), news("answer", 5)];
  assert.deepEqual(lacking(list, 20).map((n) => n.at), [5, 30, 40]);
});

test("news grows old", () => {
  assert.equal(fresh(news("answer", 1000), 1000 + lasts - 1), true);
  assert.equal(fresh(news("answer", 1000), 1000 + lasts), false);
});

test("old news is forgotten at any contact, and that of an erased case or text at once", async () => {
  const kept = new Map([news("answer", 0), news("answer", Date.now()), { ...news("attach", Date.now()), body: { document: 3 } }].map((n) => [n.key, n]));
  const store = { all: async () => [...kept.values()], write: async (changes) => changes.forEach(([key]) => kept.delete(key)) };
  await forgetDeleted(store, async () => null);
  assert.equal(kept.size, 2);
  await forgetDeleted(store, async () => ({ documents: [3], erased: [] }));
  assert.deepEqual([...kept.values()].map((n) => n.entry.kind), ["answer"]);
  await forgetDeleted(store, async () => ({ documents: [], erased: [7] }));
  assert.equal(kept.size, 0);
});
