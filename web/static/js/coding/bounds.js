// bounds.js: changing where a passage begins and ends by keys: arrows move the
// end by a word, with shift the beginning; enter keeps it, escape does not.

import { moveWord } from "../lib/offsets.js";
import { t, tell, readOnly, numberOf } from "./page.js";
import { replace } from "./undo.js";
import { paint, rangeOf, showRange } from "./reader.js";
import { wholeText, whenThere } from "./texts.js";

let moving = null; // {passage, start, end, text} in code points of the document

export const inBounds = () => moving !== null;

export function startBounds(passage) {
  if (readOnly() || !passage.quote) return;
  whenThere(passage.document, () => {
    moving = { passage, start: passage.start, end: passage.end, points: [...wholeText(passage.document)] };
    draw();
    tell("say", t("coding.bounds_how", { number: numberOf(passage.variable) }));
  });
}

function draw() {
  const range = rangeOf({ document: moving.passage.document, start: moving.start, end: moving.end });
  showRange(range, "selected");
}

function stop(words) {
  moving = null;
  paint("selected", []);
  tell("say", words);
}

/** @returns {boolean} whether the key was for the bounds */
export function boundsKey(event) {
  if (!moving) return false;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step) {
    if (event.shiftKey) moving.start = moveWord(moving.points, moving.start, step, 0, moving.end - 1, true);
    else moving.end = moveWord(moving.points, moving.end, step, moving.start + 1, moving.points.length, false);
    draw();
    tell("say", moving.points.slice(moving.start, moving.end).join("").slice(0, 200));
    return true;
  }
  if (event.key === "Enter") {
    const { passage, start, end, points } = moving;
    if (start !== passage.start || end !== passage.end) replace(passage, { start, end, quote: points.slice(start, end).join("") });
    stop(t("coding.bounds_kept"));
    return true;
  }
  if (event.key === "Escape") {
    stop(t("coding.bounds_left"));
    return true;
  }
  if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return true;
  stop("");
  return false;
}
