// question.js: one question in full: its options or field, missing codes,
// passages, note, checks, help and earlier versions.

import { el, icon } from "../lib/dom.js";
import { choose, nothing, readDate, readNumber, show, isAnswered } from "../lib/answers.js";
import { isAsked } from "../lib/progress.js";
import { data, state, t, keys, numberOf, passagesOf, readOnly, tell, clock, moment, documents, documentName, wordsOf } from "./page.js";
import { answer as change, detach, replace } from "./undo.js";
import { trouble, settle, history, precedents } from "./saving.js";
import { paint, rangeOf, selected, short, showPassage } from "./reader.js";
import { startBounds } from "./bounds.js";
import { onSiteForm } from "./onsite.js";
import { reason, aside, toggleFlag } from "./form.js";
import { searchedField, typeLabel } from "./searched.js";
import { talkBlock } from "./talk.js";

let helpOpen = false; // as the coder left it, also for the next question

/**
 * @param {object} v the variable
 * @returns {{node: HTMLElement, refresh: () => void, focus: () => void, leave: () => void,
 *   choose: (n: number) => void, missing: (n: number) => void, clear: () => void, note: () => void, help: () => void, talk: () => void, history: () => void, searched: () => void, option: () => string}}
 */
export function questionBody(v) {
  const node = el("div.body", { tabIndex: -1, role: "group", "aria-label": `${v.number} ${v.question || v.label}` });
  const now = () => state.answers[v.id] ?? nothing;
  const fixed = () => readOnly() || v.locked || !isAsked(state, v.id);
  const input = ["number", "date", "text"].includes(v.type) ? field(v, now) : options(v, now);
  const codes = missingCodes(v, now);
  const searched = searchedField(v, now);
  const note = noteField(v, now);
  const talk = talkBlock(v.id);
  const closed = el("p.closed-by");
  const problems = el("div.trouble", { role: "alert" });
  const findings = el("ul.findings");
  const evidence = el("div.evidence");
  const site = data.case.on_site && v.evidence !== "none" && onSiteForm(v);
  const help = helpBlock(v);
  const flag = el("button.plain", { type: "button", on: { click: () => toggleFlag(v.id) } }, icon("flag"), t("coding.flag"), el("kbd", {}, keys().flag));
  const past = el("div.past");
  const earlier = () => showHistory(v, past);

  node.append(
    el("p.ask", {}, v.question || v.label),
    closed, problems, input.node, codes.node, searched.node, findings, evidence, site ? site.node : "", note.node,
    el("div.more", {}, help.button, note.button, talk.button, flag,
      el("button.plain", { type: "button", on: { click: earlier } }, icon("undo"), t("coding.history"), el("kbd", {}, keys().history))),
    help.node, talk.node, past);

  function refresh() {
    const locked = fixed();
    const focused = node.contains(document.activeElement);
    closed.textContent = v.locked ? t("coding.locked") : isAsked(state, v.id) ? "" : [reason(v), aside(v)].filter(Boolean).join(" ");
    for (const part of [input, codes, searched, note]) part.refresh(locked);
    talk.refresh();
    drawTrouble(v, problems);
    drawFindings(v, findings);
    drawEvidence(v, evidence, locked);
    if (site) site.refresh(locked);
    flag.setAttribute("aria-pressed", String(state.flags.includes(v.id)));
    // What had the focus may be gone, such as a passage that was removed.
    if (focused && !node.contains(document.activeElement)) node.focus({ preventScroll: true });
  }
  refresh();

  const write = (part, typed) => !fixed() && change(v.id, part, typed);
  return {
    node,
    refresh,
    focus: () => (input.typed && !fixed() && v.type !== "text" ? input.focus() : node.focus({ preventScroll: true })),
    edit: () => input.focus(),
    leave: () => { input.leave(); note.leave(); },
    choose: (n) => !fixed() && input.choose?.(n),
    missing: (n) => {
      const code = data.missing.filter((m) => m.key)[n - 1];
      if (code && (v.missing ?? []).includes(code.code)) codes.press(code.code);
    },
    clear: () => write({ value: null, missing: null }),
    note: () => note.open(),
    help: () => help.toggle(),
    talk: () => talk.open(),
    history: earlier,
    searched: () => !fixed() && searched.all(),
    option: () => document.activeElement?.closest?.("[data-code]")?.dataset.code ?? "",
  };
}

// ---- options ----

