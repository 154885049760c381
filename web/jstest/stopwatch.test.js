import test from "node:test";
import assert from "node:assert/strict";
import { Stopwatch, idle } from "../static/js/lib/stopwatch.js";

// Looks every second from..to, in seconds.
const run = (watch, from, to, here = true) => {
  for (let s = from; s <= to; s++) watch.look(s * 1000, here);
};

test("time counts while something is done, and a pause does not", () => {
  const watch = new Stopwatch();
  run(watch, 0, 30);
  assert.equal(watch.seconds, 0, "nobody touched the page");
  watch.touch(30_000);
  run(watch, 31, 300);
  assert.equal(watch.seconds, idle / 1000, "a minute after the last act the pause begins");
  watch.touch(300_000);
  run(watch, 301, 310, false);
  assert.equal(watch.seconds, 60, "another page has the focus");
});

test("a computer that slept counts no more than one look", () => {
  const watch = new Stopwatch();
  watch.touch(0);
  watch.look(0, true);
  watch.touch(3_600_000);
  watch.look(3_600_000, true);
  assert.equal(watch.seconds, 10);
});

test("what could not be told is kept", () => {
  const watch = new Stopwatch();
  watch.touch(0);
  run(watch, 0, 40);
  assert.equal(watch.take(25), 25);
  assert.equal(watch.seconds, 15);
  watch.giveBack(25);
  assert.equal(watch.take(600), 40);
});
