package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A browser is one Chromium for all journeys of a run of the tests; every
// visitor has cookies and storage of their own in it.
type browser struct {
	ctx  context.Context
	err  error
	none bool // nothing is installed
	stop func()
}

// patience is how long a page may take to do what it was asked.
const patience = 3 * time.Minute

var chromium = sync.OnceValue(func() *browser {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		return &browser{none: true, stop: func() {}}
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	for _, f := range strings.Fields("disable-gpu disable-quic no-first-run disable-background-networking disable-component-update disable-sync") {
		flags = append(flags, chromedp.Flag(f, true))
	}
	ctx, stopAllocator := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, stop := chromedp.NewContext(ctx)
	b := &browser{ctx: ctx, err: chromedp.Do(ctx), stop: func() { stop(); stopAllocator() }}
	atEnd(b.stop)
	return b
})

// A tab is a page in Chromium. Everything that the browser complains about,
// most of all a breach of the policy, fails the test.
type tab struct {
	t    testing.TB
	ctx  context.Context
	site string // address of the server

	mu         sync.Mutex
	complaints []string
	expected   []string // complaints that belong to the test, such as a cut line
}

// visit opens a tab for somebody who was never at site before. Where no
// browser is installed the test is passed over, saying so, unless
// DOSSIERLENS_BROWSER=require.
func visit(t testing.TB, site string) *tab {
	t.Helper()
	browser := chromium()
	switch {
	case browser.none && os.Getenv("DOSSIERLENS_BROWSER") == "require":
		t.Fatal("no Chromium is installed, and DOSSIERLENS_BROWSER=require")
	case browser.none:
		t.Skip("no Chromium is installed; this test needs one (DOSSIERLENS_BROWSER=require makes its absence a failure)")
	case browser.err != nil:
		t.Fatal(browser.err)
	}
	ctx, cancel := chromedp.NewContext(browser.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	// The tab lives as long as the context of its first act.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	b := &tab{t: t, ctx: ctx, site: site}
	b.begin()
	t.Cleanup(func() {
		for _, c := range b.complained() {
			t.Errorf("the browser complains: %s", c)
		}
	})
	return b
}

// begin listens to a new tab and gives it a size and the focus: Chromium grants
// the focus to one tab at a time, and without it a page gets neither the keys
// nor a passkey.
func (b *tab) begin() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, log.Enable, cdp.Empty{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	if err := chromedp.Listen(b.ctx, b.hear); err != nil {
		b.t.Fatal(err)
	}
	b.size(1280, 900)
}

// hear takes down what the browser complains about.
func (b *tab) hear(event any) {
	var said []string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = append(said, e.ExceptionDetails.Text)
		if x := e.ExceptionDetails.Exception; x != nil {
			said[0] += " " + x.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			said = append(said, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" {
			for _, a := range e.Args {
				said = append(said, "console: "+string(a.Value))
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, said...)
}

// complained returns and forgets the complaints that nobody expected.
func (b *tab) complained() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.DeleteFunc(b.complaints, func(c string) bool {
		return slices.ContainsFunc(b.expected, func(e string) bool { return strings.Contains(c, e) })
	})
	b.complaints = nil
	return list
}

// expect lets complaints that contain text pass.
func (b *tab) expect(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, text)
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) size(width, height int64) { b.t.Helper(); b.do(chromedp.EmulateViewport(width, height)) }

// ready holds when a page is there and its scripts have begun. A page that says
// that figures are being worked out comes back by itself.
const ready = `document.readyState === "complete" && !document.querySelector("[data-pending]") && (!document.body.classList.contains("coding") || document.documentElement.dataset.ready === "true")`

func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.site + path))
	b.wait(ready)
}

func (b *tab) reload() {
	b.t.Helper()
	b.do(chromedp.Reload())
	b.wait(ready)
}

// login signs in by the keyboard and waits for the first page.
func (b *tab) login(login, password string) {
	b.t.Helper()
	b.open("/login")
	b.wait(`document.activeElement?.name === "username"`) // it is given the focus after the page is there
	b.keys(login + kb.Tab + password + kb.Enter)
	b.wait(`location.pathname === "/" && ` + ready)
}

// keys presses keys, one after the other, where the focus is.
func (b *tab) keys(keys string, opts ...chromedp.KeyOption) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys, opts...))
}

// tabTo moves the focus with the tab key to an element.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 200 {
		if eval[bool](b, fmt.Sprintf(`document.activeElement?.matches(%q) ?? false`, selector)) {
			return
		}
		b.keys(kb.Tab)
	}
	b.t.Fatalf("the tab key does not lead to %s on %s", selector, b.path())
}

// follow goes to a link or button with the tab key, presses it and waits for
// the page it leads to.
func (b *tab) follow(selector string) {
	b.t.Helper()
	b.tabTo(selector)
	b.press(func() { b.keys(kb.Enter) })
}

// click presses a link or button with the mouse and waits for the next page.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.press(func() { b.do(chromedp.Click(selector)) })
}

func (b *tab) press(act func()) {
	b.t.Helper()
	eval[bool](b, `(document.documentElement.dataset.before = "yes", true)`)
	act()
	b.wait(`document.documentElement.dataset.before !== "yes" && ` + ready)
}

func (b *tab) path() string { b.t.Helper(); return eval[string](b, `location.pathname`) }

// wait returns when a JavaScript condition holds. It looks again when the page
// is replaced by another meanwhile.
func (b *tab) wait(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	script := fmt.Sprintf(`new Promise((done) => { const look = () => { let ok = false; try { ok = %s } catch {} if (ok) done(true); else setTimeout(look, 15); }; look(); })`, condition)
	for {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script, chromedp.EvalAwaitPromise))
		if err == nil {
			return
		}
		if ctx.Err() != nil || !replaced(err) {
			b.shot("failed")
			b.t.Fatalf("waiting at %s for %s: %v; the page says %.600q", b.path(), condition, err, b.text("main, #saved, #review, .opened"))
		}
	}
}

// replaced reports whether err says that the page went while it was asked.
func replaced(err error) bool {
	for _, part := range []string{"navigat", "context was destroyed", "Cannot find context", "Promise was collected"} {
		if strings.Contains(err.Error(), part) {
			return true
		}
	}
	return false
}

// eval computes a JavaScript expression, also one that is to be awaited.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.300s: %v", expression, err)
	}
	return v
}

// text is what stands in all elements of a selector.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf(`[...document.querySelectorAll(%q)].map((n) => n.textContent.trim().replace(/\s+/g, " ")).join("|")`, selector))
}

// set fills in a field of a form.
func (b *tab) set(selector, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(selector, value))
}

// shot writes a picture to the folder of DOSSIERLENS_SHOTS, if there is one.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("DOSSIERLENS_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("picture %s: %v", name, err)
		return
	}
	file := strings.ReplaceAll(b.t.Name(), "/", "-") + "-" + name + ".png"
	if err := os.WriteFile(filepath.Join(dir, file), png, 0o644); err != nil {
		b.t.Error(err)
	}
}
