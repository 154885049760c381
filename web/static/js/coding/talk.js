// talk.js: what coder and lead say to each other, at a question and about the
// case as a whole: questions, notes to oneself, flags for the codebook, and
// what the lead wants looked at again.

import { el, icon } from "../lib/dom.js";
import { state, t, tn, keys, listen, tell, variables, passagesOf, readOnly, moment, wordsOf } from "./page.js";
import { keep } from "./saving.js";
import { refused, overlayBeside } from "./beside.js";
import { short } from "./reader.js";

const kinds = ["question", "note", "codebook"];

const on = (variable) => state.comments.filter((m) => m.variable === variable);

/** What waits for the coder: remarks of the lead to resolve, and replies to read. */
export const waits = (m) => (m.kind === "review" && m.state !== "closed") || m.state === "answered";

export const commentsOf = on;

function send(entry) {
  overlayBeside(entry);
  keep(entry);
  tell("comments");
}

export function say(variable, kind, text, passage = 0) {
  const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  send({ key: `comment/${key}`, kind: "comment", variable, body: { key, kind, variable, passage: Math.max(passage, 0), text } });
}

function reply(m, text) {
  send({ key: `reply/${m.id}/${Date.now()}`, kind: "reply", variable: m.variable, comment: m.id, body: { text } });
  if (m.kind !== "note") m.state = "open";
}

const close = (m, closed) => send({ key: `close/${m.id}`, kind: "close", variable: m.variable, comment: m.id, body: { closed } });

/** Resolves a comment, or closes a question that was answered. */
export const resolve = (m) => close(m, true);

export function flag(variable, on) {
  send({ key: `flag/${variable}`, kind: "flag", variable, body: { on } });
}

/**
 * The talk at a question; variable "" is the case as a whole.
 * @returns {{node: HTMLElement, button: HTMLElement, open: () => void, refresh: () => void}}
 */
export function talkBlock(variable) {
  const id = `talk-${variable || "case"}`;
  const list = el("ol.comments");
  const box = el("textarea", { id, rows: 2, maxLength: 2000, dir: "auto" });
  const kind = el("select", { "aria-label": t("coding.talk_kind") }, ...kinds.map((k) => el("option", { value: k }, t(`coding.talk_${k}`))));
  const passage = el("select", { "aria-label": t("coding.talk_passage") });
  const problem = el("p.problem.small", { role: "alert" });
  const form = el("form.say.new", { hidden: true }, el("label.unseen", { for: id }, t("coding.talk")), box,
    el("div.row", {}, kind, passage, el("button", { type: "submit" }, t("coding.talk_send"))), problem);
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const text = box.value.trim();
    if (text === "") return void box.focus();
    say(variable, kind.value, text, Number(passage.value));
    box.value = problem.textContent = "";
    form.hidden = true;
    tell("home");
  });
  box.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      e.stopPropagation();
      form.requestSubmit();
    }
  });
  const open = () => {
    form.hidden = false;
    box.focus();
  };
  const node = el("div.talk", {}, list, form);
  const button = el("button.plain", { type: "button", on: { click: open } }, icon("talk"), t("coding.talk"), el("kbd", {}, keys().talk));
  return {
    node,
    button,
    open,
    refresh: () => {
      list.replaceChildren(...on(variable).map(line));
      list.hidden = list.childElementCount === 0;
      const own = variable ? passagesOf(variable).filter((p) => p.id > 0) : [];
      const was = passage.value;
      passage.replaceChildren(el("option", { value: "0" }, t("coding.talk_about_answer")), ...own.map((p) => el("option", { value: String(p.id) }, short(wordsOf(p), 40))));
      if (own.some((p) => String(p.id) === was)) passage.value = was;
      passage.hidden = own.length === 0;
      const again = refused.get(variable);
      if (!again) return;
      refused.delete(variable);
      form.hidden = false;
      box.value = again.text;
      problem.textContent = again.problem;
    },
  };
}

function line(m) {
  const about = [t(`coding.talk_is_${m.kind}`), m.kind === "note" ? (m.state === "closed" ? t("coding.talk_done") : "") : t(`coding.talk_${m.state}`)].filter(Boolean).join(" · ");
  const from = (x) => [x.own ? t("coding.talk_you") : x.author, x.at && moment(x.at)].filter(Boolean).join(", ");
  const passage = state.passages.find((p) => p.id === m.passage) ?? null;
  const answer = el("textarea", { rows: 2, maxLength: 2000, dir: "auto", "aria-label": t("coding.talk_reply") });
  const form = el("form.say", { hidden: true }, answer, el("button", { type: "submit" }, t("coding.talk_send")));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    if (answer.value.trim()) reply(m, answer.value.trim());
  });
  const closed = m.state === "closed";
  const mayReply = m.id > 0 && m.kind !== "note" && !closed;
  return el("li", { "data-kind": m.kind, "data-state": m.state, tabIndex: -1 },
    el("p.about.small", {}, el("strong", {}, about), el("span.quiet", {}, ` · ${from(m)}`)),
    passage && el("p.small.quiet", {}, `“${short(wordsOf(passage), 120)}”`),
    el("p.said", { dir: "auto" }, m.text),
    ...m.replies.map((r) => el("p.said.reply", { dir: "auto" }, el("span.quiet.small", {}, `${from(r)} `), r.text)),
    m.id > 0 && el("div.row", {},
      el("button.plain.resolve", { type: "button", on: { click: () => close(m, !closed) } }, t(closed ? "coding.talk_reopen" : m.kind === "review" ? "coding.talk_resolve" : "coding.talk_close")),
      mayReply && el("button.plain", { type: "button", on: { click: () => { form.hidden = false; answer.focus(); } } }, t("coding.talk_reply"))),
    form);
}

/** @returns {object | null} the next thing that waits, after the open question */
export function nextWaiting(from) {
  const order = [...variables.map((v) => v.id), ""];
  const at = order.indexOf(from ?? "");
  for (let i = 1; i <= order.length; i++) {
    const id = order[(at + i + order.length) % order.length];
    const m = on(id).find(waits);
    if (m) return m;
  }
  return null;
}

/** The top of the questions: what waits, and what is said about the case as a whole. */
export function talkOfCase(jump) {
  const whole = talkBlock("");
  const count = el("span");
  const next = el("button", { type: "button", on: { click: jump } }, t("coding.talk_next"), " ", el("kbd", {}, keys().next_comment));
  const bar = el("div.waiting-bar", { role: "status" }, icon("alert"), count, next);
  const node = el("section.case-talk", { "aria-label": t("coding.talk_case") }, bar, whole.node);
  const refresh = () => {
    whole.refresh();
    const remarks = state.comments.filter((m) => m.kind === "review" && m.state !== "closed").length;
    const answers = state.comments.filter((m) => m.kind !== "review" && m.state === "answered").length;
    count.textContent = [remarks && tn("coding.talk_remarks", remarks), answers && tn("coding.talk_answers", answers)].filter(Boolean).join(" · ");
    bar.hidden = remarks + answers === 0;
  };
  listen("comments", refresh);
  refresh();
  if (readOnly()) node.classList.add("fixed");
  return { node, open: whole.open };
}