function options(v, now) {
  const multi = v.type === "multi";
  const name = `o-${v.id}`;
  const inputs = new Map();
  const set = (code) => change(v.id, { value: choose(v, now().value, code), missing: null });
  const list = el("div.options", { role: multi ? "group" : "radiogroup", "aria-label": v.label });
  const rows = (v.options ?? []).map((o, i) => {
    const box = el("input", { type: multi ? "checkbox" : "radio", name, value: o.code });
    // A click on the chosen one lets it go, which a radio button cannot.
    box.addEventListener("click", () => set(o.code));
    inputs.set(o.code, box);
    return el("label.option", { "data-code": o.code }, el("kbd", { "aria-hidden": "true" }, i < 9 ? String(i + 1) : ""), box, el("span", {}, o.label));
  });
  list.append(...rows);
  const shown = () => rows.filter((r) => !r.hidden);
  const filter = rows.length > 9 && !v.locked && el("input", { type: "search", placeholder: t("coding.filter"), "aria-label": t("coding.filter"), autocomplete: "off" });
  if (filter) {
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase();
      for (const r of rows) r.hidden = !r.textContent.toLowerCase().includes(words);
      shown().forEach((r, i) => (r.querySelector("kbd").textContent = i < 9 ? String(i + 1) : ""));
    });
    filter.addEventListener("keydown", (e) => {
      if (e.key !== "Enter") return;
      e.preventDefault();
      shown()[0]?.querySelector("input").click();
    });
  }
  const node = el("div", {}, filter, list);
  return {
    node,
    typed: false,
    focus: () => (filter || node.querySelector("input"))?.focus(),
    leave: () => {},
    choose: (n) => {
      const row = shown()[n - 1];
      if (row) set(row.dataset.code);
    },
    refresh: (locked) => {
      const chosen = new Set(now().value?.split("|") ?? []);
      for (const [code, box] of inputs) {
        box.checked = chosen.has(code);
        box.disabled = locked;
        box.closest("label").classList.toggle("chosen", chosen.has(code));
        // What comes from the case itself offers no choice.
        if (v.locked) box.closest("label").hidden = !chosen.has(code);
      }
    },
  };
}

// ---- numbers, dates, texts ----

function field(v, now) {
  const id = `i-${v.id}`;
  const long = v.type === "text";
  const box = el(long ? "textarea" : "input", {
    id,
    "aria-label": v.label,
    "aria-describedby": `${id}-hint ${id}-problem`,
    ...(long ? { rows: 3 } : { type: "text", inputMode: v.type === "number" ? "decimal" : "text", autocomplete: "off" }),
  });
  const problem = el("p.problem", { id: `${id}-problem` });
  const read = () => (v.type === "number" ? readNumber(v, box.value) : v.type === "date" ? readDate(box.value) : { value: box.value.trim() || null });
  const store = (paused) => {
    const result = read();
    if (result.problem && !paused) return; // not while it is half typed
    problem.textContent = result.problem ? t(`coding.problem_${result.problem}`, { min: v.min ?? "", max: v.max ?? "" }) : "";
    box.setAttribute("aria-invalid", String(Boolean(result.problem)));
    if (result.problem || result.value === now().value) return;
    if (result.value === null && now().missing !== null) return;
    change(v.id, { value: result.value, missing: null }, true);
  };
  const typing = pausing(box, store);
  box.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !long) typing.end();
  });
  const put = () => {
    const value = now().value ?? "";
    box.value = v.type === "number" && data.lang === "nl" ? value.replace(".", ",") : value;
    problem.textContent = "";
    box.removeAttribute("aria-invalid");
  };
  const hint = v.type === "date" ? t("coding.date_hint") : v.type === "number" ? [v.unit, range(v)].filter(Boolean).join(" · ") : "";
  return {
    node: el(`div.typed.${v.type}`, {}, box, el("p.hint.quiet.small", { id: `${id}-hint` }, hint), problem),
    typed: true,
    focus: () => box.focus({ preventScroll: true }),
    leave: typing.leave,
    refresh: (locked) => {
      box.disabled = locked;
      // Not under the hands of somebody who types, nor what was just typed.
      if (typing.goesOn()) return;
      if (document.activeElement !== box || (read().value ?? null) !== now().value && !read().problem) put();
    },
  };
}

/**
 * Calls store(paused) when a coder pauses in a field or leaves it; and, so that
 * nothing typed waits for a second, now and then while she does not.
 */
