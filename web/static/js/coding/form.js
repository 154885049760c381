// form.js: the right column: every question on one line by section, the open
// one in full.

import { el, icon } from "../lib/dom.js";
import { show, isAnswered } from "../lib/answers.js";
import { fold } from "../lib/search.js";
import { isAsked, isOpen, next, progress } from "../lib/progress.js";
import { data, state, sections, sectionOf, variables, byId, t, tn, listen, tell, numberOf, place, passagesOf } from "./page.js";
import { commentsOf, flag, nextWaiting, resolve as resolveComment, talkOfCase, waits } from "./talk.js";
import { trouble, isWaiting } from "./saving.js";
import { questionBody } from "./question.js";
import { glow, paint } from "./reader.js";

const column = document.getElementById("questions");
const rows = new Map();
const counts = new Map();
let current = null; // {id, body}

export const openId = () => current?.id ?? null;
export const body = () => current?.body ?? null;

export function start() {
  whole = talkOfCase(goComment);
  column.append(finder(), whole.node);
  for (const section of sections) {
    const count = el("span.count");
    counts.set(section.id, count);
    const list = el("ol.lines");
    lists.set(section, list);
    const node = el(`section.section.hue-${section.hue}`, { "aria-label": section.label }, el("h2", {}, el("span", {}, section.label), count), list);
    // Sections out of sight are not laid out; so high they will be.
    node.style.containIntrinsicBlockSize = `auto ${42 + 36 * section.variables.length}px`;
    column.append(node);
  }
  const first = byId.get((place.get().variable || null) ?? next(variables, null, (v) => isOpen(state, v))?.id) ?? variables[0];
  // First what is seen: the questions around the one that is open.
  const at = variables.indexOf(first);
  for (const v of variables.slice(Math.max(0, at - screenful), at + screenful)) write(sectionOf.get(v.id));
  drawProgress();
  listen("answer", (id) => {
    const v = byId.get(id);
    if (!v) return;
    drawLine(v);
    if (current?.id === id) current.body.refresh();
    drawProgress();
  });
  listen("routing", redraw);
  listen("passages", () => {
    redraw();
    if (current) glow(current.id);
  });
  listen("comments", redraw);
  listen("readonly", redraw);
  listen("outbox", () => {
    for (const [id, row] of rows) row.classList.toggle("waiting", isWaiting(id));
  });
  listen("choose", (passage) => open(passage.variable));
  if (first) open(first.id, { focus: false });
}

const screenful = 20; // questions
const lists = new Map(); // section -> its lines; gone when they are written

function write(section) {
  const list = lists.get(section);
  if (!list) return;
  lists.delete(section);
  for (const v of section.variables) {
    const row = el("li.question", { id: `q-${v.id}`, "data-variable": v.id });
    rows.set(v.id, row);
    drawLine(v);
  }
  list.append(...section.variables.map((v) => rows.get(v.id)));
}

/** Writes the questions that are not seen yet, a section at a time. */
export async function rest() {
  for (const section of [...lists.keys()]) {
    await new Promise((go) => (globalThis.requestIdleCallback ?? setTimeout)(go, { timeout: 50 }));
    write(section);
  }
}

let whole; // the talk about the case as a whole

/** Goes to the next comment that waits. */
export function goComment() {
  const m = nextWaiting(current?.id);
  if (!m) return null;
  const list = m.variable ? (open(m.variable), rows.get(m.variable)) : whole.node;
  if (!m.variable) {
    tell("pane", "questions");
    column.scrollTo(0, 0);
  }
  list.querySelector(`.comments > li:nth-child(${commentsOf(m.variable).indexOf(m) + 1})`)?.focus();
  return m;
}

/** Resolves the comment that has the focus, else the first that waits at the open question, or of the case as a whole. */
export function resolve() {
  const held = document.activeElement.closest?.(".comments > li");
  const m = held && commentsOf(held.closest(".question")?.dataset.variable ?? "")[[...held.parentElement.children].indexOf(held)];
  const next = m ?? [...commentsOf(current?.id ?? ""), ...commentsOf("")].find(waits);
  if (!next || next.id <= 0) return null;
  resolveComment(next);
  return next;
}

export const talk = () => (current ? current.body.talk() : whole.open());

let find;

// To a question by a few letters of its number, name or wording.
function finder() {
  const line = (v) => `${v.number} ${v.label}`;
  const list = el("datalist", { id: "questions-by-name" });
  find = el("input", { type: "text", list: list.id, autocomplete: "off", placeholder: t("coding.find_question"), "aria-label": t("coding.find_question") });
  const to = (v) => {
    find.value = "";
    open(v.id);
  };
  find.addEventListener("focus", () => list.append(...variables.map((v) => el("option", { value: line(v) }, v.question))), { once: true });
  find.addEventListener("input", () => {
    const v = variables.find((x) => line(x) === find.value);
    if (v) to(v);
  });
  find.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || find.value.trim() === "") return;
    e.preventDefault();
    const words = fold(find.value.trim()).text;
    const v = variables.find((x) => x.number === find.value.trim()) ?? variables.find((x) => fold(`${line(x)} ${x.question}`).text.includes(words));
    if (v) to(v);
  });
  return el("div.finder", {}, find, list);
}

export const focusFinder = () => {
  tell("pane", "questions");
  find.focus();
};

