// panels.js: help with the keys, and the list of what stands in the way of
// submitting. Both lie over the questions and leave the text to be read.

import { el, icon } from "../lib/dom.js";
import { remap } from "../lib/keys.js";
import { checklist, isClear } from "../lib/progress.js";
import { fold } from "../lib/search.js";
import { data, state, variables, byId, sections, t, tn, tell, numberOf, view, keys, readOnly } from "./page.js";
import { flush, submit } from "./saving.js";

let panel = null;
let from = null;

function open(name, title, ...children) {
  if (panel?.id !== name) from = document.activeElement;
  panel?.remove();
  panel = el("section.panel", { id: name, tabIndex: -1, role: "dialog", "aria-label": title },
    el("div.top", {}, el("h2", {}, title), el("button.plain", { type: "button", "aria-label": t("coding.close"), on: { click: close } }, icon("close"))),
    ...children);
  document.getElementById("columns").append(panel);
  panel.focus();
}

/** @returns {boolean} whether there was something to close */
export function close() {
  if (!panel) return false;
  panel.remove();
  panel = null;
  if (from?.isConnected) from.focus();
  return true;
}

const shown = { Backspace: "⌫" };

export function help() {
  if (panel?.id === "help") return close();
  const map = keys();
  const rows = Object.entries(map).map(([act, key]) => {
    const button = el("button.key", { type: "button", title: t("coding.remap"), "aria-label": t("coding.remap_act", { act: t(`coding.key_${act}`), key }) }, el("kbd", {}, shown[key] ?? key));
    button.addEventListener("click", () => {
      button.replaceChildren(el("kbd", {}, "…"));
      button.addEventListener("keydown", (e) => {
        if (["Shift", "Control", "Alt", "Meta"].includes(e.key)) return;
        e.preventDefault();
        e.stopPropagation();
        if (e.key !== "Escape") view.set({ keys: remap(keys(), act, e.key) });
        redraw();
      }, { once: true });
    });
    return [el("dt", {}, button), el("dd", {}, t(`coding.key_${act}`))];
  });
  const fixed = [["1–9", "coding.key_choose"], ["ctrl ↵", "coding.key_submit"], ["esc", "coding.key_leave"], ["↵", "coding.key_enter"]].map(([key, name]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(name))]);
  open("help", t("coding.key_help"), el("dl.keys", {}, ...fixed.flat(), ...rows.flat()), el("p.quiet.small", {}, t("coding.remap_hint")),
    el("button", { type: "button", on: { click: () => { view.set({ keys: {} }); redraw(); } } }, t("coding.remap_reset")));
}

/** The codebook beside the text: every question with its rules, searched as one types. */
export function codebook() {
  if (panel?.id === "codebook") return close();
  const entries = variables.map((v) => {
    const node = el("li", {}, jump(v.id),
      el("p", {}, v.question),
      v.options?.length > 0 && el("p.small", {}, v.options.map((o) => o.label).join(" · ")),
      v.instruction && el("p.small", {}, el("strong", {}, t("coding.rule")), " ", v.instruction),
      v.example && el("p.small.quiet", {}, el("strong", {}, t("coding.example")), " ", v.example));
    return { node, folded: fold(`${v.number} ${v.id} ${node.textContent}`).text };
  });
  const count = el("p.quiet.small", { role: "status" }, tn("coding.codebook_found", entries.length));
  const field = el("input", { type: "search", placeholder: t("coding.codebook_search"), "aria-label": t("coding.codebook_search"), autocomplete: "off" });
  field.addEventListener("input", () => {
    const wanted = fold(field.value.trim()).text.split(/\s+/).filter(Boolean);
    let n = 0;
    for (const { node, folded } of entries) {
      node.hidden = !wanted.every((w) => folded.includes(w));
      if (!node.hidden) n++;
    }
    count.textContent = tn("coding.codebook_found", n);
  });
  field.addEventListener("keydown", (e) => {
    if (e.key !== "Enter") return;
    e.preventDefault();
    entries.find(({ node }) => !node.hidden)?.node.querySelector("button").click();
  });
  open("codebook", t("coding.key_codebook"), field, count, el("ol.entries", {}, ...entries.map(({ node }) => node)));
  field.focus();
}

function redraw() {
  panel?.remove();
  panel = null;
  help();
}

/** Lists what is open, and submits when nothing is. */
export async function review() {
  if (readOnly()) return;
  const list = checklist(state, variables, data.missing);
  const block = (title, ids) => ids.length > 0 && el("section", {}, el("h3", {}, title), el("ul", {}, ...ids.map((id) => el("li", {}, jump(id)))));
  const bySection = sections
    .map((s) => [s, list.open.filter((id) => s.variables.some((v) => v.id === id))])
    .map(([s, ids]) => block(tn("coding.open_in", ids.length, { section: s.label }), ids));
  const findings = list.findings.length > 0 && el("section", {}, el("h3", {}, t("coding.checks")), el("ul", {}, ...list.findings.map((f) => el("li", {}, f.message, " ", ...f.variables.map(jump)))));
  const comments = list.comments.length > 0 && el("section", {}, el("h3", {}, t("coding.review_comments")), el("ul", {}, ...list.comments.map((m) => el("li", {}, m.variable ? jump(m.variable) : el("strong", {}, t("coding.talk_case")), " ", m.text))));
  const send = el("button.main", { type: "button", disabled: !isClear(list), on: { click: () => hand(send) } }, t("coding.submit"));
  open("review", t("coding.review"),
    isClear(list) ? el("p", {}, t("coding.review_clear")) : el("p.quiet", {}, t("coding.review_open")),
    ...bySection, block(t("coding.review_evidence"), list.evidence), block(t("coding.review_notes"), list.notes),
    block(t("coding.review_searched"), list.searched), findings, comments, send);
  if (isClear(list)) send.focus();
  else panel.querySelector("li button")?.focus();
}

const jump = (id) => el("button.plain.jump", { type: "button", on: { click: () => { panel?.remove(); panel = null; tell("choose", { variable: id }); } } }, el("span.number", {}, numberOf(id)), byId.get(id)?.label ?? id);

async function hand(button) {
  button.disabled = true;
  const note = el("p", { role: "alert" });
  button.after(note);
  if (!(await flush())) {
    note.textContent = t("coding.submit_unsaved");
    button.disabled = false;
    return;
  }
  const { status, body } = await submit();
  if (status === 200) {
    data.status = body.status;
    tell("readonly");
    tell("outbox");
    open("review", t("coding.review"), el("p", {}, t("coding.submitted")), el("a.button", { href: document.querySelector(".back").href }, t("coding.to_list")));
    return;
  }
  button.disabled = false;
  const ids = [...(body?.open ?? []), ...(body?.evidence ?? []), ...(body?.notes ?? []), ...(body?.searched ?? []), ...(body?.findings ?? []).flatMap((f) => f.variables)];
  note.replaceChildren(body?.comments?.length ? `${t("coding.review_comments")} ` : "", ids.length ? t("coding.review_open") : (body?.detail ?? t("coding.not_reached")), ...[...new Set(ids)].map(jump));
}
