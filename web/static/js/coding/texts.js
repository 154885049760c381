// texts.js: the texts of the case, as data and as paragraphs. Those that are
// read first came with the page. The others follow in a request of their own,
// and become paragraphs when they are asked for, or a document at a time
// whenever the browser has nothing better to do: then the whole case can be
// walked through and found in by what the browser itself offers.

import { el } from "../lib/dom.js";
import { backoff } from "../lib/outbox.js";
import { data, t, tell, view, documents } from "./page.js";

const leaf = 24; // paragraphs that a browser lays out together

// By document: its section; of its paragraphs the text, where each begins in
// code points, and the gap after it; and their elements, null until made. line
// is what the server sent and nobody has needed yet.
const texts = new Map();
for (const section of document.querySelectorAll("section[data-document]")) {
  const later = section.querySelector(".later");
  const nodes = later ? null : [...section.querySelectorAll("p[data-start]")];
  texts.set(Number(section.dataset.document), {
    section, later, nodes, line: null,
    text: nodes?.map((p) => p.firstChild.data) ?? null,
    starts: nodes?.map((p) => Number(p.dataset.start)) ?? null,
    gaps: nodes?.map((p) => p.dataset.gap ?? "\n\n") ?? null,
  });
}

const waiting = () => [...texts].filter(([, d]) => d.nodes === null && (d.line !== null || d.text !== null)).map(([id]) => id);

/** @returns {HTMLElement | undefined} where a document stands on the page */
export const sectionOfDocument = (id) => texts.get(id)?.section;

/** The document as data, or null while its text is on the way. */
export function textOf(id) {
  const d = texts.get(id);
  if (!d) return null;
  if (d.line !== null) {
    const rows = JSON.parse(d.line).paragraphs;
    d.line = null;
    d.starts = rows.map(([start]) => start);
    d.text = rows.map(([, text]) => text);
    d.gaps = rows.map(([, , gap = "\n\n"]) => gap);
  }
  return d.text === null ? null : d;
}

/** The document with its paragraphs, which are made now if they were not there; null while its text is on the way. */
export function built(id) {
  const d = textOf(id);
  if (d && d.nodes === null) {
    build(id, d);
    tell("built", [id]);
  }
  return d;
}

/** The document if its paragraphs are there. */
export const standing = (id) => (texts.get(id)?.nodes ? texts.get(id) : null);

/** @returns {string} a document as its paragraphs and the gaps between them make it, with blanks for what stands before them */
export function wholeText(id) {
  const { starts, text, gaps } = textOf(id);
  return " ".repeat(starts[0] ?? 0) + text.map((p, i) => p + (i < text.length - 1 ? gaps[i] : "")).join("");
}

/** Every paragraph that is on the page, in order. */
export function* paragraphs() {
  for (const [id, { nodes }] of texts) for (const p of nodes ?? []) yield { document: id, p };
}

// How high text will be, in em: near enough for the scroll bar to be right
// before the browser has laid it out.
const height = (text) => Math.ceil(text.length / (0.95 * view.get().measure)) * view.get().line + 0.9;
const reserve = (node, ems) => (node.style.containIntrinsicBlockSize = `auto ${Math.round(ems)}em`);

function build(id, d) {
  const all = document.createDocumentFragment();
  d.nodes = d.text.map((text, i) => {
    const p = el("p", { id: `d${id}-p${i}`, "data-start": d.starts[i], dir: "auto" }, document.createTextNode(text));
    if (d.gaps[i] !== "\n\n") p.dataset.gap = d.gaps[i];
    return p;
  });
  for (let i = 0; i < d.nodes.length; i += leaf) {
    const part = el("div.leaf", {}, ...d.nodes.slice(i, i + leaf).map((p) => el("div.par", {}, p)));
    reserve(part, d.text.slice(i, i + leaf).reduce((sum, text) => sum + height(text), 0));
    all.append(part);
  }
  if (d.nodes.length === 0) all.append(el("p.quiet", {}, t("coding.document_empty")));
  d.later.replaceWith(all);
  d.section.style.minBlockSize = "";
}

const idly = globalThis.requestIdleCallback ?? ((f) => setTimeout(() => f({ timeRemaining: () => 8 }), 20));

function buildInTime(deadline) {
  const left = waiting();
  const done = [];
  while (done.length < left.length && deadline.timeRemaining() > 6) {
    const id = left[done.length];
    build(id, textOf(id));
    done.push(id);
  }
  if (done.length) tell("built", done);
  if (done.length < left.length) idly(buildInTime);
  else performance.mark("whole");
}

// What is printed is the whole case.
addEventListener("beforeprint", () => {
  const ids = waiting();
  for (const id of ids) build(id, textOf(id));
  tell("built", ids);
});

let arrived = false;
const atArrival = [];

/** Does f as soon as the text of a document is there. */
export function whenThere(id, f) {
  if (arrived || textOf(id)) f();
  else atArrival.push(f);
}

/** @returns {boolean} whether the texts of all documents are there */
export const complete = () => arrived;

/** Asks for the texts that did not come with the page, until they are there. */
export async function start() {
  const missing = [...texts].filter(([, d]) => d.later);
  for (const [id, { section }] of missing) section.style.minBlockSize = `${Math.round(documents.get(id).chars / (0.85 * view.get().measure) * view.get().line)}em`;
  for (let tries = 1; missing.length && !(await ask()); tries++) await pause(backoff(tries));
  arrived = true;
  for (const f of atArrival.splice(0)) f();
  tell("texts");
  idly(buildInTime);
}

const pause = (ms) => new Promise((again) => {
  setTimeout(again, ms);
  addEventListener("online", again, { once: true });
});

/** @returns {Promise<boolean>} whether the texts have come */
async function ask() {
  let words = t("coding.text_unreached");
  try {
    const response = await fetch(`/api/v1/assignments/${data.assignment}/texts`, { redirect: "manual" });
    if (response.ok) {
      for (const line of (await response.text()).split("\n")) {
        const d = texts.get(Number(/^\{"document":(\d+),/.exec(line)?.[1]));
        if (d && d.text === null) d.line = line;
      }
      return true;
    }
    if (response.status < 500) words = t("coding.text_refused");
  } catch {
    // Not reached, or cut off halfway.
  }
  for (const { later } of texts.values()) if (later?.isConnected) later.textContent = words;
  return false;
}
