// search.js: finding words in texts, whatever their case and accents.

/**
 * Writes text for comparison: small letters without accents, and exactly as
 * long, so that a place in the one is a place in the other.
 * @param {string} text @returns {string}
 */
export function fold(text) {
  const lower = text.toLowerCase();
  if (/^[\0-\x7f]*$/.test(lower) && lower.length === text.length) return lower;
  return text.replace(/[^\0-\x7f]/g, plain).replace(/[A-Z]/g, (c) => c.toLowerCase());
}

const known = new Map();

function plain(unit) {
  let to = known.get(unit);
  if (to === undefined) {
    to = unit.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    if (to.length !== 1) to = unit;
    known.set(unit, to);
  }
  return to;
}

/**
 * @param {string} folded a text from fold @param {string} query as typed
 * @returns {[number, number][]} where it stands, in UTF-16 units, in order, without overlap
 */
export function find(folded, query) {
  const want = fold(query.normalize("NFC").trim());
  const hits = [];
  if (want === "") return hits;
  for (let at = folded.indexOf(want); at >= 0; at = folded.indexOf(want, at + want.length)) {
    hits.push([at, at + want.length]);
  }
  return hits;
}
