// store.js: the outbox on disk, in IndexedDB; in memory where a browser has none.

const open = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open("dossierlens", 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) request.result.createObjectStore("outbox", { keyPath: "key" });
      request.result.createObjectStore("synced");
    };
    request.onsuccess = () => {
      // A newer program's page may change the stores; it need not wait for this one.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    // An older one's page does not let go: what is typed here is sent all the same.
    request.onblocked = () => reject(new Error("the store is held by an older page"));
  });

/**
 * @param {string} prefix of the keys that belong to this page
 * @returns {Promise<{all: Function, news: Function, take: Function, write: Function, lasting: boolean}>} news is what pages of
 *   this browser were told of late, under keys that begin with "news/"; take(free, change) changes the entries that are free,
 *   such as whose they are, in one go, and returns them; lasting is false when nothing outlives the page
 */
export async function openStore(prefix) {
  let db;
  try {
    db = await open();
  } catch {
    const entries = new Map();
    return {
      lasting: false,
      all: async () => [...entries.values()].filter((e) => e.key.startsWith(prefix)),
      news: async () => [],
      take: async () => [],
      write: async (changes) => changes.forEach(([key, entry]) => (entry ? entries.set(key, entry) : entries.delete(key))),
    };
  }
  const range = IDBKeyRange.bound(prefix, prefix + "\uffff");
  const news = IDBKeyRange.bound(`news/${prefix}`, `news/${prefix}\uffff`);
  const run = (name, mode, durability, act) =>
    new Promise((resolve, reject) => {
      const tx = db.transaction(name, mode, { durability });
      const request = act(tx.objectStore(name));
      // Not when the last reply has come, which a page that goes does not hear.
      tx.commit?.();
      tx.oncomplete = () => resolve(request.result);
      tx.onerror = tx.onabort = () => reject(tx.error);
    });
  // What is written outlives the page at once. That it outlives a power cut
  // takes the disk longer, and nothing typed meanwhile waits for it: the disk
  // is asked by a second store, whose writes come after those of the first.
  let syncing = false;
  let again = false;
  async function sync() {
    again = true;
    if (syncing) return;
    syncing = true;
    while (again) {
      again = false;
      await run("synced", "readwrite", "strict", (s) => s.put(Date.now(), "at")).catch(() => {});
    }
    syncing = false;
  }
  return {
    lasting: true,
    all: () => run("outbox", "readonly", "relaxed", (s) => s.getAll(range)),
    news: () => run("outbox", "readonly", "relaxed", (s) => s.getAll(news)),
    take: (free, change) =>
      new Promise((resolve, reject) => {
        const tx = db.transaction("outbox", "readwrite", { durability: "relaxed" });
        const entries = tx.objectStore("outbox");
        const taken = [];
        entries.getAll(range).onsuccess = ({ target }) => {
          for (const e of target.result.filter(free)) taken.push({ ...e, ...change });
          for (const e of taken) entries.put(e);
        };
        tx.oncomplete = () => resolve(taken);
        tx.onerror = tx.onabort = () => reject(tx.error);
      }),
    write: async (changes) => {
      await run("outbox", "readwrite", "relaxed", (s) => changes.map(([key, entry]) => (entry ? s.put(entry) : s.delete(key))).at(-1));
      sync();
    },
  };
}