function pausing(box, store) {
  const pause = 400; // milliseconds
  const most = 700;
  let timer = null;
  let since = 0; // when what is not stored began, by the page's clock
  const end = (paused) => {
    clearTimeout(timer);
    timer = paused ? null : setTimeout(end, pause, true);
    since = performance.now();
    store(paused);
  };
  const leave = () => timer !== null && end(true);
  box.addEventListener("input", () => {
    const now = performance.now();
    if (timer === null) since = now;
    clearTimeout(timer);
    const left = since + most - now;
    timer = left > pause ? setTimeout(end, pause, true) : setTimeout(end, left, false);
  });
  box.addEventListener("blur", leave);
  return { leave, end: () => end(true), goesOn: () => timer !== null };
}

function range(v) {
  if ((v.min ?? null) !== null && (v.max ?? null) !== null) return t("coding.range", { min: v.min, max: v.max });
  return "";
}

// ---- missing codes ----

function missingCodes(v, now) {
  const buttons = new Map();
  const press = (code) => {
    const off = now().missing === code;
    change(v.id, { value: null, missing: off ? null : code });
  };
  const codes = data.missing.filter((m) => (v.missing ?? []).includes(m.code));
  for (const m of codes) {
    buttons.set(m.code, el("button.code", { type: "button", title: m.rule ?? "", on: { click: () => press(m.code) } }, m.key && el("kbd", { "aria-hidden": "true" }, keys()[`missing_${data.missing.filter((x) => x.key).indexOf(m) + 1}`]), el("span", {}, m.label)));
  }
  return {
    node: el("div.codes", { role: "group", "aria-label": t("coding.missing") }, ...buttons.values()),
    press: (code) => !buttons.get(code)?.disabled && press(code),
    refresh: (locked) => {
      for (const [code, button] of buttons) {
        button.disabled = locked;
        button.setAttribute("aria-pressed", String(now().missing === code));
      }
    },
  };
}

// ---- note ----

function noteField(v, now) {
  const id = `n-${v.id}`;
  const box = el("textarea", { id, rows: 2 });
  const node = el("div.note", { hidden: true }, el("label.quiet.small", { for: id }, t("coding.note")), box);
  const typing = pausing(box, () => change(v.id, { note: box.value.trim() }, true));
  const open = () => {
    node.hidden = false;
    box.focus();
  };
  return {
    node,
    button: el("button.plain", { type: "button", on: { click: open } }, icon("note"), t("coding.note"), el("kbd", {}, keys().note)),
    open,
    leave: typing.leave,
    refresh: (locked) => {
      box.disabled = locked;
      const needed = data.missing.find((m) => m.code === now().missing)?.needs_note || state.findings.some((f) => f.severity === "explain" && f.variables.includes(v.id));
      if (document.activeElement !== box && !typing.goesOn()) box.value = now().note ?? "";
      if (now().note || needed) node.hidden = false;
      box.placeholder = needed ? t("coding.note_needed") : "";
    },
  };
}

// ---- checks and trouble ----

function drawFindings(v, list) {
  list.replaceChildren(...state.findings.filter((f) => f.variables.includes(v.id)).map((f) =>
    el("li", { "data-severity": f.severity }, icon("alert"), el("span", {}, el("strong", {}, t(`coding.severity_${f.severity}`)), " ", f.message, " ",
      ...f.variables.filter((id) => id !== v.id).map((id) => el("button.plain", { type: "button", on: { click: () => tell("choose", { variable: id }) } }, t("coding.go_to", { number: numberOf(id) })))))));
}

function drawTrouble(v, node) {
  const { conflict, problem } = trouble.get(v.id) ?? {};
  node.replaceChildren();
  if (problem) node.append(el("p.problem", {}, problem));
  if (!conflict) return;
  const card = (title, answer, mine) =>
    el("div.side-of", {},
      el("h3", {}, title),
      el("p", {}, isAnswered(answer) ? show(v, answer, data.missing, data.lang) : t("coding.no_answer")),
      answer.note && el("p.quiet.small", {}, answer.note),
      el("button", { type: "button", on: { click: () => settle(v.id, mine) } }, t(mine ? "coding.keep_mine" : "coding.take_theirs"), el("kbd", {}, mine ? keys().keep_mine : keys().take_theirs)));
  node.append(
    el("div.conflict", {},
      el("p", {}, t("coding.conflict")),
      card(t("coding.here"), state.answers[v.id] ?? nothing, true),
      card(t("coding.elsewhere", { time: clock(conflict.at) }), conflict, false)));
}

// ---- passages ----

