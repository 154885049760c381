// contact.js: runs on every page of who is signed in. At each contact with the
// server this browser forgets what was deleted there, and at signing out what
// this tab kept.

import { forgetDeleted, forgetTab } from "../lib/forget.js";
import { openStore } from "../lib/store.js";
import { request } from "../lib/request.js";

forgetTab(document, () => sessionStorage);
const store = await openStore("");
if (store.lasting) {
  await forgetDeleted(store, async (assignments) => {
    const { status, body } = await request("POST", "/api/v1/deleted", { assignments });
    return status === 200 ? body : null;
  });
}
