// figures.js: runs on a page that shows figures of before a change. It looks
// now and then whether the new ones are there, and says so; the page stays as
// it is until its reader asks for them.

import { figuresAreThere } from "../lib/figures.js";

const note = document.querySelector("[data-working]");
const every = 3000; // milliseconds

if (note) {
  await figuresAreThere(
    () => fetch(location.href, { headers: { Accept: "text/html" } }),
    () => new Promise((go) => setTimeout(go, every)),
  );
  note.querySelector("progress").remove();
  note.querySelector("span").textContent = note.dataset.working;
}
