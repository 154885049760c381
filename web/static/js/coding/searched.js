// searched.js: for "not recorded in the file" on a core variable: the types of
// document in which it was looked for.

import { el } from "../lib/dom.js";
import { data, t, keys } from "./page.js";
import { answer as change } from "./undo.js";

// The types of this case's own documents; on site, where none is stored, all.
const present = new Set(data.documents.map((d) => d.type));
const offered = data.document_types.filter((d) => present.size === 0 || present.has(d.code));

export const typeLabel = (code) => data.document_types.find((d) => d.code === code)?.label ?? code;

/**
 * @param {object} v the variable @param {() => object} now its answer
 * @returns {{node: HTMLElement, all: () => void, refresh: (locked: boolean) => void}}
 */
export function searchedField(v, now) {
  const boxes = new Map();
  const put = (codes) => change(v.id, { searched: data.document_types.map((d) => d.code).filter((code) => codes.has(code)) });
  const rows = offered.map((d) => {
    const box = el("input", { type: "checkbox", value: d.code });
    box.addEventListener("change", () => {
      const codes = new Set(now().searched ?? []);
      if (box.checked) codes.add(d.code);
      else codes.delete(d.code);
      put(codes);
    });
    boxes.set(d.code, box);
    return el("label.choice.small", {}, box, " ", d.label);
  });
  const all = () => {
    if (now().missing !== "NR") return;
    const every = offered.every((d) => (now().searched ?? []).includes(d.code));
    put(new Set(every ? [] : offered.map((d) => d.code)));
  };
  const every = el("button.plain.small", { type: "button", on: { click: all } }, t("coding.searched_all"), " ", el("kbd", {}, keys().searched));
  const needed = el("p.small.attention", {}, t("coding.searched_needed"));
  const node = el("fieldset.searched", {}, el("legend.small", {}, t("coding.searched")), ...rows, el("div.row", {}, every), needed);
  return {
    node,
    all,
    refresh: (locked) => {
      const { missing, searched } = now();
      node.hidden = missing !== "NR" || offered.length === 0;
      needed.hidden = !v.core || (searched ?? []).length > 0;
      for (const [code, box] of boxes) {
        box.checked = (searched ?? []).includes(code);
        box.disabled = locked;
      }
      every.disabled = locked;
    },
  };
}
