// keys.js: which act a key means on the coding page.

/** The acts and their keys, in the order in which help lists them. */
export const defaults = Object.freeze({
  next: "j",
  previous: "k",
  open: "o",
  question: "q",
  missing_1: "n",
  missing_2: "d",
  missing_3: "u",
  clear: "Backspace",
  attach: "e",
  passage: "g",
  searched: "a",
  bounds: "r",
  remove: "x",
  passages: "l",
  note: "m",
  talk: "t",
  next_comment: "c",
  resolve: "s",
  keep_mine: ",",
  take_theirs: ".",
  history: "h",
  flag: "f",
  next_flag: "F",
  instruction: "i",
  codebook: "b",
  undo: "z",
  redo: "Z",
  document_previous: "[",
  document_next: "]",
  search: "/",
  place: "p",
  beside: "w",
  caret: "v",
  view: "y",
  help: "?",
});

/**
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean}} event
 * @param {"none" | "number" | "text"} typing what the focused input takes; letters are no part of a number or date
 * @param {Record<string, string>} [map] acts and keys, when they were changed
 * @returns {string | null} an act; "choose_3" for a digit; null when the key means nothing here
 */
export function action(event, typing, map = defaults) {
  if (event.key === "Escape") return "leave";
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return "submit";
  if (event.ctrlKey || event.metaKey || event.altKey || typing === "text") return null;
  if (typing === "number" && !/^[^\d\s.,/-]$/.test(event.key)) return null;
  if (/^[1-9]$/.test(event.key)) return `choose_${event.key}`;
  for (const [act, key] of Object.entries(map)) if (key === event.key) return act;
  return null;
}

/**
 * @param {Record<string, string>} map @param {string} act @param {string} key
 * @returns {Record<string, string>} the map with the key given to the act; an act that had it gets the other's
 */
export function remap(map, act, key) {
  if (!/^[^\s\d]$/.test(key) && key !== "Backspace") return map;
  const out = { ...map };
  for (const other of Object.keys(out)) if (out[other] === key) out[other] = out[act];
  out[act] = key;
  return out;
}
