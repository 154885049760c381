// saving.js: every change goes through the outbox to the server, and the word
// in the margin says how it stands.

import { Outbox } from "../lib/outbox.js";
import { openStore } from "../lib/store.js";
import { records } from "../lib/records.js";
import { request } from "../lib/request.js";
import { nothing, same } from "../lib/answers.js";
import { fresh, lacking, lasts } from "../lib/news.js";
import { data, state, t, tn, tell, listen, readOnly, clock, memory } from "./page.js";
import { overlayBeside, besidePath, settledBeside, hearBeside } from "./beside.js";

// Asked for at once, for it takes a while.
const storing = openStore(`${data.assignment}/`);
// A page's own entries carry its name: two tabs never replace each other's, and
// what a tab keeps while it lives is its own to send. The lock is held as long.
const me = crypto.randomUUID?.() ?? String(Math.random());
navigator.locks?.request(`page/${me}`, () => new Promise(() => {}));
// The page that this one replaces in its tab may not quite have let go: its lock
// is waited for. A tab that was copied has the name of a page that lives on.
const before = memory(`page-${data.assignment}`, { me: null }, "sessionStorage");
const replaced = before.get().me;
before.set({ me });
let gone = false;
const letGo = (replaced && navigator.locks ? navigator.locks.request(`page/${replaced}`, () => {}) : Promise.resolve()).then(() => (gone = true));
async function living() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(held.map((lock) => lock.name).filter((name) => name !== `page/${me}` && !(gone && name === `page/${replaced}`)));
}

// What is done before it is open waits for it, and not the coder.
let opening = true;
// What was left a moment ago is for the page that opens in the same tab. If none
// has come so long after it was first missed, this one takes it.
const patience = 10_000; // milliseconds
const missed = new Map(); // page -> since when
const store = {
  all: async () => {
    const [entries, others] = [await (await storing).all(), await living()];
    const now = performance.now();
    const left = new Set(entries.map((e) => e.owner).filter((owner) => owner !== me && !others.has(`page/${owner}`)));
    for (const page of left) if (!missed.has(page)) missed.set(page, now);
    const free = (e) => left.has(e.owner) && (opening || now - missed.get(e.owner) >= patience);
    // What an open page takes is sent anew, for what became of it is not shown here.
    // The page that left it may have sent it.
    const taken = entries.some(free) ? await (await storing).take(free, opening ? { owner: me, sent: true } : { owner: me, sent: true, state: "" }) : [];
    return [...entries.filter((e) => e.owner === me), ...taken];
  },
  write: async (changes) => (await storing).write(changes),
};

const api = `/api/v1/assignments/${data.assignment}`;
const prefix = `${data.assignment}/`;
const channel = new BroadcastChannel(`coding-${data.assignment}`);

/** What the server said about a variable's answer: {conflict: answer, key} or {problem: text}; key is that of the entry. */
export const trouble = new Map();
let outbox;
let lasting = true;
let blocked = null; // a sentence, when saving cannot go on by itself
let savedAt = null;
const base = records(); // the version over which what is shown was typed, by variable
const showing = new Map(); // variable -> key of the entry whose answer is shown

const answersOf = (variable) => outbox.entries.filter((e) => e.kind === "answer" && e.variable === variable);
const put = (entry) => outbox.put({ ...entry, owner: me });

function drop(key) {
  const gone = outbox.drop(key);
  if (gone) channel.postMessage({ gone: { key, seq: gone.seq, at: gone.at } });
}

/** What the server did not take of where an answer rests without text, by variable: the question's form shows it again. */
export const refusedNotes = new Map();

/** Starts: takes over what was left behind, and sends it. */
export async function start() {
  for (const [id, answer] of Object.entries(state.answers)) base[id] = answer.version;
  outbox = new Outbox({ store, send, lock, settled, changed: () => tell("outbox") });
  channel.addEventListener("message", (e) => hear(e.data));
  lasting = (await storing).lasting;
  let waited;
  await Promise.race([letGo, new Promise((go) => (waited = setTimeout(go, 1000)))]);
  clearTimeout(waited);
  if (!gone) letGo.then(takeOver);
  await takeOver();
  listen("outbox", showSaved);
  showSaved();
  addEventListener("online", () => outbox.flush());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && outbox.entries.length && outbox.flush());
  document.getElementById("saved").addEventListener("click", () => outbox.flush());
  // Another tab may have closed on something.
  setInterval(() => readOnly() || outbox.flush(), patience / 2);
}

