// answers.js: what an answer is, and how what is typed becomes one. Values are
// texts as the server stores them; an answer has a value or a missing code.

export const nothing = Object.freeze({ value: null, missing: null, note: "", searched: Object.freeze([]), version: 0, at: null });

/** @returns {boolean} whether the answer says something */
export const isAnswered = (answer) => Boolean(answer && (answer.value !== null || answer.missing !== null));

/** @returns {boolean} whether two answers say the same */
export const same = (a, b) =>
  (a?.value ?? null) === (b?.value ?? null) && (a?.missing ?? null) === (b?.missing ?? null) && (a?.note ?? "") === (b?.note ?? "") &&
  (a?.searched ?? []).join("|") === (b?.searched ?? []).join("|");

/**
 * Chooses an option, or lets it go when it was chosen. In a multi question an
 * exclusive option clears the others and they clear it.
 * @param {object} variable @param {string | null} value @param {string} code
 * @returns {string | null} the new value, codes in codebook order joined by "|"
 */
export function choose(variable, value, code) {
  if (variable.type !== "multi") return value === code ? null : code;
  const exclusive = variable.exclusive ?? [];
  const chosen = new Set(value ? value.split("|") : []);
  if (chosen.has(code)) chosen.delete(code);
  else {
    if (exclusive.includes(code)) chosen.clear();
    else for (const other of exclusive) chosen.delete(other);
    chosen.add(code);
  }
  return variable.options.map((o) => o.code).filter((c) => chosen.has(c)).join("|") || null;
}

/**
 * Reads a number as people type it, with a comma or a point.
 * @returns {{value: string | null} | {problem: "number" | "low" | "high"}}
 */
export function readNumber(variable, typed) {
  const text = typed.trim().replace(/^[−–]/, "-").replace(",", ".");
  if (text === "") return { value: null };
  if (!/^-?\d+(\.\d+)?$/.test(text)) return { problem: "number" };
  const n = Number(text);
  if (variable.min !== null && variable.min !== undefined && n < variable.min) return { problem: "low" };
  if (variable.max !== null && variable.max !== undefined && n > variable.max) return { problem: "high" };
  return { value: text.replace(/^(-?)0+(?=\d)/, "$1") };
}

/**
 * Reads a date, whole or in part: 2021, 2021-03, 2021-03-09, 3-2021, 9-3-2021.
 * @returns {{value: string | null} | {problem: "date" | "no_day"}} the value in ISO form
 */
export function readDate(typed) {
  const text = typed.trim().replace(/[./ ]/g, "-");
  if (text === "") return { value: null };
  const iso = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(text);
  const dutch = /^(?:(?:(\d{1,2})-)?(\d{1,2})-)(\d{4})$/.exec(text);
  if (!iso && !dutch) return { problem: "date" };
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : [dutch[3], dutch[2], dutch[1]];
  if (month !== undefined && (Number(month) < 1 || Number(month) > 12)) return { problem: "date" };
  if (day !== undefined) {
    const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
    if (Number(day) < 1 || Number(day) > last) return { problem: "no_day" };
  }
  return { value: [year, month?.padStart(2, "0"), day?.padStart(2, "0")].filter(Boolean).join("-") };
}

/**
 * Writes an answer for a reader.
 * @param {object} variable @param {object} answer @param {object[]} missing the missing codes of the codebook
 * @param {string} lang
 */
export function show(variable, answer, missing, lang) {
  if (!isAnswered(answer)) return "";
  if (answer.missing !== null && answer.missing !== undefined) {
    return missing.find((m) => m.code === answer.missing)?.label ?? answer.missing;
  }
  switch (variable.type) {
    case "number": {
      const text = lang === "nl" ? answer.value.replace(".", ",") : answer.value;
      return variable.unit ? `${text} ${variable.unit}` : text;
    }
    case "date":
      return showDate(answer.value, lang);
    case "text":
      return answer.value;
  }
  const label = (code) => variable.options.find((o) => o.code === code)?.label ?? code;
  return answer.value.split("|").map(label).join(", ");
}

function showDate(iso, lang) {
  const [year, month, day] = iso.split("-").map(Number);
  const options = { timeZone: "UTC", year: "numeric" };
  if (month) options.month = "long";
  if (day) options.day = "numeric";
  return new Intl.DateTimeFormat(lang === "nl" ? "nl-NL" : "en-GB", options).format(Date.UTC(year, (month || 1) - 1, day || 1));
}
