// page.js: what all parts of the coding page share: the data of the case, the
// words, and a way to tell each other that something changed.
//
// The data is the JSON block of the page: {lang, assignment, case, status,
// read_only, core_only, documents, document_types, missing, sections, state, place}.
// state is {answers, routing, findings, passages}; it is the newest the page
// knows, with what was typed here and not yet saved already in it.

import { defaults } from "../lib/keys.js";
import { translator } from "../lib/messages.js";
import { records } from "../lib/records.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const data = read("coding");
export const state = data.state;
state.answers = records(state.answers);
state.routing = records(state.routing);
state.comments ??= [];
state.flags ??= [];
export const { t, tn } = translator(read("messages"));

export const sections = data.sections
  .map((s) => ({ ...s, variables: s.variables.filter((v) => !data.core_only || v.core) }))
  .filter((s) => s.variables.length > 0);
export const variables = sections.flatMap((s) => s.variables);
export const byId = new Map(variables.map((v) => [v.id, v]));
export const sectionOf = new Map(sections.flatMap((s) => s.variables.map((v) => [v.id, s])));
export const documents = new Map(data.documents.map((d) => [d.id, d]));

export const readOnly = () => data.read_only || data.status === "submitted" || data.status === "withdrawn";

/** The number of a variable, or its id where the page does not show it. */
export const numberOf = (id) => byId.get(id)?.number ?? id;

/** @returns {string} "Overdracht · dag 21" */
export const documentName = (d) =>
  [d.title || d.type_label, d.day === null || d.day === undefined ? null : t("common.day", { n: String(d.day).replace("-", "−") })].filter(Boolean).join(" · ");

/** @returns {number} the passages of a variable come in the order of the text */
export const byPlace = (a, b) => order.get(a.document) - order.get(b.document) || a.start - b.start || a.id - b.id;
const order = new Map(data.documents.map((d, i) => [d.id, i]));

/** @returns {string} what a passage says, or when its text was deleted */
export const wordsOf = (p) => p.quote || p.paraphrase || (p.deleted ? t("coding.text_deleted", { date: inWords("day", { dateStyle: "long" }, p.deleted) }) : "");

const hub = new EventTarget();

/**
 * Events: "answer" (a variable's id), "routing", "passages", "comments",
 * "outbox", "open" (a variable's id), "readonly"; of the texts "built" (ids of
 * documents), "near" and "texts", when the last has come.
 */
export const tell = (event, detail) => hub.dispatchEvent(new CustomEvent(event, { detail }));
export const listen = (event, f) => hub.addEventListener(event, (e) => f(e.detail));

let byVariable = null; // the passages of each, in the order of the text
listen("passages", () => (byVariable = null));

/** @returns {object[]} the passages of a variable, in the order of the text */
export function passagesOf(id) {
  byVariable ??= Map.groupBy(state.passages.toSorted(byPlace), (p) => p.variable);
  return byVariable.get(id) ?? [];
}

/** Reads and keeps small things in this browser, or for a tab in its "sessionStorage"; without storage they last as long as the page. */
export function memory(name, initial, where = "localStorage") {
  let value = initial;
  try {
    value = { ...initial, ...JSON.parse(globalThis[where].getItem(name) ?? "{}") };
  } catch {
    // Blocked or spoiled: begin anew.
  }
  return {
    get: () => value,
    set: (change) => {
      value = { ...value, ...change };
      try {
        globalThis[where].setItem(name, JSON.stringify(value));
      } catch {
        // Full or blocked: nothing of the case is lost by it.
      }
    },
  };
}

export const view = memory("view", { theme: "", size: 18, measure: 68, line: 1.6, density: "roomy", documents: 250, questions: 430, keys: {} });

/** @returns {Record<string, string>} acts and their keys, as the coder changed them */
export const keys = () => ({ ...defaults, ...view.get().keys });

/**
 * Where the coder is: the open question, and the document with how many code
 * points of it have gone by. What this browser could not tell the server is
 * newer than what the server knows; see returning.js.
 */
export const place = memory(`coding-${data.assignment}`, { variable: null, document: null, start: null, beside: null, told: true });
if (data.place && place.get().told) place.set({ ...data.place });

// Made when first needed: a browser reads tables for them, which takes a while.
const formats = {};
function inWords(kind, options, iso) {
  formats[kind] ??= new Intl.DateTimeFormat(data.lang === "nl" ? "nl-NL" : "en-GB", options);
  return formats[kind].format(iso ? new Date(iso) : new Date());
}

/** @returns {string} the time of day, now without a time */
export const clock = (iso) => inWords("clock", { hour: "2-digit", minute: "2-digit" }, iso);

/** @returns {string} day and time */
export const moment = (iso) => inWords("moment", { dateStyle: "medium", timeStyle: "short" }, iso);