function drawEvidence(v, node, locked) {
  const own = passagesOf(v.id);
  const from = (p) => (p.document ? documentName(documents.get(p.document) ?? {}) : [data.document_types.find((d) => d.code === p.document_type)?.label, p.page && t("coding.page_n", { n: p.page }), p.day !== null && t("common.day", { n: p.day })].filter(Boolean).join(" · "));
  const option = (code) => (v.options ?? []).find((o) => o.code === code)?.label;
  node.replaceChildren(
    ...own.map((p) =>
      el("div.passage", { on: { mouseenter: () => paint("hover", [rangeOf(p)], 3), mouseleave: () => paint("hover", []) } },
        p.quote
          ? el("button.quote", { type: "button", "aria-label": `${t("coding.go_passage")}: ${short(p.quote)}`, on: { click: () => showPassage(p) } }, short(p.quote, 180))
          : el("p.quote", {}, wordsOf(p)),
        el("span.from.quiet.small", {}, from(p), locked && p.category && ` · ${option(p.category) ?? p.category}`),
        !locked && (v.options ?? []).length > 0 && bound(v, p),
        !locked && el("span.acts", {},
          p.quote && el("button.plain", { type: "button", title: t("coding.bounds"), "aria-label": t("coding.bounds"), "aria-keyshortcuts": keys().bounds, on: { click: () => startBounds(p) } }, icon("bounds")),
          p.quote && el("button.plain", { type: "button", title: t("coding.rebound"), "aria-label": t("coding.rebound"), on: { click: () => rebound(v, p) } }, icon("text")),
          el("button.plain", { type: "button", title: t("coding.remove"), "aria-label": t("coding.remove"), "aria-keyshortcuts": keys().remove, on: { click: () => detach(p) } }, icon("trash"))))),
    own.length === 0 && !locked && v.evidence === "required" && (state.answers[v.id]?.missing ?? null) === null ? el("p.none.small", {}, icon("quote"), t(data.case.on_site ? "coding.evidence_on_site" : "coding.evidence_needed")) : "");
}

/** To which option a passage speaks. */
function bound(v, p) {
  const pick = el("select.bound", { "aria-label": t("coding.bound") }, el("option", { value: "" }, t("coding.bound_none")), ...v.options.map((o) => el("option", { value: o.code }, o.label)));
  pick.value = p.category;
  pick.addEventListener("change", () => replace(p, { category: pick.value }));
  return pick;
}

/** Gives a passage the bounds of what is selected. */
function rebound(v, p) {
  const passage = selected();
  if (!passage) return void tell("say", t("coding.select_first"));
  replace(p, passage);
}

// ---- help and history ----

function helpBlock(v) {
  const node = el("div.help", { hidden: !helpOpen, id: `h-${v.id}` },
    v.instruction && el("p", {}, el("strong", {}, t("coding.rule")), " ", v.instruction),
    v.example && el("p", {}, el("strong", {}, t("coding.example")), " ", v.example),
    ...data.missing.filter((m) => (v.missing ?? []).includes(m.code) && m.rule).map((m) => el("p.quiet", {}, el("strong", {}, m.label), " ", m.rule)));
  const settled = el("div.precedents");
  node.append(settled);
  const load = async () => {
    if (settled.dataset.asked) return;
    settled.dataset.asked = "true";
    const { status, body } = await precedents(v.id);
    if (status !== 200) delete settled.dataset.asked;
    else if (body.length > 0) settled.append(el("h4", {}, t("coding.precedents")), el("ul", {}, ...body.map((p) => el("li", {}, el("strong", {}, show(v, p, data.missing, data.lang)), " ", p.reason))));
  };
  if (helpOpen) load();
  const button = el("button.plain", { type: "button", "aria-expanded": String(helpOpen), "aria-controls": node.id }, icon("help"), t("coding.instruction"), el("kbd", {}, keys().instruction));
  const toggle = () => {
    helpOpen = !helpOpen;
    node.hidden = !helpOpen;
    if (helpOpen) load();
    button.setAttribute("aria-expanded", String(helpOpen));
  };
  button.addEventListener("click", toggle);
  return { node, button, toggle };
}

async function showHistory(v, node) {
  if (node.childElementCount) return void node.replaceChildren();
  const { status, body } = await history(v.id);
  if (status !== 200) return void node.replaceChildren(el("p.quiet", {}, t("coding.not_reached")));
  node.replaceChildren(
    body.length === 0 ? el("p.quiet", {}, t("coding.no_history")) : el("ol", {}, ...body.map((h) =>
      el("li", {}, el("span.quiet", {}, `${moment(h.at)} `), isAnswered(h) ? show(v, h, data.missing, data.lang) : t("coding.no_answer"), h.searched?.length > 0 && el("span.quiet", {}, ` · ${h.searched.map(typeLabel).join(", ")}`), h.note && el("span.quiet", {}, ` (${h.note})`)))));
}
