// store.js: the outbox on disk, in IndexedDB; in memory where a browser has none.

const open = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open("dossierlens", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("outbox", { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * @param {string} prefix of the keys that belong to this page
 * @returns {Promise<{all: Function, put: Function, delete: Function, lasting: boolean}>} lasting is false when nothing outlives the page
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
      put: async (entry) => void entries.set(entry.key, entry),
      delete: async (key) => void entries.delete(key),
    };
  }
  const range = IDBKeyRange.bound(prefix, prefix + "\uffff");
  const run = (mode, act) =>
    new Promise((resolve, reject) => {
      const tx = db.transaction("outbox", mode, { durability: "strict" });
      const request = act(tx.objectStore("outbox"));
      tx.oncomplete = () => resolve(request.result);
      tx.onerror = tx.onabort = () => reject(tx.error);
    });
  return {
    lasting: true,
    all: () => run("readonly", (s) => s.getAll(range)),
    put: (entry) => run("readwrite", (s) => s.put(entry)),
    delete: (key) => run("readwrite", (s) => s.delete(key)),
  };
}