function redraw() {
  for (const v of variables) drawLine(v);
  current?.body.refresh();
  drawProgress();
}

function drawProgress() {
  for (const section of sections) {
    const { done, asked } = progress(state, section.variables);
    const node = counts.get(section.id);
    node.textContent = `${done}/${asked}`;
    node.setAttribute("aria-label", t("coding.progress", { done, asked }));
    node.classList.toggle("done", done === asked);
  }
  const { done, asked } = progress(state, variables);
  document.getElementById("progress").textContent = t("coding.progress", { done, asked });
  tell("progress", { done, asked });
}

/** Why a question is not asked, in words. */
export function reason(v) {
  const rule = state.routing[v.id];
  const numbers = (rule.because ?? []).map(numberOf).join(", ");
  if (rule.inherited) return t("coding.inherited", { missing: data.missing.find((m) => m.code === rule.missing)?.label ?? rule.missing, numbers });
  return t("coding.not_asked", { numbers });
}

export function aside(v) {
  const kept = state.routing[v.id]?.aside;
  return isAnswered(kept) ? t("coding.aside", { answer: show(v, kept, data.missing, data.lang) }) : "";
}

function drawLine(v) {
  const row = rows.get(v.id);
  if (!row) return; // not written yet
  const asked = isAsked(state, v.id);
  const opened = current?.id === v.id;
  row.className = `question${asked ? "" : " closed"}${opened ? " opened" : ""}${isWaiting(v.id) ? " waiting" : ""}`;
  const answer = state.answers[v.id];
  const answered = isAnswered(answer);
  const passages = passagesOf(v.id).length;
  const findings = state.findings.filter((f) => f.variables.includes(v.id));
  const flagged = state.flags.includes(v.id);
  const comments = commentsOf(v.id);
  const problem = trouble.get(v.id);
  const signs = el("span.signs", {},
    problem && sign("alert", t(problem.conflict ? "coding.conflict_sign" : "coding.refused"), "wrong"),
    findings.length > 0 && sign("alert", tn("coding.findings", findings.length), findings.some((f) => f.severity === "error") ? "wrong" : "attention"),
    flagged && sign("flag", t("coding.flagged"), "attention"),
    comments.length > 0 && sign("talk", tn("coding.comments", comments.length), comments.some(waits) ? "attention" : ""),
    answer?.note && sign("note", t("coding.has_note")),
    passages > 0 && el("span.quoted", { title: tn("coding.passages", passages) }, icon("quote"), el("span", { "aria-hidden": "true" }, String(passages)), el("span.unseen", {}, tn("coding.passages", passages))));
  const text = asked
    ? el("span.answer", {}, answered ? show(v, answer, data.missing, data.lang) : "")
    : el("span.answer.quiet", {}, [reason(v), aside(v)].filter(Boolean).join(" "));
  if (answered && answer.missing) text.classList.add("missing");
  const line = el("button.line", {
    type: "button",
    "aria-expanded": String(opened),
    on: { click: () => (current?.id === v.id ? close() : open(v.id)) },
  }, el("span.number", {}, v.number), el("span.label", {}, v.label), text, signs);
  const old = row.querySelector(".line");
  const focused = old === document.activeElement;
  if (old) old.replaceWith(line);
  else row.prepend(line);
  if (focused) line.focus({ preventScroll: true });
}

const sign = (name, words, kind = "") => el("span.sign", { title: words, "data-kind": kind }, icon(name), el("span.unseen", {}, words));

/** Opens a question and closes the one that was open. */
export function open(id, { focus = true } = {}) {
  const v = byId.get(id);
  if (!v) return;
  if (current?.id !== id) {
    close();
    write(sectionOf.get(id));
    current = { id, body: questionBody(v) };
    rows.get(id).append(current.body.node);
    drawLine(v);
  }
  place.set({ variable: id, told: false });
  glow(id);
  paint("shown", []);
  tell("open", id);
  if (focus) {
    tell("pane", "questions");
    current.body.focus();
  }
  // At the start the page has not been laid out; asking where things are would
  // do it twice.
  if (focus) bringUp(rows.get(id));
  else requestAnimationFrame(() => bringUp(rows.get(id)));
}

function close() {
  if (!current) return;
  const was = current;
  was.body.leave();
  current = null;
  was.body.node.remove();
  drawLine(byId.get(was.id));
}

// Only as far as needed: what stays in place is easier on the eyes.
function bringUp(row) {
  const box = row.getBoundingClientRect();
  const frame = column.getBoundingClientRect();
  const head = 40;
  if (box.top < frame.top + head) column.scrollBy(0, box.top - frame.top - head - 8);
  else if (box.bottom > frame.bottom - 16) column.scrollBy(0, Math.min(box.bottom - frame.bottom + 16, box.top - frame.top - head - 8));
}

/** Goes to the next question that fits, or says that there is none. */
export function go(step, fits = (v) => isAsked(state, v.id)) {
  const v = next(variables, current?.id ?? null, fits, step);
  if (v) open(v.id);
  return v;
}

export const goOpen = () => go(1, (v) => isOpen(state, v));
export const goFlag = () => go(1, (v) => state.flags.includes(v.id));

export function toggleFlag(id) {
  flag(id, !state.flags.includes(id));
}
