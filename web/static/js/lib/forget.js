// forget.js: what this browser still keeps of texts that were deleted. A quote
// that was never sent goes when the server says that its text is gone, and
// everything of a case when the case was erased.

/**
 * @param {{all: () => Promise<object[]>, delete: (key: string) => Promise<void>}} store of all assignments
 * @param {(assignments: number[]) => Promise<{documents: number[], erased: number[]} | null>} ask the server; null when it was not reached
 * @returns {Promise<number>} how many entries went
 */
export async function forgetDeleted(store, ask) {
  const kept = await store.all();
  const of = (entry) => Number(entry.key.split("/")[0]);
  const assignments = [...new Set(kept.map(of))].filter((id) => id > 0);
  if (assignments.length === 0) return 0;
  const gone = await ask(assignments);
  if (!gone) return 0;
  const documents = new Set(gone.documents);
  const erased = new Set(gone.erased);
  const out = kept.filter((e) => erased.has(of(e)) || (e.kind === "attach" && documents.has(e.body?.document)));
  for (const entry of out) await store.delete(entry.key);
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
