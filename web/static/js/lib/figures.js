// figures.js: whether new figures are there.

/**
 * Asks for the page now and then until it no longer says that its figures are
 * those of before a change. A server that cannot be reached is asked again.
 * @param {() => Promise<{ok: boolean, headers: Headers}>} ask
 * @param {() => Promise<unknown>} pause
 */
export async function figuresAreThere(ask, pause) {
  for (;;) {
    await pause();
    const { ok, headers } = await ask().catch(() => ({ ok: false, headers: new Headers() }));
    if (ok && !headers.get("Figures-State")) return;
  }
}
