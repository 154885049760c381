import { test } from "node:test";
import assert from "node:assert/strict";
import { toPoints, toUnits, pointLength, trimToWords, lastAtOrBefore, moveWord } from "../static/js/lib/offsets.js";

const samples = ["", "gewoon", "é één", "e\u0301e\u0301n", "👩‍👧 thuis 🏠", "שלום עליכם", "so\u00adft", "🇳🇱🇳🇱", "𝒜b𝒞"];

test("code points and UTF-16 units are each other's inverse", () => {
  for (const s of samples) {
    const points = [...s];
    assert.equal(pointLength(s), points.length, s);
    for (let p = 0; p <= points.length; p++) {
      const unit = toUnits(s, p);
      assert.equal(s.slice(0, unit), points.slice(0, p).join(""));
      assert.equal(toPoints(s, unit), p);
    }
  }
});

test("lone halves of a pair count as one", () => {
  assert.equal(pointLength("a\ud800b"), 3);
  assert.equal(toUnits("a\ud800b", 2), 2);
  assert.equal(pointLength("\udc00\udc00"), 2);
});

test("a selection is trimmed to words", () => {
  const check = (text, from, to, want) => {
    const got = trimToWords(text, from, to);
    assert.equal(got && text.slice(...got), want, `${text} ${from}-${to}`);
  };
  const text = "Het veiligheidsplan ligt klaar.";
  check(text, 3, 20, "veiligheidsplan");
  check(text, 6, 12, "veiligheidsplan");
  check(text, 4, 30, "veiligheidsplan ligt klaar");
  check(text, 4, 31, "veiligheidsplan ligt klaar.");
  check(text, 3, 4, null);
  check("a 👩‍👧 b", 3, 4, "👩‍👧");
  check("e\u0301e\u0301n dag", 0, 1, "e\u0301e\u0301n");
  check("שלום עליכם", 1, 2, "שלום");
  check("x".repeat(500) + " staart", 501, 503, "staart");
});

test("the paragraph of an offset", () => {
  assert.equal(lastAtOrBefore([0, 10, 25], 9), 0);
  assert.equal(lastAtOrBefore([0, 10, 25], 10), 1);
  assert.equal(lastAtOrBefore([0, 10, 25], 99), 2);
  assert.equal(lastAtOrBefore([5], 4), -1);
});

test("the corpus that Go reads too", async () => {
  const { readFile } = await import("node:fs/promises");
  const corpus = JSON.parse(await readFile(new URL("../testdata/offsets.json", import.meta.url), "utf8"));
  assert.ok(corpus.length > 0);
  for (const { text, start, end, quote } of corpus) {
    const from = toUnits(text, start);
    const to = toUnits(text, end);
    assert.equal(text.slice(from, to), quote);
    assert.deepEqual([toPoints(text, from), toPoints(text, to)], [start, end], text);
  }
});

test("an end of a passage moves by words and never parts a character", () => {
  const points = [..."Het kind 👩‍👧 tekent, e\u0301én huis."];
  const text = (from, to) => points.slice(from, to).join("");
  let end = 3;
  const ends = [];
  for (let i = 0; i < 8; i++) ends.push(text(0, (end = moveWord(points, end, 1, 1, points.length, false))));
  assert.deepEqual(ends.slice(0, 5), ["Het kind", "Het kind 👩‍👧", "Het kind 👩‍👧 tekent", "Het kind 👩‍👧 tekent,", "Het kind 👩‍👧 tekent, e\u0301én"]);
  assert.equal(ends.at(-1), points.join(""), "and stays at the end");
  assert.equal(text(moveWord(points, 4, 1, 0, 20, true)), text(9), "the beginning goes to the next word");
  assert.equal(moveWord(points, 0, -1, 0, 20, true), 0);
});

test("places in random mixtures of hard texts, there and back", async () => {
  const { readFile } = await import("node:fs/promises");
  const sources = JSON.parse(await readFile(new URL("../testdata/sources.json", import.meta.url), "utf8"));
  const pool = [...sources.join("")];
  let seed = 11;
  const next = (n) => (seed = (seed * 48271) % 2147483647) % n;
  for (let i = 0; i < 2000; i++) {
    const points = Array.from({ length: 1 + next(60) }, () => pool[next(pool.length)]);
    const text = points.join("");
    const start = next(points.length);
    const end = start + 1 + next(points.length - start);
    const [from, to] = [toUnits(text, start), toUnits(text, end)];
    assert.equal(text.slice(from, to), points.slice(start, end).join(""), JSON.stringify(text));
    assert.deepEqual([toPoints(text, from), toPoints(text, to), pointLength(text)], [start, end, points.length]);
    const tidied = trimToWords(text, from, to);
    if (!tidied) continue;
    const quote = text.slice(...tidied);
    assert.ok(quote.isWellFormed(), "a pair is never parted");
    assert.equal([...text].slice(toPoints(text, tidied[0]), toPoints(text, tidied[0]) + pointLength(quote)).join(""), quote);
  }
});
