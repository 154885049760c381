// reader.js: reading. It paints passages over the texts, knows where in which
// document something stands, and shows places.
//
// Painting uses the CSS Custom Highlight API, which leaves the text one node a
// paragraph; what a passage belongs to stands as buttons in the margin, which
// also those who do not see the paint can find.

import { toPoints, toUnits, pointLength, trimToWords, lastAtOrBefore } from "../lib/offsets.js";
import { el } from "../lib/dom.js";
import { data, state, t, byId, documents, sectionOf, listen, tell, numberOf, place, byPlace } from "./page.js";
import { built, paragraphs, sectionOfDocument, standing, whenThere } from "./texts.js";

export const reader = document.getElementById("main");
const texts = document.getElementById("texts");
export const pane = document.getElementById("beside"); // a document beside the others

// The documents near what is seen. Only they are painted: paint far away costs
// a browser time at every step and nobody sees it.
const near = new Set();
const nearby = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) near[isIntersecting ? "add" : "delete"](Number(target.dataset.document));
  tell("near");
}, { root: reader, rootMargin: "100% 0px" });

/** @returns {boolean} whether a document is seen, or will be after a little scrolling */
export const isNear = (id) => standing(id) !== null && (near.has(id) || sectionOfDocument(id).parentElement === pane);

/** The place in a paragraph of an offset in its document; null while its text is on the way. */
function spot(document, offset) {
  const d = built(document);
  const i = d ? lastAtOrBefore(d.starts, offset) : -1;
  if (i < 0) return null;
  const node = d.nodes[i].firstChild;
  return { p: d.nodes[i], node, unit: toUnits(node.data, offset - d.starts[i]) };
}

/** @returns {Range | null} of a passage; null when it is not in a text of this page */
export function rangeOf({ document: id, start, end }) {
  if (start === null) return null;
  const from = spot(id, start);
  const to = spot(id, end);
  if (!from || !to) return null;
  const range = document.createRange();
  range.setStart(from.node, from.unit);
  range.setEnd(to.node, to.unit);
  return range;
}

/** @returns {Range} of UTF-16 units in a paragraph of a document whose text is there */
export function rangeIn(id, paragraph, start, end) {
  const { firstChild } = built(id).nodes[paragraph];
  const range = document.createRange();
  range.setStart(firstChild, start);
  range.setEnd(firstChild, end);
  return range;
}

/** What is selected, tidied: a passage without a variable, or null. */
export function selected() {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (![reader, pane].some((place) => range.intersectsNode(place))) return null;
  const from = edge(range.startContainer, range.startOffset, true);
  let to = edge(range.endContainer, range.endOffset, false);
  if (!from || !to) return null;
  const id = Number(from.p.closest("section").dataset.document);
  const { nodes, starts, gaps } = standing(id);
  if (to.p.closest("section") !== from.p.closest("section")) {
    // A passage lies in one document: the selection ends with the first.
    const last = nodes.at(-1);
    to = { p: last, unit: last.firstChild.length };
  }
  const i = nodes.indexOf(from.p);
  const j = nodes.indexOf(to.p);
  let text = "";
  let end = 0;
  for (let k = i; k <= j; k++) {
    if (k === j) end = text.length + to.unit;
    text += nodes[k].firstChild.data + (k < j ? gaps[k] : "");
  }
  const trimmed = trimToWords(text, from.unit, end);
  if (!trimmed) return null;
  const quote = text.slice(...trimmed);
  const start = starts[i] + toPoints(text, trimmed[0]);
  return { document: id, start, end: start + pointLength(quote), quote };
}

// The paragraph and UTF-16 unit of an end of a selection. One that is not in
// a paragraph is put at the nearest one inside the selection.
function edge(node, offset, isStart) {
  const p = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest?.("p[data-start]");
  if (p) return { p, unit: node === p.firstChild ? offset : offset > 0 ? p.firstChild.length : 0 };
  const point = document.createRange();
  point.setStart(node, offset);
  let found = null;
  for (const { p: q } of paragraphs()) {
    const after = point.comparePoint(q, 0) > 0;
    if (isStart && after) return { p: q, unit: 0 };
    if (!after) found = q;
  }
  return found && !isStart ? { p: found, unit: found.firstChild.length } : null;
}

const canPaint = typeof Highlight === "function" && CSS.highlights;

