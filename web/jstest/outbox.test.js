import { test } from "node:test";
import assert from "node:assert/strict";
import { Outbox, backoff } from "../static/js/lib/outbox.js";

const memory = (entries = new Map()) => ({
  entries,
  all: async () => [...entries.values()],
  put: async (e) => void entries.set(e.key, structuredClone(e)),
  delete: async (key) => void entries.delete(key),
  async write(changes) {
    for (const [key, e] of changes) await (e ? this.put(e) : this.delete(key));
  },
});

// A server of versions, as the API is: it may be unreachable, and it may
// store an answer whose acknowledgement is lost.
function server() {
  const s = { answers: {}, down: false, loseAck: false, log: [] };
  s.send = async (entry) => {
    await Promise.resolve();
    if (s.down) return { outcome: "retry" };
    const now = s.answers[entry.variable] ?? { version: 0 };
    if (entry.body.value === "bad") return { outcome: "refused" };
    if (entry.body.version !== now.version && !(entry.body.version === now.version - 1 && entry.body.value === now.value)) {
      return { outcome: "conflict", version: now.version };
    }
    if (entry.body.value !== now.value) s.answers[entry.variable] = { value: entry.body.value, version: now.version + 1 };
    s.log.push(entry.body.value);
    if (s.loseAck) return { outcome: "retry" };
    return { outcome: "done", version: s.answers[entry.variable].version };
  };
  return s;
}

function box(store, s, more = {}) {
  const timers = [];
  const settled = [];
  const outbox = new Outbox({
    store,
    send: s.send,
    lock: (f) => f(),
    settled: (entry, answer) => settled.push([entry.body.value, answer.outcome]),
    changed: () => {},
    later: (f, ms) => timers.push([f, ms]),
    ...more,
  });
  return { outbox, timers, settled };
}

const edit = (variable, value, version = 0) => ({ key: `1/${variable}`, kind: "answer", variable, body: { value, version } });

test("what is acknowledged leaves the store, and not before", async () => {
  const store = memory();
  const s = server();
  s.down = true;
  const { outbox, timers } = box(store, s);
  await outbox.put(edit("a", "1"));
  await outbox.flush();
  assert.equal(store.entries.size, 1);
  assert.equal(outbox.failing, true);
  s.down = false;
  timers.at(-1)[0]();
  await outbox.flush();
  assert.equal(store.entries.size, 0);
  assert.equal(outbox.failing, false);
  assert.deepEqual(s.answers.a, { value: "1", version: 1 });
});

test("a page that comes later sends what an earlier one left", async () => {
  const store = memory();
  const s = server();
  s.loseAck = true;
  const first = box(store, s);
  await first.outbox.put(edit("a", "1"));
  await first.outbox.flush();
  s.loseAck = false;
  const second = box(store, s);
  assert.equal((await second.outbox.load()).length, 1);
  await second.outbox.flush();
  assert.equal(store.entries.size, 0);
  assert.deepEqual(s.answers.a, { value: "1", version: 1 });
  assert.deepEqual(second.settled, [["1", "done"]]);
});

test("an edit during sending follows on with the new version", async () => {
  const store = memory();
  const s = server();
  let release;
  const slow = async (entry) => {
    if (entry.body.value === "1") await new Promise((resolve) => (release = resolve));
    return s.send(entry);
  };
  const { outbox } = box(store, { send: slow });
  await outbox.put(edit("a", "1"));
  const flushing = outbox.flush();
  while (!release) await new Promise(setImmediate);
  await outbox.put(edit("a", "2"));
  release();
  await flushing;
  assert.deepEqual(s.answers.a, { value: "2", version: 2 });
  assert.equal(store.entries.size, 0);
});

test("an edit while the store forgets what was acknowledged knows its version", async () => {
  const store = memory();
  const s = server();
  let version = 0;
  const { outbox } = box(store, s, { settled: (entry, answer) => (version = answer.version) });
  const forget = store.delete;
  store.delete = async (key) => {
    store.delete = forget;
    outbox.put(edit("a", "2", version));
    return forget(key);
  };
  await outbox.put(edit("a", "1", version));
  await outbox.flush();
  await outbox.flush();
  assert.deepEqual(s.answers.a, { value: "2", version: 2 });
  assert.deepEqual(outbox.entries, []);
  assert.equal(store.entries.size, 0);
});

test("an edit that follows a conflict meets the conflict too", async () => {
  const store = memory();
  const s = server();
  s.answers.a = { value: "other", version: 5 };
  let release;
  const slow = async (entry) => {
    if (entry.body.value === "1") await new Promise((resolve) => (release = resolve));
    return s.send(entry);
  };
  const { outbox } = box(store, { send: slow });
  await outbox.put(edit("a", "1", 4));
  const flushing = outbox.flush();
  while (!release) await new Promise(setImmediate);
  await outbox.put(edit("a", "2", 4));
  release();
  await flushing;
  assert.deepEqual(s.answers.a, { value: "other", version: 5 });
  assert.deepEqual(outbox.entries.map((e) => [e.body.value, e.state]), [["2", "conflict"]]);
});

