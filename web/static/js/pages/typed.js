// typed.js: runs on every page of who is signed in. Words are screened while
// they are typed: under the field stands what may identify a person in it.
// Saving screens again; this only says so sooner.

import { request } from "../lib/request.js";

// Text areas, reasons, titles, and what says of itself that it is screened.
const fields = "textarea, input[name='reason'], input[name='why'], input[name='title'], input[name$='_reason'], input[name^='reason-'], input[name^='source_'], [data-screened] input[name='name'], input[data-screened]";
const quiet = 500; // milliseconds without a key before it is looked at
const waiting = new WeakMap();
const notes = new WeakMap();

document.addEventListener("input", ({ target: field }) => {
  if (!field.matches?.(fields)) return;
  clearTimeout(waiting.get(field));
  waiting.set(field, setTimeout(() => look(field), quiet));
});

async function look(field) {
  const text = field.value;
  const { status, body } = text.trim().length < 3 ? { status: 200, body: { message: "", findings: [] } } : await request("POST", "/api/v1/screen", { text });
  if (status === 200 && field.value === text) say(field, body);
}

function say(field, { message, findings }) {
  let note = notes.get(field);
  if (!note && !message) return;
  if (!note || !note.isConnected) {
    note = document.createElement("p");
    note.className = "screened small";
    note.setAttribute("role", "status");
    notes.set(field, note);
    // Below a row, so that the fields beside it stay where they are.
    (field.closest(".row") ?? field).after(note);
  }
  note.textContent = message;
  note.hidden = message === "";
  note.classList.toggle("blocks", findings.some((f) => f.severity === "block"));
}
