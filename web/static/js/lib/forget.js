// forget.js: what this browser still keeps of texts that were deleted. A quote
// that was never sent goes when the server says that its text is gone, and
// everything of a case when the case was erased. News of what was saved goes
// when no page that opens can still need it.

import { fresh } from "./news.js";

/**
 * @param {{all: () => Promise<object[]>, write: (changes: [string, null][]) => Promise<void>}} store of all assignments
 * @param {(assignments: number[]) => Promise<{documents: number[], erased: number[]} | null>} ask the server; null when it was not reached
 * @returns {Promise<number>} how many entries went
 */
export async function forgetDeleted(store, ask) {
  const kept = await store.all();
  const old = kept.filter((e) => e.key.startsWith("news/") && !fresh(e));
  if (old.length) await store.write(old.map((e) => [e.key, null]));
  const of = (entry) => Number(entry.key.replace(/^news\//, "").split("/")[0]);
  const assignments = [...new Set(kept.map(of))].filter((id) => id > 0);
  if (assignments.length === 0) return 0;
  const gone = await ask(assignments);
  if (!gone) return 0;
  const documents = new Set(gone.documents);
  const erased = new Set(gone.erased);
  const out = kept.filter((e) => erased.has(of(e)) || ((e.kind ?? e.entry?.kind) === "attach" && documents.has(e.body?.document)));
  if (out.length) await store.write(out.map((e) => [e.key, null]));
  return out.length;
}

/**
 * Forgets what a tab kept for who signs out, such as what can be undone. What
 * has not reached the server yet lies elsewhere and stays.
 *
 * @param {{addEventListener: Function}} page
 * @param {() => Storage} storage of the tab; throws where a browser has none
 */
export function forgetTab(page, storage) {
  page.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/logout") return;
    try {
      storage().clear();
    } catch {
      // No storage: nothing was kept.
    }
  });
}
