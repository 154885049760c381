// news.js: what pages of this browser were told by the server of late. A page
// that opens may have been made before that.

/** How long a page may take from being made to being open, in milliseconds. */
export const lasts = 60_000;

/** @param {{at: number}} news @param {number} [now] in milliseconds @returns {boolean} whether a page that opens may need it */
export const fresh = ({ at }, now = Date.now()) => now - at < lasts;

/**
 * The news that a page may lack, in the order in which it came. An answer tells
 * by its version whether it is newer; of the rest, what came before the page
 * was asked for is in it.
 * @param {object[]} list @param {number} asked when the page was asked for, in milliseconds
 */
export const lacking = (list, asked) => list.filter((n) => n.entry.kind === "answer" || n.at >= asked).sort((a, b) => a.at - b.at);
