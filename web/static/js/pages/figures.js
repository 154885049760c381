// figures.js: runs on a page that shows figures of before a change. It looks
// now and then whether the new ones are there, and says so; the page stays as
// it is until its reader asks for them.

const note = document.querySelector("[data-working]");
const every = 3000; // milliseconds

async function look() {
  const { ok, headers } = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => ({ ok: false, headers: new Headers() }));
  if (ok && !headers.get("Figures-State")) {
    note.querySelector("progress").remove();
    note.querySelector("span").textContent = note.dataset.working;
    return;
  }
  setTimeout(look, every);
}

if (note) setTimeout(look, every);
