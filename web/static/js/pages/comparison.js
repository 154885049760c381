// comparison.js: keys of the page on which differences are settled. Without
// it the page is a form like any other.

import { swallow } from "../lib/swallow.js";

const third = document.querySelector(".third");
const form = document.querySelector(".asked form");

/** Typing belongs to the field in which one types. @param {EventTarget | null} target */
function typing(target) {
  return target instanceof HTMLElement && target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

/** @param {string} rel @returns {boolean} whether there was anywhere to go */
function go(rel) {
  const link = document.querySelector(`.asked a[rel=${rel}]`);
  if (!(link instanceof HTMLAnchorElement)) return false;
  location.assign(link.href);
  return true;
}

/** A chosen answer needs its reason next. */
function toReason() {
  const reason = document.getElementById("reason");
  if (reason instanceof HTMLInputElement && reason.value === "") reason.focus();
}

function openThird() {
  if (!(third instanceof HTMLDetailsElement)) return;
  third.open = true;
  const first = third.querySelector("input");
  if (first instanceof HTMLInputElement) first.focus();
}

document.addEventListener("keydown", (event) => {
  swallow(null);
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "j" || event.key === "k") {
    if (go(event.key === "j" ? "next" : "prev")) event.preventDefault();
  } else if (event.key === "Enter" && form instanceof HTMLFormElement && !(event.target instanceof HTMLElement && event.target.closest("a, button, summary"))) {
    event.preventDefault();
    form.requestSubmit();
  } else if (/^[1-9]$/.test(event.key)) {
    const choice = document.querySelector(`.asked [data-key="${event.key}"]`);
    if (!choice) return;
    event.preventDefault();
    swallow(event.key);
    if (choice instanceof HTMLInputElement) {
      choice.checked = true;
      choice.focus();
      toReason();
    } else {
      openThird();
    }
  }
});

// Whoever fills in a value means that value.
third?.addEventListener("input", (event) => {
  if (!(event.target instanceof HTMLElement) || !event.target.matches("[name=value]")) return;
  const other = third.querySelector("input[name=choice][value=other]");
  if (other instanceof HTMLInputElement) other.checked = true;
});
