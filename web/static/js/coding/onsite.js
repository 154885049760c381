// onsite.js: where an answer rests when no text is stored: the kind of
// document, page, day and a paraphrase without names.

import { el } from "../lib/dom.js";
import { data, t, tn } from "./page.js";
import { refusedNotes } from "./saving.js";
import { attach } from "./undo.js";

const most = 280;
let last = { document_type: "", day: "" }; // one reads a document at a time

/** @param {object} v the variable @returns {{node: HTMLFormElement, refresh: (locked: boolean) => void}} */
export function onSiteForm(v) {
  const id = (name) => `site-${v.id}-${name}`;
  const type = el("select", { id: id("type"), required: true }, el("option", { value: "" }, t("coding.choose_type")), ...data.document_types.map((d) => el("option", { value: d.code }, d.label)));
  type.value = last.document_type;
  const page = el("input", { id: id("page"), type: "text", inputMode: "numeric", pattern: "[0-9]*" });
  const day = el("input", { id: id("day"), type: "text", inputMode: "numeric", pattern: "-?[0-9]*", value: last.day });
  const words = el("textarea", { id: id("words"), rows: 2, required: true, "aria-describedby": id("left") });
  const left = el("span.quiet.small", { id: id("left") });
  // A browser's own limit counts an emoji as two, and drops what is pasted past it.
  const count = () => {
    const n = [...words.value.trim()].length;
    left.textContent = t("coding.characters", { n, most });
    left.classList.toggle("wrong", n > most);
    words.setCustomValidity(n > most ? tn("coding.too_long", n - most, { most }) : "");
  };
  words.addEventListener("input", count);
  count();
  const labelled = (name, words, input) => el(`div.field.site-${name}`, {}, el("label.small", { for: input.id }, words), input);
  const form = el("form.onsite", {},
    labelled("type", t("coding.document_type"), type),
    labelled("page", t("coding.page"), page),
    labelled("day", t("coding.day"), day),
    labelled("words", t("coding.paraphrase"), words),
    el("div.row", {}, left, el("button", { type: "submit" }, t("coding.add_passage"))));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const number = (s) => (/^-?\d+$/.test(s.trim()) ? Number(s) : null);
    last = { document_type: type.value, day: day.value };
    attach({ variable: v.id, document_type: type.value, page: number(page.value), day: number(day.value), paraphrase: words.value.trim() });
    words.value = page.value = "";
    count();
    words.focus();
  });
  return {
    node: form,
    refresh: (locked) => {
      form.hidden = locked;
      const back = refusedNotes.get(v.id);
      if (!back || words.value !== "") return; // not over what is typed now
      refusedNotes.delete(v.id);
      [words.value, type.value, page.value, day.value] = [back.paraphrase, back.document_type, back.page ?? "", back.day ?? ""];
      count();
    },
  };
}
