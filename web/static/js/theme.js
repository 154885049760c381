// A theme chosen on the coding page holds in this browser; it is set before
// the first paint, so that nobody reading in the dark is shown a white page.
{
  let theme = null;
  try {
    theme = JSON.parse(localStorage.getItem("view") ?? "{}").theme;
  } catch {
    // Storage that is blocked or spoiled: the account's theme stands.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}