/** Paints ranges in a way that coding.css knows; a later priority lies on top. */
export function paint(name, ranges, priority = 0) {
  if (!canPaint) return;
  if (ranges.length === 0) return void CSS.highlights.delete(name);
  const highlight = new Highlight();
  for (const range of ranges) if (range) highlight.add(range);
  highlight.priority = priority;
  CSS.highlights.set(name, highlight);
}

const hueOf = (id) => sectionOf.get(id)?.hue ?? 1;

const painted = () => state.passages.filter((p) => isNear(p.document));

function paintPassages() {
  const byHue = new Map();
  for (const p of painted()) {
    const hue = hueOf(p.variable);
    if (!byHue.has(hue)) byHue.set(hue, []);
    byHue.get(hue).push(rangeOf(p));
  }
  for (let hue = 1; hue <= 8; hue++) paint(`hue-${hue}`, byHue.get(hue) ?? [], 1);
}

// The marks by passage: looking for one in a thick case takes long.
const marksOf = new Map();

function writeMarks() {
  for (const marks of document.querySelectorAll(".marks")) marks.remove();
  marksOf.clear();
  addMarks(state.passages.filter((p) => standing(p.document)));
}

function addMarks(passages) {
  for (const passage of passages.sort(byPlace)) {
    const at = passage.start === null ? null : spot(passage.document, passage.start);
    if (!at) continue;
    const par = at.p.parentElement;
    let marks = par.querySelector(".marks");
    if (!marks) par.prepend((marks = el("div.marks", { contentEditable: "false" })));
    const name = t("coding.mark", { number: numberOf(passage.variable), label: byId.get(passage.variable)?.label ?? "", quote: short(passage.quote) });
    const mark =
      el(`button.mark.hue-${hueOf(passage.variable)}`, {
        type: "button",
        "aria-label": name,
        title: name,
        on: {
          click: () => tell("choose", passage),
          mouseenter: () => paint("hover", [rangeOf(passage)], 3),
          mouseleave: () => paint("hover", []),
        },
      }, numberOf(passage.variable));
    marks.append(mark);
    marksOf.set(passage.id, mark);
  }
}