/** Shows what other pages of this browser left, or were told, and this one lacks; and sends what they left. */
async function takeOver() {
  // First what was not sent, then the news: what leaves the one meanwhile is in the other.
  opening = true;
  const left = await outbox.load();
  opening = false;
  const news = await (await storing).news();
  for (const message of lacking(news, performance.timeOrigin)) hear(message);
  for (const message of news) if (!fresh(message)) outbox.note(message.key, null);
  // What was done here meanwhile is newer than what was left behind.
  const since = (entry) => entry.kind === "answer" && outbox.entries.some((e) => e.kind === "answer" && e.variable === entry.variable && e.key.endsWith(me));
  for (const entry of left) if (outbox.get(entry.key) && !since(entry)) overlay(entry);
  if (left.length) for (const event of ["routing", "passages"]) tell(event);
  if (left.length && !readOnly()) outbox.flush();
}

const lock = (f) => (navigator.locks ? navigator.locks.request(`outbox-${data.assignment}`, f) : f());

/** Puts an entry of an earlier page, or of another tab, over what the server knows. */
function overlay(entry) {
  if (entry.kind === "answer") {
    state.answers[entry.variable] = { ...nothing, ...entry.body, at: null };
    base[entry.variable] = entry.body.version;
    showing.set(entry.variable, entry.key);
    if (entry.state === "conflict") trouble.set(entry.variable, { conflict: null });
    if (entry.state === "refused") trouble.set(entry.variable, { problem: entry.problem ?? t("coding.refused") });
    if (entry.state === "conflict") entry.state = "";
  } else if (entry.kind === "attach") {
    state.passages.push({ ...entry.body, id: entry.temporary });
  } else if (entry.kind === "detach") {
    state.passages = state.passages.filter((p) => p.id !== entry.passage);
  } else overlayBeside(entry);
}

/** Keeps an answer and sends it. */
export function saveAnswer(variable, answer) {
  state.answers[variable] = { ...answer };
  if (!trouble.get(variable)?.conflict) trouble.delete(variable);
  const key = `${prefix}${variable}/${me}`;
  const body = { value: answer.value, missing: answer.missing, note: answer.note, searched: answer.searched ?? [], version: base[variable] ?? 0 };
  // What an earlier page left and this one showed is now written over, in one
  // go: a page that goes in between leaves the one or the other.
  const { conflict } = trouble.get(variable) ?? {};
  const shown = showing.get(variable);
  put({ key, kind: "answer", variable, body, earlier: sentBefore(outbox.get(shown ?? key)) });
  if (shown && shown !== key) drop(shown);
  showing.set(variable, key);
  if (conflict) trouble.set(variable, { conflict, key });
  tell("answer", variable);
}

// What was sent of an entry and of those it was typed over, and is not known to
// have come: should one of them stand at the server, that is no conflict.
const sentBefore = (entry) => (entry ? [...(entry.sent ? [entry.body] : []), ...(entry.earlier ?? [])].slice(0, 5) : []);

/** Settles a conflict: keeps what was typed here, or takes what stands there. */
export function settle(variable, mine) {
  const { conflict, key } = trouble.get(variable) ?? {};
  if (!conflict) return;
  trouble.delete(variable);
  base[variable] = conflict.version;
  if (mine) saveAnswer(variable, state.answers[variable]);
  else {
    state.answers[variable] = conflict;
    tell("answer", variable);
  }
  if (!mine) {
    showing.delete(variable);
    drop(key);
  }
  // Another that met a conflict, of an earlier page, has its turn.
  for (const entry of answersOf(variable)) if (entry.state === "conflict") outbox.retry(entry.key);
}

let temporary = -Date.now();

/** Adds a passage. @returns {object} it, with an id of its own until the server gives one */
export function addPassage(body) {
  const passage = { category: "", document: null, start: null, end: null, quote: "", document_type: "", page: null, day: null, paraphrase: "", ...body, id: --temporary };
  state.passages.push(passage);
  const { id, ...rest } = passage;
  put({ key: `${prefix}passage/${id}`, kind: "attach", variable: body.variable, temporary: id, body: rest });
  tell("passages");
  return passage;
}

