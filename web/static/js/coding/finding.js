// finding.js: the search over the whole case. It reads the texts as data, so
// that it does not wait for paragraphs; only hits near what is seen are
// painted.

import { el, icon } from "../lib/dom.js";
import { fold, find } from "../lib/search.js";
import { data, t, tn, tell, listen } from "./page.js";
import { complete, textOf } from "./texts.js";
import { paint, rangeIn, showRange, isNear, caretMode, here } from "./reader.js";

const folded = new Map(); // by document: its paragraphs, folded at the first search
let hits = []; // {document, paragraph, start, end}, in order; start and end in UTF-16 units
let at = -1;
let words = "";
let field, count;

/** @returns {HTMLElement} the box of the search */
export function searchBox() {
  field = el("input", { type: "search", placeholder: t("coding.search"), "aria-label": t("coding.search"), autocomplete: "off", spellcheck: false });
  count = el("span.quiet.small", { role: "status" });
  let timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 80);
  });
  field.addEventListener("keydown", (e) => {
    if (e.key === "Enter") {
      e.preventDefault();
      // Before the pause is over: what was typed, and not what stood there.
      if (words !== field.value) search();
      step(e.shiftKey ? -1 : 1);
    } else if (e.key === "Escape") {
      e.stopPropagation();
      if (field.value) {
        field.value = "";
        search();
      } else tell("home");
    } else if (e.key === "ArrowDown" && at >= 0) {
      // Into the text, at the hit, to select it by keys.
      e.preventDefault();
      caretMode(true, rangeOfHit(hits[at]));
    }
  });
  listen("near", paintHits);
  listen("built", paintHits);
  listen("texts", () => words && search());
  const button = (name, by, label) => el("button.plain", { type: "button", title: label, "aria-label": label, on: { click: () => step(by) } }, icon(name));
  return el("div.search", {}, field, el("div.row", {}, count, button("up", -1, t("coding.hit_previous")), button("down", 1, t("coding.hit_next"))));
}

const rangeOfHit = (h) => rangeIn(h.document, h.paragraph, h.start, h.end);

function foldedOf(id) {
  let list = folded.get(id);
  if (!list) {
    const d = textOf(id);
    if (!d) return [];
    folded.set(id, (list = d.text.map(fold)));
  }
  return list;
}

function search() {
  words = field.value;
  hits = [];
  at = -1;
  const wanted = words.trim().length > 1;
  const per = new Map();
  if (wanted) {
    for (const { id } of data.documents) {
      const before = hits.length;
      foldedOf(id).forEach((text, paragraph) => {
        for (const [start, end] of find(text, words)) hits.push({ document: id, paragraph, start, end });
      });
      per.set(id, hits.length - before);
    }
  }
  paintHits();
  paint("found-now", []);
  say(wanted ? tn("coding.hits", hits.length) : "");
  for (const node of document.querySelectorAll("[data-hits]")) {
    const n = per.get(Number(node.dataset.hits));
    node.textContent = n ? String(n) : "";
    node.setAttribute("aria-label", n ? tn("coding.hits", n) : "");
  }
  performance.mark("found");
}

const say = (text) => (count.textContent = text && !complete() ? `${text} ${t("coding.hits_so_far")}` : text);

function paintHits() {
  paint("found", hits.filter((h) => isNear(h.document)).map(rangeOfHit), 6);
}

function step(by) {
  if (hits.length === 0) return;
  if (at < 0) {
    // Begin where one reads, not at the top of the case.
    const seen = here().document;
    at = Math.max(0, hits.findIndex((h) => h.document === seen));
    if (by < 0) at = (at - 1 + hits.length) % hits.length;
  } else at = (at + by + hits.length) % hits.length;
  say(t("coding.hit_n", { n: at + 1, total: hits.length }));
  showRange(rangeOfHit(hits[at]), "found-now");
}

export function focusSearch() {
  if (!field) return;
  tell("pane", "documents");
  field.focus();
  field.select();
}
