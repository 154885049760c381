// busy.js: a form whose answer takes long says so after a second, and is not
// sent twice. Without scripts it is sent all the same.

const patience = 1000; // milliseconds

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const note = form.querySelector("[data-busy]");
  if (!note) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => note.removeAttribute("hidden"), patience);
});

// Back on a page that the browser kept, the form may be sent again.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const note of document.querySelectorAll("[data-busy]")) {
    note.setAttribute("hidden", "");
    const form = note.closest("form");
    if (form) delete form.dataset.sent;
  }
});
