package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/web"
)

// injected is a page into which somebody got what runs in pages without a
// policy: scripts with a nonce of another or an older page, with none, in
// attributes, addresses and data, and what changes how the page looks.
const injected = `<!doctype html><html lang="en"><head><title>x</title>
<base href="http://other.example/">
<style>#seen { width: 77px }</style>
<script>window.harm = "inline"</script>
<script nonce="">window.harm = "empty nonce"</script>
<script nonce="c2VsZg==">window.harm = "nonce"</script>
<script nonce="%s">window.harm = "old nonce"</script>
<script src="data:text/javascript,window.harm='data'"></script>
<script src="%s/harm.js"></script>
<script type="module" src="%s/harm.js"></script>
<link rel="stylesheet" href="%s/harm.css">
</head><body onload="window.harm='onload'">
<p id="seen" style="height: 77px">text</p>
<img src="data:image/png;base64,x" onerror="window.harm='onerror'">
<svg onload="window.harm='svg'"><script>window.harm='svg script'</script></svg>
<iframe srcdoc="<script>parent.harm='srcdoc'</script>"></iframe>
<object data="data:text/html,<script>parent.harm='object'</script>"></object>
<a id="link" href="javascript:window.harm='link'">x</a>
<form id="form" action="%s/" method="post"><input name="a" value="b"></form>
</body></html>`

// The policy holds in the browser: whatever somebody might get into a page does
// not run, also with a nonce, for the policy names none that could be guessed or
// kept; it cannot make itself trusted, call home or send a form away.
func TestPolicyHoldsInChromium(t *testing.T) {
	if strings.Contains(web.Policy, "nonce") || strings.Contains(web.Policy, "unsafe") || strings.Contains(web.Policy, "*") {
		t.Fatalf("the policy lets in more than files of this server: %s", web.Policy)
	}
	var called []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called = append(called, r.URL.Path)
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `window.harm = "other"`)
	}))
	defer other.Close()
	mine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", web.Policy)
		if r.URL.Path == "/good.js" {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, `window.good = true`)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		body := fmt.Sprintf(injected, "b2xkIG5vbmNl", other.URL, other.URL, other.URL, other.URL)
		fmt.Fprint(w, strings.Replace(body, "</body>", `<script src="`+"http://"+r.Host+`/good.js"></script></body>`, 1))
	}))
	defer mine.Close()
	b := visit(t, mine.URL)
	b.expect("") // each refusal is a complaint
	b.open("/")
	b.wait(`window.good === true`) // what the policy allows runs: the page itself is no reason
	harm := func(what string) {
		t.Helper()
		if got := eval[string](b, `String(window.harm)`); got != "undefined" {
			t.Errorf("%s: %s ran", what, got)
		}
	}
	harm("as the page came")
	if got := eval[string](b, `(() => { const s = getComputedStyle(document.querySelector("#seen")); return s.width + " " + s.height })()`); strings.Contains(got, "77px") {
		t.Errorf("styles in the page are applied: %s", got)
	}
	if got := eval[string](b, `new URL("x", document.baseURI).origin`); got != mine.URL {
		t.Errorf("addresses lead to %s", got)
	}
	// What a script that has been tricked would do.
	for what, act := range map[string]string{
		"a script is put in":          `(() => { const s = document.createElement("script"); s.append("window.harm = 'put in'"); document.body.append(s) })()`,
		"one with a nonce is put in":  `(() => { const s = document.createElement("script"); s.nonce = "b2xkIG5vbmNl"; s.append("window.harm = 'put in'"); document.body.append(s) })()`,
		"a handler is put in":         `(() => { const p = document.querySelector("#seen"); p.setAttribute("onclick", "window.harm = 'handler'"); p.click() })()`,
		"an address runs":             `document.querySelector("#link").click()`,
		"HTML is put in":              `document.querySelector("#seen").innerHTML = "<img src=x onerror=\"window.harm='html'\">"`,
		"a document is written":       `document.write("<script>window.harm='written'</scr" + "ipt>")`,
		"text is made trusted":        `(() => { const p = trustedTypes.createPolicy("mine", { createHTML: (s) => s }); document.querySelector("#seen").innerHTML = p.createHTML("<img src=x onerror=\"window.harm='trusted'\">") })()`,
		"a script of another is used": `(() => { const s = document.createElement("script"); s.setAttribute("src", "` + other.URL + `/harm.js"); document.body.append(s) })()`,
		"a worker is started":         `new Worker(URL.createObjectURL(new Blob(["postMessage(1)"])))`,
	} {
		refused := eval[bool](b, `new Promise((done) => {
			addEventListener("securitypolicyviolation", () => done(true), { once: true });
			try { `+act+` } catch { done(true) }
			setTimeout(() => done(false), 5000);
		})`)
		if !refused {
			t.Errorf("%s and the browser says nothing", what)
		}
		harm(what)
	}
	for what, act := range map[string]string{
		"connect-src": `fetch("` + other.URL + `/home").catch(() => 0)`,
		"img-src":     `(new Image).src = "` + other.URL + `/home.png"`,
		"form-action": `document.querySelector("#form").submit()`,
	} {
		got := eval[string](b, `new Promise((done) => {
			addEventListener("securitypolicyviolation", (e) => done(e.effectiveDirective), { once: true });
			`+act+`;
			setTimeout(() => done("nothing"), 5000);
		})`)
		if got != what {
			t.Errorf("calling home by %s: the browser refuses %s", what, got)
		}
	}
	if slices.ContainsFunc(called, func(path string) bool { return path != "/favicon.ico" }) {
		t.Errorf("the other server was asked for %v", called)
	}
}
