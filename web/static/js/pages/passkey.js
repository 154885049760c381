// passkey.js: what a form cannot do by itself, asking the browser for a
// passkey. A form with data-passkey="create" or "get" names in data-begin the
// address that answers the options; what the browser made or signed goes into
// its hidden field, and the form is sent like any other. Such forms are hidden
// without this script.

import { request } from "../lib/request.js";

/** @param {HTMLFormElement} form */
async function ask(form) {
  const problem = form.querySelector(".passkey-problem");
  if (problem instanceof HTMLElement) problem.hidden = true;
  try {
    const { status, body } = await request("POST", form.dataset.begin ?? "");
    if (status !== 200) throw new Error(String(status));
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(body.publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(body.publicKey) });
    const field = form.querySelector("input[data-credential]");
    if (!(credential instanceof PublicKeyCredential) || !(field instanceof HTMLInputElement)) throw new Error("no passkey");
    field.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch {
    // Refused, taken too long, or none on this device: the person tries again
    // or takes another way, which the page offers beside.
    if (problem instanceof HTMLElement) problem.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!(form instanceof HTMLFormElement) || !("PublicKeyCredential" in window)) continue;
  form.hidden = false;
  // The browser looks for the field to begin in once, maybe while this was hidden.
  const begin = form.querySelector("[autofocus]");
  if (begin instanceof HTMLElement && document.activeElement === document.body) begin.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) void ask(form);
  });
}
