// coding.js: the coding page put together: its parts, its tools and its keys.

import { action } from "../lib/keys.js";
import { el, icon } from "../lib/dom.js";
import { swallow } from "../lib/swallow.js";
import { data, t, keys, tell, listen, byId, passagesOf, readOnly } from "../coding/page.js";
import * as beside from "../coding/pane.js";
import * as columns from "../coding/columns.js";
import * as documents from "../coding/documents.js";
import * as finding from "../coding/finding.js";
import * as form from "../coding/form.js";
import * as panels from "../coding/panels.js";
import * as reader from "../coding/reader.js";
import * as saving from "../coding/saving.js";
import * as selection from "../coding/selection.js";
import { boundsKey, startBounds } from "../coding/bounds.js";
import * as returning from "../coding/returning.js";
import * as texts from "../coding/texts.js";
import * as timing from "../coding/timing.js";
import { undo, redo, detach } from "../coding/undo.js";

// What the page knows, for who looks at it from outside, such as a test.
export { data, state } from "../coding/page.js";
export { trouble } from "../coding/saving.js";

const said = document.getElementById("said");

// One line for what an act did or could not do; it stays until the next key.
function say(text) {
  said.textContent = text;
}

function take(back) {
  if (readOnly()) return;
  const act = back ? undo() : redo();
  if (!act) return say(t(back ? "coding.nothing_to_undo" : "coding.nothing_to_redo"));
  if (byId.has(act.variable)) form.open(act.variable);
}

let turn = 0;
function showPassage() {
  const own = passagesOf(form.openId());
  if (own.length === 0) return say(t("coding.no_passage"));
  // Again and again goes through all of them.
  reader.showPassage(own[turn++ % own.length]);
}

// The passage that was shown last, else the first of the question.
function bounds() {
  const own = passagesOf(form.openId());
  if (own.length === 0) return say(t("coding.no_passage"));
  startBounds(own[Math.max(turn - 1, 0) % own.length]);
}

function remove() {
  const own = passagesOf(form.openId());
  if (readOnly() || own.length === 0) return say(t("coding.no_passage"));
  detach(own[Math.max(turn - 1, 0) % own.length]);
  say(t("coding.removed"));
}

function decide(mine) {
  if (!saving.trouble.get(form.openId())?.conflict) return say(t("coding.no_conflict"));
  saving.settle(form.openId(), mine);
}

function attach() {
  const id = form.openId();
  if (readOnly()) return;
  if (data.case.on_site) return document.querySelector(".body form.onsite textarea")?.focus();
  if (!selection.attachSelection(id, form.body()?.option() ?? "")) say(t("coding.select_first"));
  else if (reader.inCaretMode()) say(t("coding.attached", { number: byId.get(id).number }));
}

const acts = {
  next: () => form.go(1),
  previous: () => form.go(-1),
  open: () => form.goOpen() ?? say(t("coding.nothing_open")),
  question: () => form.focusFinder(),
  missing_1: () => form.body()?.missing(1),
  missing_2: () => form.body()?.missing(2),
  missing_3: () => form.body()?.missing(3),
  clear: () => form.body()?.clear(),
  attach,
  passage: showPassage,
  searched: () => form.body()?.searched(),
  bounds,
  remove,
  passages: () => documents.listPassages(),
  note: () => form.body()?.note(),
  talk: () => form.talk(),
  next_comment: () => form.goComment() ?? say(t("coding.nothing_waits")),
  resolve: () => form.resolve() ?? say(t("coding.nothing_waits_here")),
  keep_mine: () => decide(true),
  take_theirs: () => decide(false),
  history: () => form.body()?.history(),
  flag: () => form.openId() && form.toggleFlag(form.openId()),
  next_flag: () => form.goFlag() ?? say(t("coding.nothing_flagged")),
  instruction: () => form.body()?.help(),
  codebook: () => panels.codebook(),
  undo: () => take(true),
  redo: () => take(false),
  document_previous: () => documents.stepDocument(-1),
  document_next: () => documents.stepDocument(1),
  search: () => finding.focusSearch(),
  place: () => documents.focusPlace(),
  beside: () => beside.toggle() ?? say(t("coding.beside_narrow")),
  caret: () => (reader.inCaretMode() ? leave() : reader.caretMode(true)),
  view: () => columns.openView(),
  help: () => panels.help(),
  submit: () => panels.review(),
  leave,
};

// One step out: from a panel, an offer, a field or the text to the question.
function leave() {
  const menu = document.querySelector("details.menu[open]");
  if (menu) return (menu.open = false);
  if (panels.close() || selection.closeOffer()) return;
  if (reader.inCaretMode()) reader.caretMode(false);
  home();
}

function home() {
  const body = document.querySelector(".question .body");
  if (body) tell("pane", "questions");
  body?.focus({ preventScroll: true });
}

function typing(node) {
  if (node.closest(".number input, .date input")) return "number";
  if (node.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=range])")) return "text";
  return "none";
}

document.addEventListener("keydown", (event) => {
  swallow(null);
  if (event.defaultPrevented || event.isComposing) return;
  if (boundsKey(event)) return event.preventDefault();
  const act = action(event, typing(event.target), keys());
  if (act === null) {
    if (event.key === "Enter" && event.target.classList.contains("body")) {
      event.preventDefault();
      swallow(event.key);
      form.body()?.edit();
    }
    return;
  }
  if (["clear", "remove"].includes(act) && reader.inCaretMode()) return;
  const choice = /^choose_(\d)$/.exec(act);
  if (choice && reader.inCaretMode()) return;
  event.preventDefault();
  say("");
  swallow(event.key);
  if (choice) form.body()?.choose(Number(choice[1]));
  else acts[act]?.();
});

function tools() {
  const bar = document.getElementById("tools");
  const button = (name, words, act, key) => el("button.plain", { type: "button", title: `${words} (${key})`, "aria-label": words, "aria-keyshortcuts": key, on: { click: act } }, icon(name));
  const submit = el("button.main", { type: "button", on: { click: acts.submit } }, t("coding.submit_short"));
  const changes = readOnly() ? [] : [button("undo", t("coding.key_undo"), acts.undo, keys().undo), button("redo", t("coding.key_redo"), acts.redo, keys().redo)];
  bar.replaceChildren(...changes, columns.viewMenu(), button("help", t("coding.key_help"), acts.help, keys().help), submit);
  submit.hidden = readOnly();
}

for (const event of ["pagehide", "visibilitychange"]) addEventListener(event, () => form.body()?.leave());
listen("say", say);
listen("home", home);
listen("readonly", tools);

tools();
columns.start();
reader.start();
documents.start();
form.start();
selection.start();
beside.start();
const saved = saving.start();
timing.start();
returning.start();
// When the first frame with the questions in it has been made, what is not
// seen yet has its turn.
requestAnimationFrame(() => setTimeout(async () => {
  performance.mark("usable");
  texts.start();
  await Promise.all([form.rest(), saved]);
  document.documentElement.dataset.ready = "true";
}));
