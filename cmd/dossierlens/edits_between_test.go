package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	intercept "github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// between reloads a tab, and calls act when the next page has been made by the
// server and the one before it is still there.
func (b *tab) between(act func()) {
	b.t.Helper()
	made := make(chan intercept.RequestID, 1)
	if err := chromedp.Listen(b.ctx, func(event any) {
		if e, ok := event.(*intercept.EventRequestPaused); ok {
			made <- e.RequestID
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	pages := []*intercept.RequestPattern{{URLPattern: "*/code/*", RequestStage: intercept.RequestStageResponse}}
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, intercept.Enable, intercept.EnableParams{Patterns: pages})
		return err
	}))
	b.press(func() {
		eval[bool](b, `(location.reload(), true)`)
		id := <-made
		act()
		b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			if _, err := cdp.Call(ctx, target, intercept.ContinueRequest, intercept.ContinueRequestParams{RequestID: id}); err != nil {
				return err
			}
			_, err := cdp.Call(ctx, target, intercept.Disable, cdp.Empty{})
			return err
		}))
	})
}

// What was saved between the moment at which the server made a page and the
// moment at which it opened is shown by it: what the page before it in the same
// tab saved, and what another tab did.
func TestSavedWhileThePageComes(t *testing.T) {
	w := storetest.Open(t)
	assignment := w.Assign(t, "B-01", "anna")
	for variable, value := range map[string]string{"damage": "yes_clear", "repaired": "yes", "remark": "old", "minutes": "1"} {
		w.Save(t, assignment, "anna", variable, value)
	}
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	b := visit(t, s.site)
	other := b.beside(t)
	b.login("anna", storetest.Password)
	address := fmt.Sprintf("/code/%d", assignment.ID)
	b.open(address)
	other.open(address)
	// A page whose successor is under way does not hear the debugger: it is told
	// by the other tab what to write.
	const hands = `(() => {
		window.write = (variable, text) => {
			const row = document.getElementById("q-" + variable);
			if (!row.classList.contains("opened")) row.querySelector(".line").click();
			const box = row.querySelector(".typed input, .typed textarea");
			box.focus();
			box.value = text;
			box.dispatchEvent(new Event("input", { bubbles: true }));
			box.blur();
		};
		window.wire = new BroadcastChannel("hands");
		wire.onmessage = ({ data }) => write(...data);
		return true;
	})()`
	eval[bool](b, hands)
	eval[bool](other, hands)
	b.between(func() {
		eval[bool](other, `(wire.postMessage(["remark", "new"]), true)`)
		other.wait(`document.querySelector("#q-remark .answer").textContent === "new"`)
		eval[bool](other, `(write("minutes", "2"), true)`)
		sit(other).saved()
	})
	for id, want := range map[string]string{"remark": "new", "minutes": "2"} {
		if got := look(b, nil).Answers[id].text(); got != want {
			t.Errorf("the page shows %s = %q, want %q", id, got, want)
		}
	}
	// It knows their versions: an edit of them is in conflict with nobody.
	eval[bool](b, hands)
	eval[bool](b, `(write("remark", "newer"), true)`)
	sit(b).saved()
	b.reload()
	if got := look(b, nil).Answers["remark"].text(); got != "newer" {
		t.Errorf("the page shows %q, want what was typed over it", got)
	}
}

// Somebody who types on and on does not lose what is older than a second: it
// is stored while she types.
func TestTypingWithoutAPause(t *testing.T) {
	w := storetest.Open(t)
	assignment := w.Assign(t, "B-01", "anna")
	w.Save(t, assignment, "anna", "damage", "yes_clear")
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	b := visit(t, s.site)
	b.login("anna", storetest.Password)
	b.open(fmt.Sprintf("/code/%d", assignment.ID))
	for _, field := range []string{".typed textarea", ".note textarea"} {
		stored := eval[bool](b, fmt.Sprintf(`(async () => {
			const { state } = await import(document.querySelector('script[src$="/pages/coding.js"]').src);
			const row = document.getElementById("q-remark");
			if (!row.classList.contains("opened")) row.querySelector(".line").click();
			row.querySelector(".note").hidden = false;
			const box = row.querySelector(%q);
			box.focus();
			const before = JSON.stringify(state.answers.remark);
			for (let n = 0; n < 40; n++) {
				box.value += "a";
				box.dispatchEvent(new Event("input", { bubbles: true }));
				await new Promise((go) => setTimeout(go, 40));
				if (JSON.stringify(state.answers.remark) !== before) return true;
			}
			return false;
		})()`, field))
		if !stored {
			t.Errorf("%s: nothing was stored of 40 letters typed without a pause", field)
		}
	}
	sit(b).saved()
}
