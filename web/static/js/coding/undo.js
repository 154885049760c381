// undo.js: taking back and doing again, for answers and passages, across
// reloads of the page in one tab.

import { same, nothing } from "../lib/answers.js";
import { data, state } from "./page.js";
import { saveAnswer, addPassage, removePassage, restorePassage } from "./saving.js";

const name = `undo-${data.assignment}`;
let { done, undone } = load();

function load() {
  try {
    return { done: [], undone: [], ...JSON.parse(sessionStorage.getItem(name) ?? "{}") };
  } catch {
    return { done: [], undone: [] };
  }
}

function keep() {
  try {
    sessionStorage.setItem(name, JSON.stringify({ done: done.slice(-300), undone: undone.slice(-300) }));
  } catch {
    // No storage: undo lasts as long as the page.
  }
}

function did(act) {
  const last = done.at(-1);
  // Typing in one field is one step, not one a letter.
  if (act.kind === "answer" && act.typed && last?.typed && last.variable === act.variable && Date.now() - last.when < 3000) {
    last.after = act.after;
    last.when = Date.now();
  } else done.push({ ...act, when: Date.now() });
  undone = [];
  keep();
}

const bare = ({ value, missing, note, searched }) => ({ value, missing, note, searched: searched ?? [] });

/** Changes an answer; change holds the parts that differ. */
export function answer(variable, change, typed = false) {
  const before = state.answers[variable] ?? nothing;
  const after = { ...before, ...change };
  // What was searched belongs to an answer that nothing was found.
  if (after.missing !== "NR") after.searched = [];
  if (same(before, after)) return;
  did({ kind: "answer", variable, before: bare(before), after: bare(after), typed });
  saveAnswer(variable, after);
}

export function attach(body) {
  const passage = addPassage(body);
  did({ kind: "attach", variable: body.variable, passage: { ...passage } });
  return passage;
}

export function detach(passage) {
  did({ kind: "detach", variable: passage.variable, passage: { ...passage } });
  removePassage(passage);
}

/** Puts a passage with other parts in the place of one. */
export function replace(passage, change) {
  const { id, ...body } = passage;
  attach({ ...body, ...change });
  detach(passage);
}

// Where there is no text, a server may say 0 for null.
const present = (p) =>
  state.passages.find((q) => ["variable", "document", "start", "end", "paraphrase"].every((part) => (q[part] || null) === (p[part] || null)));

function apply(act, back) {
  if (act.kind === "answer") saveAnswer(act.variable, { ...(state.answers[act.variable] ?? nothing), ...(back ? act.before : act.after) });
  else if ((act.kind === "attach") === back) {
    const there = present(act.passage);
    if (there) {
      act.passage = { ...there };
      removePassage(there);
    }
  } else restorePassage(act.passage);
}

/** @returns {object | null} what was taken back */
export function undo() {
  const act = done.pop();
  if (!act) return null;
  apply(act, true);
  undone.push(act);
  keep();
  return act;
}

export function redo() {
  const act = undone.pop();
  if (!act) return null;
  apply(act, false);
  done.push(act);
  keep();
  return act;
}
