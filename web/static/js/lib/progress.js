// progress.js: which questions are asked, which are open, and what stands in
// the way of submitting. The routing is the server's; here it is only read.

import { isAnswered } from "./answers.js";

/** @returns {boolean} whether routing asks the variable */
export const isAsked = (state, id) => !state.routing[id] || state.routing[id].asked === true;

/** @returns {boolean} whether the variable still waits for an answer */
export const isOpen = (state, variable) =>
  !variable.locked && isAsked(state, variable.id) && !isAnswered(state.answers[variable.id]);

/** @returns {{done: number, asked: number}} of a list of variables; what comes from the case itself is not counted */
export function progress(state, variables) {
  const asked = variables.filter((v) => !v.locked && isAsked(state, v.id));
  return { done: asked.filter((v) => isAnswered(state.answers[v.id])).length, asked: asked.length };
}

/**
 * @param {object[]} variables in order @param {string | null} from @param {(v: object) => boolean} fits
 * @param {number} [step] 1 or -1
 * @returns {object | null} the next that fits after from, going round once
 */
export function next(variables, from, fits, step = 1) {
  const n = variables.length;
  let at = variables.findIndex((v) => v.id === from);
  if (at < 0) at = step > 0 ? -1 : n;
  for (let i = 1; i <= n; i++) {
    const v = variables[(((at + step * i) % n) + n) % n];
    if (fits(v)) return v;
  }
  return null;
}

/**
 * What must be seen to before the case can be submitted, in codebook order.
 * @returns {{open: string[], evidence: string[], notes: string[], searched: string[], findings: object[], comments: object[]}}
 */
export function checklist(state, variables, missing) {
  const asked = variables.filter((v) => isAsked(state, v.id));
  const answer = (v) => state.answers[v.id];
  const passages = new Set(state.passages.map((p) => p.variable));
  const explained = (finding) => finding.variables.some((id) => state.answers[id]?.note);
  // Who finds nothing on a core variable says where they looked.
  const nowhere = (v) => v.core && answer(v)?.missing === "NR" && (answer(v).searched ?? []).length === 0;
  const needsNote = new Set(missing.filter((m) => m.needs_note).map((m) => m.code));
  return {
    open: asked.filter((v) => isOpen(state, v)).map((v) => v.id),
    evidence: asked.filter((v) => v.evidence === "required" && (answer(v)?.value ?? null) !== null && !passages.has(v.id)).map((v) => v.id),
    notes: asked.filter((v) => needsNote.has(answer(v)?.missing) && !answer(v).note).map((v) => v.id),
    searched: asked.filter((v) => !v.locked && nowhere(v)).map((v) => v.id),
    comments: (state.comments ?? []).filter((m) => m.kind === "review" && m.state !== "closed"),
    findings: state.findings.filter((f) => f.severity === "error" || (f.severity === "explain" && !explained(f))),
  };
}

/** @returns {boolean} whether nothing of a checklist stands in the way */
export const isClear = (list) => Object.values(list).every((part) => part.length === 0);
