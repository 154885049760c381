// pane.js: on a wide screen one document can lie beside the others. It is moved
// there, not copied, so that its passages and marks stay one thing.

import { el, icon } from "../lib/dom.js";
import { data, t, tell, documents, documentName, place } from "./page.js";
import { here, pane } from "./reader.js";
import { built, sectionOfDocument } from "./texts.js";

const wide = matchMedia("(min-width: 1600px)");
const texts = document.getElementById("texts");
const columns = document.getElementById("columns");
let shown = null;

function put(id) {
  back();
  const section = sectionOfDocument(id);
  if (!section) return;
  built(id);
  shown = id;
  pane.append(el("div.row", {}, el("span.quiet.small", {}, t("coding.beside")),
    el("button.plain", { type: "button", title: t("coding.beside_back"), "aria-label": t("coding.beside_back"), on: { click: () => toggle() } }, icon("close"))), section);
  pane.hidden = false;
  pane.setAttribute("aria-label", documentName(documents.get(id)));
  columns.classList.add("two");
  pane.scrollTo(0, 0);
  tell("passages");
}

function back() {
  if (shown === null) return;
  const at = data.documents.findIndex((d) => d.id === shown);
  const next = data.documents.slice(at + 1).map((d) => sectionOfDocument(d.id)).find((s) => s?.parentElement === texts);
  texts.insertBefore(sectionOfDocument(shown), next ?? null);
  shown = null;
  pane.hidden = true;
  pane.replaceChildren();
  columns.classList.remove("two");
  tell("passages");
}

/** Puts the document that is read beside the others, or back. @returns {boolean | null} null where the screen is too narrow */
export function toggle() {
  if (shown === null && (!wide.matches || data.documents.length < 2)) return null;
  const id = shown;
  if (id === null) put(here().document);
  else back();
  place.set({ beside: shown });
  return shown !== null;
}

export function start() {
  wide.addEventListener("change", () => (wide.matches ? place.get().beside && put(place.get().beside) : back()));
  if (wide.matches && place.get().beside) put(place.get().beside);
}
