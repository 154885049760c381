// A theme chosen on the coding page holds there, in this browser, above that
// of the account. It is set before the first paint, so that nobody reading in
// the dark is shown a white page.
{
  const root = document.documentElement;
  root.dataset.account = root.dataset.theme ?? "";
  try {
    const { theme } = JSON.parse(localStorage.getItem("view") ?? "{}");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage that is blocked or spoiled: the account's theme stands.
  }
}
