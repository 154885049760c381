// place.js: reading where in a case a coder wants to go.

/**
 * Reads "12" (a page, or a paragraph where there are no pages), "p 12", "¶ 12",
 * "§12" or "a 12" (a paragraph), "dag 60" or "day 60"; with "3:" before it in
 * document 3.
 * @param {string} typed
 * @returns {{kind: "any" | "page" | "paragraph" | "day", n: number, document: number | null} | null}
 */
export function readPlace(typed) {
  const found = /^(?:(\d+)\s*:\s*)?(?:(p|pag|blz|bladzijde|page|¶|§|al|alinea|a|par|paragraph|dag|day|d)\.?\s*)?([-−]?\d+)$/.exec(typed.trim().toLowerCase());
  if (!found) return null;
  const [, document, word = "", number] = found;
  const kind = word === "" ? "any" : /^(p|pag|blz|bladzijde|page)$/.test(word) ? "page" : /^d/.test(word) ? "day" : "paragraph";
  const n = Number(number.replace("−", "-"));
  if (kind !== "day" && n < 1) return null;
  return { kind, n, document: document === undefined ? null : Number(document) };
}
