import { test } from "node:test";
import assert from "node:assert/strict";
import { figuresAreThere } from "../static/js/lib/figures.js";

const page = (state, ok = true) => async () => ({ ok, headers: new Headers(state ? { "Figures-State": state } : {}) });

test("new figures are waited for, one look after another", async () => {
  const answers = [page("behind"), page("pending"), async () => { throw new TypeError("cut off"); }, page("", false), page(""), page("behind")];
  let asked = 0;
  let paused = 0;
  await figuresAreThere(() => answers[asked++](), async () => { paused++; });
  assert.equal(asked, 5);
  assert.equal(paused, 5);
});
