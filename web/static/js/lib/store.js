// store.js: the outbox on disk, in IndexedDB; in memory where a browser has none.

const open = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open("dossierlens", 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) request.result.createObjectStore("outbox", { keyPath: "key" });
      request.result.createObjectStore("synced");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * @param {string} prefix of the keys that belong to this page
 * @returns {Promise<{all: Function, write: Function, lasting: boolean}>} lasting is false when nothing outlives the page
 */
export async function openStore(prefix) {
  let db;
  try {
    db = await open();
  } catch {
    const entries = new Map();
    return {
      lasting: false,
      all: async () => [...entries.values()],
      write: async (changes) => changes.forEach(([key, entry]) => (entry ? entries.set(key, entry) : entries.delete(key))),
    };
  }
  const range = IDBKeyRange.bound(prefix, prefix + "\uffff");
  const run = (name, mode, durability, act) =>
    new Promise((resolve, reject) => {
      const tx = db.transaction(name, mode, { durability });
      const request = act(tx.objectStore(name));
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
    write: async (changes) => {
      await run("outbox", "readwrite", "relaxed", (s) => changes.map(([key, entry]) => (entry ? s.put(entry) : s.delete(key))).at(-1));
      sync();
    },
  };
}
