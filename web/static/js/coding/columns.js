// columns.js: the three columns, which can be resized and folded; on a narrow
// screen one at a time; and how the text is set.

import { el, icon } from "../lib/dom.js";
import { t, view, listen } from "./page.js";
import { reader } from "./reader.js";

const root = document.getElementById("columns");

const limits = { documents: [160, 420], questions: [320, 760] };

export function start() {
  for (const name of ["documents", "questions"]) grip(name);
  bottomBar();
  listen("pane", (pane) => show(pane));
  apply();
}

function apply() {
  const v = view.get();
  root.style.setProperty("--documents", `${v.documents}px`);
  root.style.setProperty("--questions", `${v.questions}px`);
  // The text keeps its place when its setting changes.
  root.style.setProperty("--reading", `${v.size / 16}rem`);
  root.style.setProperty("--measure", `${v.measure}ch`);
  root.style.setProperty("--leading", v.line);
  root.dataset.density = v.density;
  for (const name of ["documents", "questions"]) root.classList.toggle(`fold-${name}`, Boolean(v[`fold_${name}`]));
}

function set(change) {
  view.set(change);
  apply();
}

export const fold = (name) => set({ [`fold_${name}`]: !view.get()[`fold_${name}`] });

function grip(name) {
  const node = document.getElementById(`grip-${name}`);
  const [low, high] = limits[name];
  const sign = name === "documents" ? 1 : -1;
  Object.entries({ role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-controls": name === "documents" ? "documents" : "questions", "aria-label": t(`coding.resize_${name}`), "aria-valuemin": low, "aria-valuemax": high }).forEach(([k, x]) => node.setAttribute(k, x));
  const put = (width) => {
    set({ [name]: Math.round(Math.min(high, Math.max(low, width))), [`fold_${name}`]: false });
    node.setAttribute("aria-valuenow", view.get()[name]);
  };
  node.setAttribute("aria-valuenow", view.get()[name]);
  node.addEventListener("pointerdown", (e) => {
    node.setPointerCapture(e.pointerId);
    const from = e.clientX;
    const width = view.get()[name];
    const move = (m) => put(width + sign * (m.clientX - from));
    node.addEventListener("pointermove", move);
    node.addEventListener("pointerup", () => node.removeEventListener("pointermove", move), { once: true });
  });
  node.addEventListener("dblclick", () => fold(name));
  node.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: -16, ArrowRight: 16 }[e.key];
    if (step) put(view.get()[name] + sign * step);
    else if (e.key === "Enter") fold(name);
    else return;
    e.preventDefault();
    e.stopPropagation();
  });
}

// ---- one column at a time ----

function bottomBar() {
  const bar = document.getElementById("bottom");
  for (const [pane, words] of [["documents", t("coding.documents")], ["text", t("coding.text")], ["questions", t("coding.questions")]]) {
    bar.append(el("button", { type: "button", "data-pane": pane, on: { click: () => show(pane) } }, icon(pane), el("span", {}, words), pane === "questions" && el("span.quiet.small", { id: "bottom-progress" })));
  }
  listen("progress", ({ done, asked }) => (document.getElementById("bottom-progress").textContent = `${done}/${asked}`));
  show("text");
}

function show(pane) {
  root.dataset.pane = pane;
  for (const button of document.querySelectorAll("#bottom button")) button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
}

/** The menu of how the page looks. */
export function viewMenu() {
  const v = view.get();
  const slider = (name, min, max, step) => {
    const id = `view-${name}`;
    const input = el("input", { id, type: "range", min, max, step, value: v[name] });
    input.addEventListener("input", () => {
      const p = document.elementFromPoint(reader.getBoundingClientRect().left + 80, reader.getBoundingClientRect().top + 80)?.closest(".par");
      set({ [name]: Number(input.value) });
      p?.scrollIntoView({ block: "start" });
    });
    return el("div.field", {}, el("label.small", { for: id }, t(`coding.view_${name}`)), input);
  };
  const choice = (name, values) => {
    const buttons = values.map((value) => el("button", { type: "button", "aria-pressed": String((v[name] ?? "") === value), on: { click: () => {
      set({ [name]: value });
      if (name === "theme") document.documentElement.dataset.theme = value || document.documentElement.dataset.account;
      for (const b of buttons) b.setAttribute("aria-pressed", String(b === buttons[values.indexOf(value)]));
    } } }, t(`coding.view_${name}_${value || "account"}`)));
    return el("fieldset", {}, el("legend", {}, t(`coding.view_${name}`)), ...buttons);
  };
  const shown = (name) => String(!view.get()[`fold_${name}`]);
  const foldButton = (name, words) => {
    const button = el("button", { type: "button", "aria-pressed": shown(name), on: { click: () => {
      fold(name);
      button.setAttribute("aria-pressed", shown(name));
    } } }, words);
    return button;
  };
  menu = el("details.menu", {},
    el("summary", { title: t("coding.view"), "aria-label": t("coding.view") }, icon("view")),
    el("div", {}, slider("size", 15, 24, 1), slider("measure", 48, 96, 2), slider("line", 1.3, 2, 0.1), choice("density", ["roomy", "compact"]), choice("theme", ["", "light", "dark"]), el("fieldset", {}, el("legend", {}, t("coding.panes")), foldButton("documents", t("coding.documents")), foldButton("questions", t("coding.questions")))));
  return menu;
}

let menu = null;

export function openView() {
  menu.open = true;
  menu.querySelector("input").focus();
}
