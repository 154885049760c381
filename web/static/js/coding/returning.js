// returning.js: tells the server where the coder is, so that the next day
// begins there, on this computer or another: now and then, and on leaving.

import { data, place } from "./page.js";

const often = 20_000; // milliseconds

function send(leaving) {
  const { variable, document: id, start, told } = place.get();
  if (told) return;
  const sent = fetch(`/api/v1/assignments/${data.assignment}/place`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ variable: variable ?? "", document: id ?? 0, start: start ?? 0 }),
    keepalive: leaving,
    redirect: "manual",
  }).then((r) => r.ok, () => false);
  const same = () => ["variable", "document", "start"].every((part) => place.get()[part] === { variable, document: id, start }[part]);
  // A page that leaves does not hear the reply.
  if (leaving && navigator.onLine) place.set({ told: true });
  sent.then((ok) => same() && place.set({ told: ok }));
}

export function start() {
  setInterval(() => send(false), often);
  document.addEventListener("visibilitychange", () => document.hidden && send(true));
  addEventListener("pagehide", () => send(true));
}