test("a conflict and a refusal stay until somebody decides", async () => {
  const store = memory();
  const s = server();
  s.answers.a = { value: "other", version: 5 };
  const { outbox, settled } = box(store, s);
  await outbox.put(edit("a", "mine", 3));
  await outbox.put(edit("b", "bad"));
  await outbox.put(edit("c", "1"));
  await outbox.flush();
  assert.deepEqual(outbox.entries.map((e) => [e.variable, e.state]), [["a", "conflict"], ["b", "refused"]]);
  assert.equal(store.entries.size, 2);
  await outbox.put(edit("a", "mine", 5));
  await outbox.drop("1/b");
  await outbox.flush();
  assert.deepEqual(s.answers.a, { value: "mine", version: 6 });
  assert.equal(store.entries.size, 0);
  assert.deepEqual(settled.map(([, outcome]) => outcome), ["conflict", "refused", "done", "done"]);
});

test("a thousand random edits with a failing server lose nothing", async () => {
  // A fixed sequence, so that a failure can be repeated.
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const store = memory();
  const s = server();
  let page = box(store, s);
  const typed = {};
  const versions = {};
  const settled = (entry, answer) => {
    if (answer.outcome === "done") versions[entry.variable] = answer.version;
  };
  page = box(store, s, { settled });
  for (let i = 0; i < 1000; i++) {
    const variable = "abcde"[Math.floor(random() * 5)];
    typed[variable] = String(i);
    s.down = random() < 0.3;
    s.loseAck = random() < 0.1;
    const waiting = page.outbox.get(`1/${variable}`);
    await page.outbox.put(edit(variable, String(i), waiting ? waiting.body.version : (versions[variable] ?? 0)));
    if (random() < 0.2) await page.outbox.flush();
    if (random() < 0.05) {
      await page.outbox.flush();
      page = box(store, s, { settled });
      await page.outbox.load();
    }
    // A lost acknowledgement of an older edit is a conflict of this browser
    // with itself; the coder would keep what was typed here.
    for (const e of page.outbox.entries.filter((e) => e.state === "conflict")) {
      await page.outbox.put(edit(e.variable, e.body.value, s.answers[e.variable].version));
    }
  }
  s.down = s.loseAck = false;
  for (let i = 0; i < 3; i++) {
    await page.outbox.flush();
    for (const e of page.outbox.entries.filter((e) => e.state === "conflict")) {
      await page.outbox.put(edit(e.variable, e.body.value, s.answers[e.variable].version));
    }
  }
  assert.deepEqual(Object.fromEntries(Object.entries(s.answers).map(([k, v]) => [k, v.value])), typed);
  assert.equal(store.entries.size, 0);
});

test("waiting grows and stops growing", () => {
  assert.deepEqual([1, 2, 3, 10].map(backoff), [1000, 2000, 4000, 10000]);
});

test("what is typed during a write is written in one go", async () => {
  const store = memory();
  let writes = 0;
  const slow = { ...store, write: async (changes) => { writes++; await new Promise((go) => setTimeout(go, 5)); await store.write(changes); } };
  const s = server();
  s.down = true;
  const { outbox } = box(slow, s);
  await Promise.all(Array.from({ length: 100 }, (_, i) => outbox.put(edit(`v${i % 10}`, String(i)))));
  assert.ok(writes <= 3, `${writes} writes`);
  assert.deepEqual([...store.entries.values()].map((e) => e.body.value).sort(), ["90", "91", "92", "93", "94", "95", "96", "97", "98", "99"]);
});

test("what is dropped under way does not come back", async () => {
  const store = memory();
  const s = server();
  s.answers.a = { value: "theirs", version: 3 };
  const { send } = s;
  const slow = box(store, { ...s, send: async (entry) => { await slow.outbox.drop(entry.key); return send(entry); } });
  await slow.outbox.put(edit("a", "mine", 1));
  await slow.outbox.flush();
  assert.deepEqual([slow.outbox.entries, [...store.entries.values()], slow.settled], [[], [], []]);
});

test("what another page has settled does not come back, and another state of it stays", async () => {
  const store = memory();
  const s = server();
  s.answers.a = { value: "theirs", version: 3 };
  const { send } = s;
  let outbox;
  // Two pages took over the same entry: the other was told that it is saved, and
  // somebody has changed the answer since.
  const told = async (entry) => { outbox.forget({ key: entry.key, seq: entry.seq, at: entry.at }); return send(entry); };
  ({ outbox } = box(store, s, { send: told }));
  await outbox.put(edit("a", "mine", 1));
  await outbox.flush();
  assert.deepEqual([outbox.entries, [...store.entries.values()]], [[], []]);
  // In conflict here already when the news comes: it goes for good.
  ({ outbox } = box(store, s));
  await outbox.put(edit("a", "mine", 1));
  await outbox.flush();
  const [kept] = outbox.entries;
  assert.equal(kept.state, "conflict");
  outbox.forget({ ...kept, at: kept.at - 1 });
  outbox.forget({ ...kept, seq: kept.seq + 1 });
  assert.equal(outbox.entries.length, 1);
  outbox.forget(kept);
  await outbox.flush();
  assert.deepEqual([outbox.entries, [...store.entries.values()]], [[], []]);
});