export function removePassage(passage) {
  state.passages = state.passages.filter((p) => p.id !== passage.id);
  const attach = outbox.get(`${prefix}passage/${passage.id}`);
  if (attach && attach.state !== "") drop(attach.key);
  else put({ key: `${prefix}remove/${passage.id}`, kind: "detach", variable: passage.variable, passage: passage.id, body: {} });
  tell("passages");
}

export function restorePassage(passage) {
  const id = renamed.get(passage.id) ?? passage.id;
  state.passages.push({ ...passage, id });
  put({ key: `${prefix}restore/${id}`, kind: "restore", variable: passage.variable, passage: id, body: {} });
  tell("passages");
}

// Ids that the server gave to passages made here.
const renamed = new Map();

async function send(entry) {
  const { kind, variable, body } = entry;
  let path, method;
  const id = renamed.get(entry.passage) ?? entry.passage;
  switch (kind) {
    case "answer": [method, path] = ["PUT", `${api}/answers/${variable}`]; break;
    case "attach": [method, path] = ["POST", `${api}/passages`]; break;
    case "detach": [method, path] = ["DELETE", `${api}/passages/${id}`]; break;
    case "restore": [method, path] = ["POST", `${api}/passages/${id}/restore`]; break;
    default: [method, path] = ["flag", "comment", "reply", "close"].includes(kind) ? besidePath(entry, api) : ["GET", api];
  }
  const answer = await request(method, path, method === "DELETE" ? undefined : body);
  if (answer.status === 409 && kind === "answer" && sentBefore(entry).some((sent) => same(sent, answer.body.current))) {
    // What stands there was sent before the line broke, or the page was loaded anew.
    return send({ ...entry, body: { ...body, version: answer.body.current.version } });
  }
  return judge(entry, answer);
}

function judge(entry, { status, body }) {
  blocked = null;
  if (status >= 200 && status < 300) {
    return { outcome: "done", version: body?.version, body };
  }
  if (status === 404 && (entry.kind === "detach" || entry.kind === "restore")) return { outcome: "done", body };
  if (status === 409) return { outcome: "conflict", version: body?.current?.version, body };
  if (status === 422 || status === 400) {
    const problem = body?.errors?.map((e) => e.detail).join(" ") || body?.detail || t("coding.refused");
    return { outcome: "refused", problem };
  }
  if (status === 401 || status === 403 || status === 404) blocked = t("coding.signed_out");
  else if (status === 423) blocked = t("coding.closed");
  if (status === 423) {
    data.status = "submitted";
    tell("readonly");
  }
  return { outcome: "retry" };
}

function settled(entry, result, newer) {
  if (result.outcome === "done") savedAt = new Date();
  if (entry.kind === "answer") settledAnswer(entry, result, newer);
  else if (["attach", "detach", "restore"].includes(entry.kind)) settledPassage(entry, result);
  else if (settledBeside(entry, result, newer)) outbox.drop(entry.key);
  if (result.outcome === "done") spread(entry, result.body);
}

const spreading = new Map(); // key of news -> the timer that ends it

// Told when it is written, so that a page that opens meanwhile reads it or hears it.
function spread({ key: own, seq, at, kind, variable, body: sent, temporary, passage }, body) {
  const key = `news/${own}`;
  const news = { key, at: Date.now(), entry: { key: own, seq, at, kind, variable }, body, sent, temporary, passage };
  outbox.note(key, news).then(() => channel.postMessage(news));
  clearTimeout(spreading.get(key));
  spreading.set(key, setTimeout(() => outbox.note(key, null), lasts));
}

// What an entry says, which may have been left by another tab.
const said = ({ body: { value, missing, note, searched } }) => ({ ...nothing, value, missing, note, searched: searched ?? [] });

function settledAnswer(entry, result, newer) {
  const { variable } = entry;
  const { conflict, key } = trouble.get(variable) ?? {};
  // Left by an earlier page, and something else is shown that is not settled.
  const shown = showing.get(variable);
  const hidden = shown !== undefined && shown !== entry.key && outbox.get(shown) !== undefined;
  if (result.outcome === "done") {
    const stored = { ...said(entry), version: result.version, at: result.body.at };
    if (!hidden) base[variable] = result.version;
    if (hidden && conflict) trouble.set(variable, { conflict: stored, key });
    else if (!hidden && !newer) {
      state.answers[variable] = stored;
      showing.delete(variable);
      trouble.delete(variable);
      // What met a conflict before, and is older than this, has its turn.
      for (const e of answersOf(variable)) if (e.state === "conflict") outbox.retry(e.key);
    }
    takeState(result.body.state);
  } else if (result.outcome === "conflict") {
    if (!hidden && !newer) {
      state.answers[variable] = said(entry);
      base[variable] = entry.body.version;
      showing.set(variable, entry.key);
      trouble.set(variable, { conflict: result.body.current, key: entry.key });
    }
  } else {
    entry.problem = result.problem;
    if (!hidden) trouble.set(variable, { problem: result.problem });
  }
  tell("answer", variable);
}

