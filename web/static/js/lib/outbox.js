// outbox.js: what was done here and not yet acknowledged by the server.
//
// Every entry is written to the store before it is sent and leaves it when the
// server has said that it has it, so that a reload, a crash or a lost network
// lose nothing. Several tabs share one store; a lock lets one of them send at a
// time, and entries that a closed tab left behind are sent by the next one.
//
// An entry is in memory from put() on, in the store a write later, then under
// way, and from there acknowledged (gone), in conflict or refused (kept, and
// not sent until somebody decides), or unanswered (kept, and sent again). What
// holds whatever happens in between:
//
//  1. An entry leaves the store only in the write in which something else takes
//     its place: the news that the server has it, or an edit typed over it. A
//     page that goes at any moment leaves the one or the other.
//  2. An entry belongs to the page that made it as long as that page lives, and
//     then to the next that opens in its tab, or to any that finds it, which
//     makes it its own: an open page when nobody has come for it in a while.
//     Should two find one, both send it; the server takes the same answer twice
//     as once, and what the one was told of it is true for the other.
//  3. An entry says over which version its answer was typed: that of what was
//     shown. Only an acknowledgement of the same entry, or a coder who settles
//     a conflict, moves it on, so that nobody's answer is written over unseen;
//     or that at the server stands what was sent of it before, of which no word
//     came back (saving.js).
//  4. Of a variable's entries the newest is shown; one in conflict stays shown,
//     with what stands at the server, until it is settled. Another that meets
//     a conflict meanwhile waits for its turn.
//  5. A page is made by the server from what it has at that moment, and it
//     opens later. What was acknowledged in between to any page of this
//     browser, the page before it in the same tab too, is in the store as news,
//     or comes by the channel: news is told after it is written, and the
//     channel is opened before the store is read.
//  6. What is typed is an entry within a second, also of somebody who does not
//     pause (question.js).

/** @param {number} tries @returns {number} milliseconds to wait after that many failures */
export const backoff = (tries) => Math.min(10_000, 500 * 2 ** tries);

/**
 * An entry is {key, seq, at, kind, variable, body, state, sent}. One key is one
 * thing: a later edit of the same answer replaces an earlier one that was not
 * acknowledged. State is "" (to be sent), "refused" or "conflict"; sent is true
 * when it was, in this page, and may have come.
 */
export class Outbox {
  #store;
  #send;
  #lock;
  #settled;
  #changed;
  #later;
  #entries = new Map();
  #seq = 0;
  #tries = 0;
  #running = null;
  #again = false;
  #timer = null;
  #over = new Map(); // of entries that are dropped or settled elsewhere, by key
  #writes = Promise.resolve();
  #unwritten = new Map(); // entries by key, null to forget one
  #next = null; // the write that will take them

  /**
   * @param {object} parts
   * @param {{all: () => Promise<object[]>, write: (changes: [string, object | null][]) => Promise<void>}} parts.store
   * @param {(entry: object) => Promise<{outcome: "done" | "retry" | "refused" | "conflict", version?: number}>} parts.send
   * @param {(f: () => Promise<void>) => Promise<void>} parts.lock runs f while no other tab sends
   * @param {(entry: object, answer: object) => void} parts.settled told of every entry the server answered
   * @param {() => void} parts.changed told when the number or the state of entries changed
   * @param {(f: () => void, ms: number) => any} [parts.later] setTimeout
   */
  constructor({ store, send, lock, settled, changed, later = (f, ms) => setTimeout(f, ms) }) {
    this.#store = store;
    this.#send = send;
    this.#lock = lock;
    this.#settled = settled;
    this.#changed = changed;
    this.#later = later;
  }

