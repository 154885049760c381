// search.js: finding words in texts, whatever their case and accents.

/**
 * Writes text for comparison: small letters without accents.
 * @param {string} text
 * @returns {{text: string, at: Uint32Array | null}} the folded text, and where in the original each of its UTF-16 units
 *   stands; null when they stand at the same places, as they nearly always do
 */
export function fold(text) {
  const lower = text.toLowerCase();
  if (/^[\0-\x7f]*$/.test(lower)) return { text: lower, at: null };
  const same = text.replace(/[^\0-\x7f]/g, plain).replace(/[A-Z]/g, (c) => c.toLowerCase());
  if (!/\p{M}/u.test(same)) return { text: same, at: null };
  // Marks that stand by themselves are left out, and places must be kept.
  let out = "";
  const at = [];
  for (let i = 0; i < same.length; i++) {
    if (/\p{M}/u.test(same[i])) continue;
    out += same[i];
    at.push(i);
  }
  at.push(same.length);
  return { text: out, at: Uint32Array.from(at) };
}

const known = new Map();

function plain(unit) {
  let to = known.get(unit);
  if (to === undefined) {
    to = unit.normalize("NFD").replace(/(?<!^)\p{M}/gu, "").toLowerCase();
    if (to.length !== 1) to = unit;
    known.set(unit, to);
  }
  return to;
}

/**
 * @param {{text: string, at: Uint32Array | null}} folded from fold @param {string} query as typed
 * @returns {[number, number][]} where it stands, in UTF-16 units of the original, in order, without overlap
 */
export function find(folded, query) {
  const want = fold(query.normalize("NFC").trim()).text;
  const hits = [];
  if (want === "") return hits;
  const place = (i) => (folded.at ? folded.at[i] : i);
  for (let at = folded.text.indexOf(want); at >= 0; at = folded.text.indexOf(want, at + want.length)) {
    hits.push([place(at), place(at + want.length)]);
  }
  return hits;
}