function settledPassage(entry, result) {
  if (entry.kind === "attach") {
    const own = state.passages.find((p) => p.id === entry.temporary);
    if (result.outcome === "done") {
      renamed.set(entry.temporary, result.body.id);
      if (own) Object.assign(own, result.body);
    } else {
      // The text there is not what stands here: nothing to keep but the words.
      state.passages = state.passages.filter((p) => p.id !== entry.temporary);
      trouble.set(entry.variable, { problem: result.problem ?? t("coding.refused") });
      if (entry.body.paraphrase) refusedNotes.set(entry.variable, entry.body);
      outbox.drop(entry.key);
      tell("answer", entry.variable);
    }
  }
  tell("passages");
}

function takeState(newer) {
  if (!newer) return;
  if (newer.routing) state.routing = records(newer.routing);
  if (newer.findings) state.findings = newer.findings;
  tell("routing");
}

/** Another tab of this browser was told something by the server. */
function hear({ gone, entry, sent, body, temporary: theirs, passage }) {
  if (gone) return forget(gone);
  outbox.forget(entry);
  if (entry.kind === "answer") {
    const pending = outbox.entries.some((e) => e.kind === "answer" && e.variable === entry.variable);
    const known = base[entry.variable] ?? 0;
    // Late news is of what this page knows already.
    if (!pending && body.version >= known) {
      showing.delete(entry.variable);
      base[entry.variable] = body.version;
      state.answers[entry.variable] = { ...nothing, ...sent, version: body.version, at: body.at };
      trouble.delete(entry.variable);
      tell("answer", entry.variable);
    }
    if (body.version > known) takeState(body.state);
    return;
  }
  if (hearBeside(entry, sent, body)) return;
  if (entry.kind === "detach") state.passages = state.passages.filter((p) => p.id !== passage);
  else if (body && !state.passages.some((p) => p.id === body.id)) {
    state.passages = [...state.passages.filter((p) => p.id !== theirs), body];
  }
  tell("passages");
}

// Another tab has done with an entry that both had taken over: what stands at
// the server is shown, until news comes of what was made of it.
function forget(entry) {
  const { key } = entry;
  outbox.forget(entry);
  for (const [variable, { key: troubled, conflict }] of trouble) {
    if (troubled !== key) continue;
    trouble.delete(variable);
    showing.delete(variable);
    state.answers[variable] = conflict;
    base[variable] = conflict.version;
    tell("answer", variable);
  }
}

/** Keeps what stands beside the answers, such as a comment, and sends it. */
export const keep = (entry) => put({ ...entry, key: prefix + entry.key });

/** Sends what waits. @returns {Promise<boolean>} whether all is saved */
export async function flush() {
  await outbox.flush();
  return outbox.entries.length === 0;
}

export const isWaiting = (variable) => outbox?.entries.some((e) => e.variable === variable) ?? false;

function showSaved() {
  const node = document.getElementById("saved");
  const waiting = outbox.entries.length;
  let text = "";
  let kind = "";
  if (readOnly()) text = t(`coding.status_${data.status}`);
  else if (waiting === 0) text = savedAt ? t("coding.saved", { time: clock(savedAt) }) : t("coding.all_saved");
  else if (outbox.failing || outbox.entries.some((e) => e.state !== "")) {
    kind = "attention";
    text = tn(lasting ? "coding.not_saved" : "coding.not_saved_page", waiting);
    if (blocked) text += ` ${blocked}`;
  } else text = t("coding.saving");
  if (node.textContent !== text) node.textContent = text;
  node.dataset.kind = kind;
}

addEventListener("beforeunload", (event) => {
  // Without a store, leaving would lose what is not saved.
  if (!lasting && outbox?.entries.length) event.preventDefault();
});

export const history = (variable) => request("GET", `${api}/answers/${variable}/history`);
export const precedents = (variable) => request("GET", `${api}/precedents/${variable}`);
export const submit = () => request("POST", `${api}/submit`, {});
