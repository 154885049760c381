// offsets.js: from code points, which is how passages are stored, to UTF-16
// code units, which is how a browser counts, and back; and tidying the ends of
// a selection.

/** @param {string} text @param {number} unit @returns {number} code points before that UTF-16 unit */
export function toPoints(text, unit) {
  let points = 0;
  for (let i = 0; i < unit && i < text.length; i++) {
    const c = text.charCodeAt(i);
    // The second half of a pair is not a code point of its own.
    if (c >= 0xdc00 && c <= 0xdfff && i > 0 && isHigh(text.charCodeAt(i - 1))) continue;
    points++;
  }
  return points;
}

/** @param {string} text @param {number} points @returns {number} the UTF-16 unit at which that code point begins */
export function toUnits(text, points) {
  let i = 0;
  for (; points > 0 && i < text.length; points--) {
    i += isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1)) ? 2 : 1;
  }
  return i;
}

/** @param {string} text @returns {number} its length in code points */
export const pointLength = (text) => toPoints(text, text.length);

const isHigh = (c) => c >= 0xd800 && c <= 0xdbff;
const isLow = (c) => c >= 0xdc00 && c <= 0xdfff;

// Made when first needed: a browser reads tables for them, which takes a while.
const made = {};
const segmenter = (granularity) => (made[granularity] ??= new Intl.Segmenter("nl", { granularity }));

/**
 * Tidies a selection: drops white space at its ends, completes a word that was
 * cut, and never parts what a reader sees as one character.
 * @param {string} text @param {number} start @param {number} end in UTF-16 units, half open
 * @returns {[number, number] | null} null when only white space was selected
 */
export function trimToWords(text, start, end) {
  while (start < end && /\s/.test(text[start])) start++;
  while (end > start && /\s/.test(text[end - 1])) end--;
  if (start >= end) return null;
  const wordly = (segment) => segment.isWordLike;
  start = Math.min(before("word", text, start, wordly), before("grapheme", text, start));
  end = Math.max(after("word", text, end, wordly), after("grapheme", text, end));
  return [start, end];
}

// Segmenting begins close by: over a whole document it would take long.
const reach = 200;

function before(granularity, text, at, fits = () => true) {
  const from = Math.max(0, text.lastIndexOf("\n", Math.max(at - 1, 0)) + 1, at - reach);
  const segment = segmenter(granularity).segment(text.slice(from, at + reach)).containing(at - from);
  return segment && fits(segment) ? from + segment.index : at;
}

function after(granularity, text, at, fits = () => true) {
  const from = Math.max(0, text.lastIndexOf("\n", Math.max(at - 1, 0)) + 1, at - reach);
  const segment = segmenter(granularity).segment(text.slice(from, at + reach)).containing(at - 1 - from);
  return segment && fits(segment) ? from + segment.index + segment.segment.length : at;
}

/**
 * Moves an end of a passage to the next edge of a word.
 * @param {string[]} points the text, one code point an element
 * @param {number} at @param {1 | -1} step @param {number} low @param {number} high where it may be
 * @param {boolean} isStart whether it is the beginning of the passage
 * @returns {number} the new place; never inside what a reader sees as one character
 */
export function moveWord(points, at, step, low, high, isStart) {
  const from = Math.max(0, at - reach);
  const near = points.slice(from, at + reach);
  const edges = [];
  let place = from;
  for (const { segment } of segmenter("word").segment(near.join(""))) {
    const n = [...segment].length;
    if (/\S/.test(segment)) edges.push(isStart ? place : place + n);
    place += n;
  }
  const fits = edges.filter((e) => e >= low && e <= high && (step > 0 ? e > at : e < at));
  if (fits.length === 0) return at;
  return step > 0 ? fits[0] : fits.at(-1);
}

/**
 * The last of the ascending starts that is not after at.
 * @param {number[]} starts @param {number} at @returns {number} its index, -1 when all are after
 */
export function lastAtOrBefore(starts, at) {
  let lo = 0;
  let hi = starts.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (starts[mid] <= at) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}
