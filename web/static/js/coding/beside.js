// beside.js: what stands beside the answers, comments and flags, as the outbox
// carries it to the server and as the page shows it meanwhile.

import { state, t, tell } from "./page.js";

/** Words that the server did not take, by variable: {text, problem}; the next look at the question shows them again. */
export const refused = new Map();

/** Puts an entry that an earlier page left over what the server knows. */
export function overlayBeside(entry) {
  const { kind, variable, body } = entry;
  if (kind === "flag") setFlag(variable, body.on);
  else if (kind === "comment") put(shown(entry));
  else if (kind === "close") change(entry.comment, { state: body.closed ? "closed" : "open" });
  else if (kind === "reply") change(entry.comment, {}, { text: body.text, author: "", own: true, at: null });
}

/** @returns {[string, string]} method and address of an entry */
export function besidePath({ kind, variable, comment }, api) {
  switch (kind) {
    case "flag": return ["PUT", `${api}/flags/${variable}`];
    case "comment": return ["POST", `${api}/comments`];
    case "reply": return ["POST", `${api}/comments/${comment}/replies`];
    case "close": return ["PUT", `${api}/comments/${comment}`];
  }
}

/** A comment as it looks before the server has answered. */
const shown = ({ body }) => ({ id: 0, state: "open", author: "", own: true, at: null, replies: [], ...body });

export function setFlag(variable, on) {
  state.flags = on ? [...new Set([...state.flags, variable])] : state.flags.filter((f) => f !== variable);
}

function put(comment) {
  const i = state.comments.findIndex((m) => m.key === comment.key || (comment.id > 0 && m.id === comment.id));
  if (i < 0) state.comments.push(comment);
  else state.comments[i] = comment;
}

function change(id, parts, reply) {
  const m = state.comments.find((x) => x.id === id);
  if (m) Object.assign(m, parts, reply ? { replies: [...m.replies, reply] } : {});
}

/**
 * Takes in what the server said of an entry.
 * @returns {boolean} whether it was refused for good and is to be forgotten
 */
export function settledBeside(entry, { outcome, body, problem }, newer) {
  const { kind, variable } = entry;
  if (outcome === "done") {
    if (kind !== "flag" && !newer) put(body);
    tell("comments");
    return false;
  }
  if (kind === "comment") {
    state.comments = state.comments.filter((m) => m.key !== entry.body.key);
    refused.set(variable, { text: entry.body.text, problem: problem ?? t("coding.refused") });
  } else if (kind === "reply") {
    const m = state.comments.find((x) => x.id === entry.comment);
    if (m) m.replies = m.replies.filter((r) => r.at !== null || r.text !== entry.body.text);
    refused.set(variable, { text: entry.body.text, problem: problem ?? t("coding.refused") });
  }
  tell("comments");
  return true;
}

/** Another tab was told something. @returns {boolean} whether it was about comments or flags */
export function hearBeside(entry, sent, body) {
  if (entry.kind === "flag") setFlag(entry.variable, sent.on);
  else if (["comment", "reply", "close"].includes(entry.kind)) put(body);
  else return false;
  tell("comments");
  return true;
}
