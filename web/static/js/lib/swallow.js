// swallow.js: a key that leads into a field must not also be typed there: some
// ways of input deliver the letter only after the focus has moved.

let swallowed = null;
addEventListener("keyup", () => (swallowed = null), true);
addEventListener("beforeinput", (event) => {
  const typed = event.inputType === "insertLineBreak" ? "Enter" : event.data;
  if (typed !== null && typed === swallowed) event.preventDefault();
}, true);

/** Until the key is let go, it is not typed. @param {string | null} key null for none */
export const swallow = (key) => (swallowed = key);
