// messages.js: the messages of the page, from its JSON block.

/**
 * @param {Record<string, string | {one: string, other: string}>} messages
 * @returns {{t: (key: string, values?: object) => string, tn: (key: string, n: number, values?: object) => string}}
 *   t writes a message, tn one that counts; an unknown key is shown in brackets
 */
export function translator(messages) {
  const fill = (text, values) => text.replace(/\{([a-z_]+)\}/g, (whole, name) => values[name] ?? whole);
  const t = (key, values = {}) => {
    const m = messages[key];
    return m === undefined ? `[${key}]` : fill(m.other ?? m, values);
  };
  const tn = (key, n, values = {}) => {
    const m = messages[key];
    return m === undefined ? `[${key}]` : fill(n === 1 ? m.one : m.other, { n, ...values });
  };
  return { t, tn };
}
