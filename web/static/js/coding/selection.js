// selection.js: what is offered when text is selected, or when several
// passages lie where one clicked.

import { el } from "../lib/dom.js";
import { attach } from "./undo.js";
import { data, t, keys, variables, byId, numberOf, listen, tell, readOnly, state } from "./page.js";
import { isAsked } from "../lib/progress.js";
import { reader, selected, paint, rangeOf, short } from "./reader.js";

let offer = null;
let chosen = null;
let question = null;

function close() {
  offer?.remove();
  offer = null;
  paint("selected", []);
}

/** Adds what is selected to a question. @returns {boolean} whether something was selected */
export function attachSelection(variable, category = "") {
  const passage = selected() ?? chosen;
  if (!passage || !variable || readOnly()) return false;
  const there = state.passages.some((p) => p.variable === variable && p.document === passage.document && p.start === passage.start && p.end === passage.end);
  if (!there) attach({ ...passage, variable, category });
  chosen = null;
  getSelection().collapseToEnd?.();
  close();
  return true;
}

function show() {
  const passage = selected();
  if (!passage || readOnly()) {
    if (!offer?.contains(document.activeElement)) {
      close();
      chosen = null;
    }
    return;
  }
  chosen = passage;
  const id = "every-question";
  const other = el("input", { type: "text", "aria-label": t("coding.attach_other"), placeholder: t("coding.attach_other"), list: id, autocomplete: "off" });
  const pick = () => {
    const v = variables.find((x) => line(x) === other.value);
    if (v && attachSelection(v.id)) tell("choose", { variable: v.id });
  };
  other.addEventListener("input", pick);
  other.addEventListener("focus", () => paint("selected", [rangeOf(chosen)], 5));
  other.addEventListener("keydown", (e) => {
    e.stopPropagation();
    if (e.key === "Escape") close();
    if (e.key === "Enter") {
      const words = other.value.toLowerCase();
      const v = words && variables.find((x) => line(x).toLowerCase().includes(words));
      if (v && attachSelection(v.id)) tell("choose", { variable: v.id });
    }
  });
  const here = question && isAsked(state, question) && byId.get(question);
  open(
    here && el("button.main", { type: "button", on: { click: () => attachSelection(question) } }, t("coding.attach_to", { number: here.number }), el("kbd", {}, keys().attach)),
    other,
    el("datalist", { id }, ...variables.filter((v) => isAsked(state, v.id)).map((v) => el("option", { value: line(v) }))),
  );
  const boxes = getSelection().getRangeAt(0).getClientRects();
  const last = boxes[boxes.length - 1];
  if (last) put(last.right, last.bottom);
}

const line = (v) => `${v.number} ${v.label}`;

function open(...children) {
  offer?.remove();
  offer = el("div.offer", { role: "group", "aria-label": t("coding.attach") }, ...children);
  offer.addEventListener("mousedown", (e) => e.target.closest("button") && e.preventDefault());
  document.body.append(offer);
}

function put(x, y) {
  const box = offer.getBoundingClientRect();
  offer.style.left = `${Math.max(8, Math.min(x - box.width / 2, innerWidth - box.width - 8))}px`;
  offer.style.top = `${y + box.height + 16 > innerHeight ? Math.max(8, y - box.height - 40) : y + 8}px`;
}

export function start() {
  let timer;
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(() => reader.isConnected && show(), 120);
  });
  reader.addEventListener("scroll", () => offer && !offer.contains(document.activeElement) && close(), { passive: true });
  document.addEventListener("mousedown", (e) => offer && !offer.contains(e.target) && close());
  listen("open", (id) => (question = id));
  listen("overlap", ({ passages, x, y }) => {
    open(...passages.map((p) =>
      el("button", { type: "button", on: { click: () => { close(); tell("choose", p); } } }, `${numberOf(p.variable)} ${short(byId.get(p.variable)?.label ?? "", 50)}`)));
    put(x, y);
    offer.querySelector("button").focus();
  });
  if (data.documents.length === 0) close();
}

export const closeOffer = () => {
  const was = offer !== null;
  close();
  return was;
};
