// documents.js: the left column: the documents of the case on a line of days,
// the search, and all passages.

import { el, svg, icon } from "../lib/dom.js";
import { readPlace } from "../lib/place.js";
import { data, state, t, tn, documentName, listen, tell, byPlace, byId, numberOf, sectionOf, wordsOf } from "./page.js";
import { searchBox } from "./finding.js";
import { showPassage, showDocument, showParagraph, showPage, here, short, reader } from "./reader.js";

const side = document.getElementById("documents");
const hueOfType = new Map([...new Set(data.documents.map((d) => d.type))].map((type, i) => [type, (i % 8) + 1]));

/** Opens the list of all passages of the case and goes into it. */
export let listPassages = () => {};

export function start() {
  if (data.documents.length) {
    side.append(el("h2", {}, t("coding.documents")), timeline(), documentList(), placeBox(), searchBox());
  }
  const passages = el("details.passages", { open: false });
  const register = el("section.register");
  if (data.case.on_site) {
    document.getElementById("columns").classList.add("on-site");
    reader.append(register);
  } else side.append(passages);
  listPassages = () => {
    if (data.case.on_site) return void register.querySelector("button")?.focus();
    tell("pane", "documents");
    passages.open = true;
    // What a browser tells of the opening comes later.
    fillPassages(passages);
    (passages.querySelector("li button") ?? passages.firstChild).focus();
  };
  const redraw = () => (data.case.on_site ? drawRegister(register) : drawPassages(passages));
  listen("passages", redraw);
  redraw();
  listen("document", (id) => {
    for (const node of side.querySelectorAll("[data-document]")) {
      if (Number(node.dataset.document) === id) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
    }
  });
}

// A line of days: how far apart things happened is part of the story.
function timeline() {
  const dated = data.documents.filter((d) => d.day !== null && d.day !== undefined);
  if (dated.length < 2) return "";
  const days = dated.map((d) => d.day);
  const [from, to] = [Math.min(...days), Math.max(...days)];
  const x = (day) => 8 + (184 * (day - from)) / Math.max(to - from, 1);
  const line = svg("svg", { class: "timeline", viewBox: "0 0 200 34", "aria-hidden": "true" }, svg("line", { x1: 8, y1: 12, x2: 192, y2: 12 }));
  for (const d of dated) {
    const dot = svg("circle", { cx: x(d.day), cy: 12, r: 5, class: `hue-${hueOfType.get(d.type)}`, "data-document": d.id }, svg("title"));
    dot.firstChild.textContent = documentName(d);
    dot.addEventListener("click", () => showDocument(d.id));
    line.append(dot);
  }
  for (const [day, anchor] of [[from, "start"], [to, "end"]]) {
    const label = svg("text", { x: day === from ? 2 : 198, y: 31, "text-anchor": anchor });
    label.textContent = t("common.day", { n: day });
    line.append(label);
  }
  return line;
}

function documentList() {
  const list = el("ol.documents");
  for (const d of data.documents) {
    list.append(
      el("li", {},
        el("button.document-link", { type: "button", "data-document": d.id, on: { click: () => showDocument(d.id) } },
          el("span.day", {}, d.day === null || d.day === undefined ? "–" : String(d.day).replace("-", "−")),
          el(`span.type.hue-${hueOfType.get(d.type)}`, {}, d.title || d.type_label),
          el("span.hits", { "data-hits": d.id }))),
    );
  }
  return list;
}

let placeField;

// To a page, a paragraph or a day.
function placeBox() {
  placeField = el("input", { type: "text", placeholder: t("coding.place"), "aria-label": t("coding.place"), title: t("coding.place_how"), autocomplete: "off" });
  placeField.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      e.stopPropagation();
      placeField.value = "";
      placeField.removeAttribute("aria-invalid");
      tell("home");
    }
    if (e.key !== "Enter") return;
    e.preventDefault();
    const ok = goTo(readPlace(placeField.value));
    placeField.setAttribute("aria-invalid", String(!ok));
    tell("say", ok ? "" : t("coding.place_none"));
    if (!ok) return;
    placeField.value = "";
    tell("home");
  });
  return el("div.search.place", {}, placeField);
}

function goTo(to) {
  if (!to) return false;
  if (to.kind === "day") {
    const d = data.documents.findLast((x) => x.day !== null && x.day <= to.n) ?? data.documents.find((x) => x.day !== null);
    if (d) showDocument(d.id);
    return Boolean(d);
  }
  const d = to.document === null ? data.documents.find((x) => x.id === here().document) : data.documents.find((x) => x.number === to.document);
  if (!d) return false;
  const paged = (d.pages?.length ?? 0) > 1;
  if (to.kind === "page" || (to.kind === "any" && paged)) return showPage(d.id, to.n);
  showParagraph(d.id, to.n);
  return true;
}

export function focusPlace() {
  if (!placeField) return;
  tell("pane", "documents");
  placeField.focus();
  placeField.select();
}

export function stepDocument(by) {
  const ids = data.documents.map((d) => d.id);
  const i = ids.indexOf(here().document);
  const id = ids[Math.min(ids.length - 1, Math.max(0, i + by))];
  // Back within a long document first goes to its beginning.
  const top = reader.querySelector(`#d${ids[i]}`)?.getBoundingClientRect().top ?? 0;
  showDocument(by < 0 && top < reader.getBoundingClientRect().top - 80 ? ids[i] : id);
}

// On site: all that was noted of the file, by kind of document and day.
function drawRegister(section) {
  const kinds = data.document_types
    .map((d) => [d, state.passages.filter((p) => p.document_type === d.code).sort((a, b) => (a.day ?? 0) - (b.day ?? 0) || (a.page ?? 0) - (b.page ?? 0) || a.id - b.id)])
    .filter(([, own]) => own.length > 0);
  section.replaceChildren(
    el("h2", {}, tn("coding.passages", state.passages.length)),
    kinds.length === 0 ? el("p.quiet", {}, t("coding.register_empty")) : "",
    ...kinds.map(([d, own]) => el("div", {}, el("h3", {}, d.label), el("ol", {}, ...own.map((p) => el("li", {},
      el(`button.hue-${sectionOf.get(p.variable)?.hue ?? 1}`, { type: "button", on: { click: () => tell("choose", p) } },
        el("span.number", {}, numberOf(p.variable)),
        el("span", {}, p.paraphrase, " ", el("span.quiet.small", {}, [p.day !== null && t("common.day", { n: p.day }), p.page && t("coding.page_n", { n: p.page })].filter(Boolean).join(" · "))))))))));
}

function drawPassages(details) {
  details.replaceChildren(el("summary", {}, tn("coding.passages", state.passages.length)), el("ol"));
  details.ontoggle = () => fillPassages(details);
  if (details.open || state.passages.length < 150) fillPassages(details, true);
}

// A long list is made when it is opened.
function fillPassages(details, now = details.open) {
  if (!now || details.lastChild.childElementCount > 0) return;
  details.lastChild.append(...[...state.passages].sort(byPlace).map((p) =>
    el("li", {},
      el(`button.passage-link.hue-${sectionOf.get(p.variable)?.hue ?? 1}`, { type: "button", on: { click: () => { tell("choose", p); showPassage(p); } } },
        el("span.number", {}, numberOf(p.variable)),
        el("span.unseen", {}, ` ${byId.get(p.variable)?.label ?? ""}: `),
        el("span", {}, short(wordsOf(p), 90))))));
}

