// request.js: the one way to the server.

/**
 * @param {string} method @param {string} path @param {object} [body]
 * @returns {Promise<{status: number, body: any}>} status 0 when the server was not reached
 */
export async function request(method, path, body) {
  try {
    const response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      redirect: "manual",
      signal: AbortSignal.timeout(20_000),
    });
    const json = (response.headers.get("Content-Type") ?? "").includes("json");
    return { status: response.status, body: json ? await response.json() : null };
  } catch {
    // Refused, cut off, too slow or half an answer: in all of them nobody
    // knows whether it was done, so it is to be sent again.
    return { status: 0, body: null };
  }
}