  /** Takes over what earlier pages left behind. @returns {Promise<object[]>} the entries, oldest first */
  async load() {
    // What was put meanwhile is newer than what was left behind.
    const left = (await this.#store.all()).filter((e) => !this.#entries.has(e.key)).sort(byAge);
    for (const entry of left) {
      this.#entries.set(entry.key, entry);
      this.#seq = Math.max(this.#seq, entry.seq);
    }
    this.#changed();
    return left;
  }

  /** @returns {object[]} what is not acknowledged, oldest first */
  get entries() {
    return [...this.#entries.values()].sort(byAge);
  }

  /** @returns {boolean} whether the last try failed to reach the server */
  get failing() {
    return this.#tries > 0;
  }

  /** @param {string} key @returns {object | undefined} */
  get(key) {
    return this.#entries.get(key);
  }

  /** Keeps an entry and sends it as soon as may be. @returns {Promise<void>} settled when it is in the store */
  put(entry) {
    const kept = { state: "", at: Date.now(), ...entry, seq: ++this.#seq };
    this.#entries.set(kept.key, kept);
    this.#changed();
    // Kept even if the store fails: what is on the page is still sent.
    return this.#keep(kept.key, kept).then(() => void this.flush());
  }

  /** Keeps a record beside the entries, null to forget it, in one write with what was done to them just now. @returns {Promise<void>} */
  note(key, record) {
    return this.#keep(key, record);
  }

  /** Forgets an entry that is no longer wanted. @returns {object | undefined} it */
  drop(key) {
    const own = this.#entries.get(key);
    this.forget(own ?? { key });
    return own;
  }

  /** Sends an entry again that met a conflict. */
  retry(key) {
    const own = this.#entries.get(key);
    if (!own) return;
    this.#entries.set(key, { ...own, state: "" });
    this.flush();
  }

  /** Learns that an entry is settled, in one state of it: another tab may have had it too. */
  forget(entry) {
    // Nor does it come back if it is under way here.
    this.#over.set(entry.key, entry);
    if (!isOne(this.#entries.get(entry.key), entry)) return;
    this.#entries.delete(entry.key);
    this.#keep(entry.key, null);
    this.#changed();
  }

  /** Sends all that can be sent; tries again later, ever less often, when the server is not reached. */
  flush() {
    this.#again = true;
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  async #run() {
    clearTimeout(this.#timer);
    while (this.#again) {
      this.#again = false;
      let reached = true;
      await this.#lock(async () => {
        for (const entry of await this.#waiting()) {
          reached = await this.#deliver(entry);
          if (!reached) break;
        }
      });
      this.#tries = reached ? 0 : this.#tries + 1;
      this.#changed();
      if (!reached) {
        this.#timer = this.#later(() => this.flush(), backoff(this.#tries));
        return;
      }
    }
  }

  // What is in the store counts too: another tab may have closed on it.
  async #waiting() {
    await this.#writes;
    let stored = [];
    try {
      stored = await this.#store.all();
    } catch {
      // No store: what is in memory is all there is.
    }
    const all = new Map(stored.map((e) => [e.key, e]));
    for (const [key, entry] of this.#entries) all.set(key, entry);
    return [...all.values()].filter((e) => e.state === "").sort(byAge);
  }

  /** @returns {Promise<boolean>} whether the server was reached */
  async #deliver(entry) {
    const sending = this.#send(entry);
    entry.sent = true;
    const answer = await sending;
    if (answer.outcome === "retry") return false;
    const own = this.#entries.get(entry.key);
    // Dropped while it was under way: whatever was answered, it does not come back.
    if (!own && isOne(this.#over.get(entry.key), entry) && answer.outcome !== "done") return true;
    const newer = own !== undefined && own.seq !== entry.seq;
    let kept;
    if (newer) {
      // Something was changed while this was under way: it follows on. After
      // a conflict it keeps its old version, so that it meets the conflict too
      // and nobody's answer is written over unseen.
      if (answer.outcome === "done" && answer.version !== undefined) own.body = { ...own.body, version: answer.version };
      kept = own;
      this.#again = true;
    } else if (answer.outcome === "done") {
      this.#entries.delete(entry.key);
      kept = null;
    } else {
      kept = { ...entry, state: answer.outcome };
      this.#entries.set(entry.key, kept);
    }
    const written = this.#keep(entry.key, kept);
    // Told before the store is done: what is changed meanwhile must know the
    // new version, or it would be in conflict with this very answer.
    this.#settled(entry, answer, newer);
    await written;
    this.#changed();
    return true;
  }

  // Writes follow each other, so that an older one never lands last. What
  // gathers during a write is written in one go: however fast one types, an
  // entry waits for two writes at most.
  #keep(key, entry) {
    this.#unwritten.set(key, entry);
    this.#next ??= this.#writes.then(() => {
      const changes = [...this.#unwritten];
      this.#unwritten.clear();
      this.#next = null;
      return this.#store.write(changes);
    }).catch(() => {});
    return (this.#writes = this.#next);
  }
}

// Pages count for themselves: what two of them say of one thing is told apart by when.
const isOne = (a, b) => a?.key === b.key && a.seq === b.seq && a.at === b.at;

const byAge = (a, b) => a.at - b.at || a.seq - b.seq;