export const short = (text, most = 140) => (text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`);

let glowing = [];
let glowingFor = null;

const paintGlow = () => paint("focus", painted().filter((p) => p.variable === glowingFor).map(rangeOf), 2);

/** Paints the passages of the open question more strongly. */
export function glow(variable) {
  glowingFor = variable;
  paintGlow();
  for (const mark of glowing) mark.removeAttribute("aria-current");
  glowing = state.passages.filter((p) => p.variable === variable).map((p) => marksOf.get(p.id)).filter(Boolean);
  for (const mark of glowing) mark.setAttribute("aria-current", "true");
  reader.dataset.hue = pane.dataset.hue = hueOf(variable);
}

/** Brings a place into view, in the middle, and lights it up. */
export function showRange(range, name = "shown") {
  if (!range) return;
  const p = range.startContainer.parentElement;
  tell("pane", "text");
  // Twice: the first brings paragraphs near it to their real height.
  p.scrollIntoView({ block: "center" });
  requestAnimationFrame(() => {
    p.scrollIntoView({ block: "center" });
    const box = range.getBoundingClientRect();
    const scroller = pane.contains(p) ? pane : reader;
    const frame = scroller.getBoundingClientRect();
    if (box.top < frame.top + 60 || box.bottom > frame.bottom - 40) scroller.scrollBy(0, box.top - frame.top - frame.height / 3);
  });
  paint(name, [range], 7);
}

/** Shows a passage, as soon as its text is there. */
export const showPassage = (passage) => passage.document && whenThere(passage.document, () => showRange(rangeOf(passage)));

export function showDocument(id) {
  built(id);
  tell("pane", "text");
  sectionOfDocument(id)?.scrollIntoView({ block: "start" });
}

/** Shows a paragraph of a document, counted from 1; the last when there are not so many. */
export function showParagraph(id, n) {
  whenThere(id, () => {
    const { nodes } = built(id);
    const p = nodes[Math.max(0, Math.min(n, nodes.length) - 1)];
    if (!p) return;
    const range = document.createRange();
    range.selectNodeContents(p);
    showRange(range);
  });
}

/** Shows where a page of a document begins, counted from 1. @returns {boolean} whether there is such a page */
export function showPage(id, n) {
  const start = documents.get(id)?.pages?.[n - 1];
  if (start === undefined) return false;
  whenThere(id, () => showParagraph(id, lastAtOrBefore(built(id).starts, start) + 1));
  return true;
}

/** The document at the top of what is seen, and the first paragraph there. */
export function here() {
  const box = reader.getBoundingClientRect();
  const node = document.elementFromPoint(box.left + box.width / 2, box.top + 70);
  const p = node?.closest(".par")?.querySelector("p[data-start]") ?? null;
  const section = node?.closest("section[data-document]");
  return { document: section ? Number(section.dataset.document) : data.documents[0]?.id, paragraph: p?.id ?? null, start: p ? Number(p.dataset.start) : null };
}

let waiting = null;
let current = null;
reader.addEventListener("scroll", () => {
  waiting ??= setTimeout(() => {
    waiting = null;
    const at = here();
    if (at.paragraph) place.set({ document: at.document, start: at.start, told: false });
    if (at.document !== current) tell("document", (current = at.document));
  }, 150);
}, { passive: true });

/** A click in the text leads to the questions whose passages lie there. */
for (const place of [reader, pane]) place.addEventListener("click", (event) => {
  if (!getSelection().isCollapsed || event.target.closest("button")) return;
  const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
  const p = caret?.offsetNode.parentElement?.closest("p[data-start]");
  if (!p || caret.offsetNode !== p.firstChild) return;
  const id = Number(p.closest("section").dataset.document);
  const at = Number(p.dataset.start) + toPoints(p.firstChild.data, caret.offset);
  const there = state.passages.filter((x) => x.document === id && x.start <= at && at < x.end);
  if (there.length === 1) tell("choose", there[0]);
  else if (there.length > 1) tell("overlap", { passages: there, x: event.clientX, y: event.clientY });
});

function writePages(ids) {
  for (const { id, pages } of data.documents) {
    if (!pages || pages.length < 2 || !ids.includes(id)) continue;
    pages.forEach((start, i) => {
      const at = spot(id, start);
      if (!at || at.p.parentElement.querySelector(".sheet")) return;
      at.p.parentElement.append(el("span.sheet", { contentEditable: "false", id: `d${id}-s${i + 1}` }, t("coding.page_n", { n: i + 1 })));
    });
  }
}

let caret = false;
export const inCaretMode = () => caret;

/** Caret mode: the text takes a caret, so that it can be selected by keys; it cannot be changed. */
export function caretMode(on, range = null) {
  caret = on;
  texts.contentEditable = on ? "true" : "inherit";
  texts.spellcheck = false;
  reader.classList.toggle("caret", on);
  texts.setAttribute("role", on ? "textbox" : "group");
  for (const name of ["aria-multiline", "aria-readonly"]) {
    if (on) texts.setAttribute(name, "true");
    else texts.removeAttribute(name);
  }
  if (!on) return;
  const at = range ?? first();
  texts.focus({ preventScroll: true });
  if (at) getSelection().setBaseAndExtent(at.startContainer, at.startOffset, at.startContainer, at.startOffset);
}

function first() {
  const id = here().paragraph ?? reader.querySelector("p[data-start]")?.id;
  const p = id && document.getElementById(id);
  if (!p) return null;
  const range = document.createRange();
  range.setStart(p.firstChild, 0);
  return range;
}

for (const event of ["beforeinput", "paste", "cut", "drop", "dragstart"]) {
  texts.addEventListener(event, (e) => e.preventDefault());
}

// Puts marks, pages and paint on documents that have just been built.
function dress(ids) {
  writePages(ids);
  const own = state.passages.filter((p) => ids.includes(p.document));
  if (own.length === 0) return;
  addMarks(own);
  repaint();
  if (glowingFor) glow(glowingFor);
}

function repaint() {
  paintPassages();
  paintGlow();
}

/** Paints all there is and goes to where the coder was. */
export function start() {
  for (const section of texts.querySelectorAll("section[data-document]")) nearby.observe(section);
  writePages(data.documents.map((d) => d.id).filter(standing));
  writeMarks();
  listen("near", repaint);
  listen("built", dress);
  listen("passages", () => {
    repaint();
    writeMarks();
  });
  const last = place.get();
  // In a frame, when all that is new on the page is laid out at once.
  requestAnimationFrame(() => {
    const top = reader.scrollTop;
    if (last.document) whenThere(last.document, () => reader.scrollTop === top && spot(last.document, last.start ?? 0)?.p.scrollIntoView({ block: "start" }));
    tell("document", (current = here().document));
  });
}
