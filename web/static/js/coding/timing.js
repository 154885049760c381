// timing.js: tells the server how long one is at work on the case, to plan
// with: every minute, and when the page is left.

import { Stopwatch } from "../lib/stopwatch.js";
import { data, readOnly } from "./page.js";

const most = 600; // seconds that the server takes at once
const watch = new Stopwatch();

function send(leaving) {
  const seconds = readOnly() ? 0 : watch.take(most);
  if (seconds < 1) return;
  fetch(`/api/v1/assignments/${data.assignment}/time`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ seconds }),
    keepalive: leaving,
    redirect: "manual",
  }).then((r) => r.status >= 500 && watch.giveBack(seconds), () => watch.giveBack(seconds));
}

export function start() {
  for (const event of ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"]) {
    addEventListener(event, () => watch.touch(performance.now()), { passive: true, capture: true });
  }
  const look = () => watch.look(performance.now(), document.hasFocus() && !document.hidden);
  setInterval(() => {
    look();
    if (watch.seconds >= 60) send(false);
  }, 1000);
  const leave = () => {
    look();
    send(true);
  };
  document.addEventListener("visibilitychange", () => document.hidden && leave());
  addEventListener("pagehide", leave);
}
