package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// serveBeside answers what stands beside the answers: comments, flags, time
// and what was settled elsewhere.
func (s *study) serveBeside(mux *http.ServeMux, api string) {
	read := func(r *http.Request) row {
		var in row
		json.NewDecoder(r.Body).Decode(&in)
		return in
	}
	find := func(r *http.Request) row {
		for _, m := range s.comments {
			if m["id"] == int64(atoi(r.PathValue("comment"))) {
				return m
			}
		}
		return nil
	}
	mux.HandleFunc("POST "+api+"/comments", func(w http.ResponseWriter, r *http.Request) {
		m := read(r)
		if strings.Contains(m["text"].(string), "@") {
			reply(w, 422, row{"detail": "wijst een persoon aan", "errors": []row{}})
			return
		}
		s.nextID++
		m["id"], m["state"], m["author"], m["own"], m["at"], m["replies"] = s.nextID, "open", "Anna", true, "2026-11-23T14:00:00Z", []row{}
		s.comments = append(s.comments, m)
		reply(w, 201, m)
	})
	mux.HandleFunc("POST "+api+"/comments/{comment}/replies", func(w http.ResponseWriter, r *http.Request) {
		m := find(r)
		m["replies"] = append(m["replies"].([]row), row{"text": read(r)["text"], "author": "Anna", "own": true, "at": "2026-11-23T14:01:00Z"})
		m["state"] = "open"
		reply(w, 200, m)
	})
	mux.HandleFunc("PUT "+api+"/comments/{comment}", func(w http.ResponseWriter, r *http.Request) {
		m := find(r)
		if m["state"] = "open"; read(r)["closed"] == true {
			m["state"] = "closed"
		}
		reply(w, 200, m)
	})
	mux.HandleFunc("PUT "+api+"/flags/{variable}", func(w http.ResponseWriter, r *http.Request) {
		delete(s.flags, r.PathValue("variable"))
		if read(r)["on"] == true {
			s.flags[r.PathValue("variable")] = true
		}
		reply(w, 200, row{})
	})
	mux.HandleFunc("POST "+api+"/time", func(w http.ResponseWriter, r *http.Request) {
		s.seconds += int(read(r)["seconds"].(float64))
		w.WriteHeader(204)
	})
	mux.HandleFunc("GET "+api+"/precedents/{variable}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, append([]row{}, s.precedents...))
	})
}

// remark adds a comment by the lead.
func (s *study) remark(variable, text string) {
	s.nextID++
	s.comments = append(s.comments, row{"id": s.nextID, "key": text, "kind": "review", "variable": variable, "passage": 0, "text": text,
		"state": "open", "author": "Lena", "own": false, "at": "2026-11-23T13:00:00Z", "replies": []row{}})
}

// talked is what the server has of comments.
func (s *study) talked() []row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]row{}, s.comments...)
}

// TestCodingTalk asks the lead, behind a cut line too, keeps words that are
// refused, and goes along the comments of a case that was sent back.
func TestCodingTalk(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	s.status = "returned"
	s.remark("tg_kind", "Kijk ook in het verslag van dag 60.")
	s.remark("", "Graag de passages korter.")
	server := s.serve(t)
	b := open(t, browser, server.URL+codingPath, 1280, 800)
	b.expect("Failed to load resource")
	b.wait(`document.querySelector(".waiting-bar").textContent.includes("2 opmerkingen van de onderzoeksleider")`)
	eval[bool](b, `(document.querySelector("#q-bg_bron .line").click(), true)`)
	b.keys("c")
	b.at("tg_kind")
	b.wait(`document.activeElement.matches("#q-tg_kind .comments li") && document.activeElement.textContent.includes("dag 60")`)
	b.shot("coding-returned")
	b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.wait(`document.querySelector("#review") !== null && document.querySelector("#review").textContent.includes("Graag de passages korter.")`)
	b.keys(kb.Escape)
	eval[bool](b, `(document.querySelector("#q-tg_kind .resolve").click(), true)`)
	b.wait(`document.querySelector(".waiting-bar").textContent.includes("1 opmerking van")`)
	b.keys(kb.Escape + "c")
	b.wait(`document.activeElement.textContent.includes("Graag de passages korter.")`)
	eval[bool](b, `(document.activeElement.querySelector(".resolve").click(), true)`)
	b.wait(`document.querySelector(".waiting-bar").hidden`)
	b.saved()
	for _, m := range s.talked() {
		if m["state"] != "closed" {
			t.Errorf("%q is %s", m["text"], m["state"])
		}
	}

	// A question, asked behind a cut line and over a reload.
	s.cut(true)
	eval[bool](b, `(document.querySelector("#q-vp_aanwezig .line").click(), true)`)
	b.keys("t")
	b.wait(`document.activeElement.matches("#q-vp_aanwezig .say.new textarea")`)
	b.keys("Telt een plan dat alleen genoemd wordt?")
	b.shot("coding-ask")
	b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.wait(`document.querySelector("#saved").textContent.startsWith("Niet opgeslagen: 1")`)
	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.ready === "true" && document.querySelector("#q-vp_aanwezig .comments")?.textContent.includes("alleen genoemd")`)
	s.cut(false)
	eval[bool](b, `(document.querySelector("#saved").click(), true)`)
	b.saved()
	if list := s.talked(); len(list) != 3 || list[2]["kind"] != "question" || list[2]["variable"] != "vp_aanwezig" {
		t.Errorf("the server has %v", list)
	}

	// Refused words come back into the field.
	b.keys("t")
	b.wait(`document.activeElement.matches("#q-vp_aanwezig .say.new textarea")`)
	b.keys("bel x@example.org")
	b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.wait(`document.querySelector("#q-vp_aanwezig .say.new .problem").textContent.includes("wijst een persoon aan") && document.querySelector("#q-vp_aanwezig .say.new textarea").value === "bel x@example.org"`)
	if got := len(s.talked()); got != 3 {
		t.Errorf("the server has %d comments, want 3", got)
	}

	// A flag is the coder's on every device.
	eval[bool](b, `(document.querySelector("#q-pr_actief .line").click(), true)`)
	b.keys("f")
	b.saved()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.flags["pr_actief"] {
		t.Errorf("the server has the flags %v", s.flags)
	}
}

// TestCodingTalkKinds asks about a passage, notes something for oneself and
// flags the codebook; and shows what the lead replied, until it is closed.
func TestCodingTalkKinds(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	b.ask("vp_aanwezig")
	passage := eval[string](b, `[...document.querySelectorAll("#q-vp_aanwezig .say.new select")][1].lastChild.value`)
	for i, say := range []struct{ kind, about, words string }{{"question", passage, "Telt dit als nagelopen?"}, {"note", "0", "Morgen nog eens lezen"}, {"codebook", "0", "De regel noemt dit niet"}} {
		b.keys("t")
		b.wait(`document.activeElement.matches("#q-vp_aanwezig .say.new textarea")`)
		b.keys(say.words)
		eval[bool](b, fmt.Sprintf(`(() => { const [kind, about] = document.querySelectorAll("#q-vp_aanwezig .say.new select"); kind.value = %q; about.value = %q; return true; })()`, say.kind, say.about))
		b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
		b.wait(fmt.Sprintf(`document.querySelectorAll("#q-vp_aanwezig .comments > li").length === %d && document.activeElement.classList.contains("body")`, i+1))
		b.saved()
		for len(s.talked()) <= i && b.ctx.Err() == nil {
			runtime.Gosched()
		}
		if m := s.talked()[i]; m["kind"] != say.kind || m["text"] != say.words || m["variable"] != "vp_aanwezig" || fmt.Sprint(m["passage"]) != say.about {
			t.Errorf("the server has %v, want %+v", m, say)
		}
	}
	b.wait(`document.querySelector("#q-vp_aanwezig .comments > li").textContent.includes("Het veiligheidsplan ligt bij moeder")`)
	b.shot("coding-talk-kinds")

	// The lead replies: the question waits for the coder, who closes it.
	s.mu.Lock()
	s.comments[0]["state"] = "answered"
	s.comments[0]["replies"] = []row{{"text": "Ja, als het twee keer is.", "author": "Lena", "own": false, "at": "2026-11-23T15:00:00Z"}}
	s.mu.Unlock()
	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.ready === "true" && document.querySelector(".waiting-bar").textContent.includes("1 ")`)
	b.ask("bg_bron")
	b.keys("c")
	b.wait(`document.activeElement.matches("#q-vp_aanwezig .comments > li") && document.activeElement.textContent.includes("Ja, als het twee keer is.")`)
	b.keys("s")
	b.wait(`document.querySelector(".waiting-bar").hidden`)
	b.saved()
	for s.talked()[0]["state"] != "closed" && b.ctx.Err() == nil {
		runtime.Gosched()
	}
}

// TestCodingSearched says in which documents nothing was found, and may not
// hand in before that.
func TestCodingSearched(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	eval[bool](b, `(document.querySelector("#q-tg_instrument .line").click(), true)`)
	b.keys("n")
	b.wait(`!document.querySelector("#q-tg_instrument .searched").hidden`)
	b.keys(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.wait(`document.querySelector("#review").textContent.includes("Niet in dossier, zonder waar is gezocht")`)
	b.keys(kb.Escape + "a")
	b.saved()
	s.mu.Lock()
	got := s.answers["tg_instrument"]["searched"].([]string)
	s.mu.Unlock()
	if strings.Join(got, " ") != "vt_melding mdo" {
		t.Errorf("searched = %v, want the types of the case that the codebook has", got)
	}
	b.shot("coding-searched")
	b.keys("1")
	b.saved()
	b.keys("z")
	b.wait(`document.querySelectorAll("#q-tg_instrument .searched input:checked").length === 2`)
	b.saved()
}

// TestCodingBounds changes where a passage ends and begins by keys, and binds
// it to a category.
func TestCodingBounds(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	eval[bool](b, `(document.querySelector("#q-vp_aanwezig .line").click(), true)`)
	b.keys("r")
	b.wait(`CSS.highlights.has("selected")`)
	quote := func() string {
		for _, p := range s.noted() {
			if p["variable"] == "vp_aanwezig" {
				return p["quote"].(string)
			}
		}
		return ""
	}
	// The full stop counts as an edge of its own.
	b.keys(kb.ArrowLeft + kb.ArrowLeft + kb.ArrowLeft)
	b.keys(kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift))
	b.keys(kb.Enter)
	b.wait(`document.querySelector("#q-vp_aanwezig .passage .quote").textContent === "veiligheidsplan ligt bij moeder en is op dag 30 en dag"`)
	b.saved()
	if got, want := quote(), "veiligheidsplan ligt bij moeder en is op dag 30 en dag"; got != want {
		t.Errorf("the quote is %q, want %q", got, want)
	}
	b.keys("r" + kb.ArrowRight + kb.Escape + "zz")
	b.wait(`document.querySelector("#q-vp_aanwezig .passage .quote").textContent.endsWith("nagelopen.")`)
	eval[bool](b, `(() => { const pick = document.querySelector("#q-vp_aanwezig select.bound"); pick.value = "apart"; pick.dispatchEvent(new Event("change")); return true; })()`)
	b.wait(`document.querySelector("#q-vp_aanwezig select.bound")?.value === "apart"`)
	b.saved()
	n := 0
	for _, p := range s.noted() {
		if p["variable"] == "vp_aanwezig" {
			n++
			if p["category"] != "apart" {
				t.Errorf("the category is %v", p["category"])
			}
		}
	}
	if n != 1 {
		t.Errorf("there are %d passages, want 1", n)
	}
}

// TestCodingPlaces goes to a page, a paragraph and a day, and searches the
// codebook without leaving the case.
func TestCodingPlaces(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	s.precedents = []row{{"value": "deels", "missing": nil, "cause": "rule_unclear", "reason": "Alleen bij naam genoemd is gedeeltelijk.", "at": "2026-11-20T10:00:00Z"}}
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	at := func(typed, document string) {
		t.Helper()
		b.keys("p")
		b.wait(`document.activeElement.matches(".place input")`)
		b.keys(typed + kb.Enter)
		b.wait(`document.querySelector(".document-link[aria-current]").textContent.includes("` + document + `")`)
		b.wait(`document.activeElement.classList.contains("body")`)
	}
	at("dag 60", "MDO")
	at("3:3", "Overdracht")
	b.wait(`(() => { const [r] = CSS.highlights.get("shown"); return r.startContainer.closest("section").id === "d33" && Number(r.startContainer.dataset.start) > 2000; })()`)
	at("¶ 2", "Overdracht")
	b.wait(`(() => { const [r] = CSS.highlights.get("shown"); return r.startContainer.id === "d33-p1"; })()`)
	b.keys("p" + "99:1" + kb.Enter)
	b.wait(`document.querySelector(".place input").getAttribute("aria-invalid") === "true"`)
	b.keys(kb.Escape)

	b.keys("b")
	b.wait(`document.activeElement.matches("#codebook input")`)
	b.keys("aantoonbaar veiligheidsplan")
	b.wait(`document.querySelectorAll("#codebook .entries > li:not([hidden])").length === 1`)
	b.shot("coding-codebook")
	b.keys(kb.Enter)
	b.at("vp_gebruik")
	b.keys("i")
	b.wait(`document.querySelector("#q-vp_gebruik .precedents").textContent.includes("Alleen bij naam genoemd is gedeeltelijk.")`)
	b.shot("coding-precedents")
}

// TestCodingBeside lays a document beside the others on a wide screen: its
// passages stay, text in it can be attached, and it goes back to its place.
func TestCodingBeside(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	fill(s)
	b := open(t, browser, s.serve(t).URL+codingPath, 1800, 900)
	order := b.text("#texts h2")
	b.keys("]]w")
	b.wait(`document.querySelector("#beside section.document#d33") !== null`)
	marks := eval[int](b, `document.querySelectorAll(".mark").length`)
	if want := len(s.noted()); marks != want {
		t.Errorf("there are %d marks, want %d", marks, want)
	}
	eval[bool](b, `(document.querySelector("#q-pr_actief .line").click(), true)`)
	words := eval[string](b, `document.getElementById("d33-p3").textContent.slice(0, 20).trim()`)
	b.selectText("d33-p3", words)
	b.keys("e")
	b.saved()
	if list := s.noted(); list[len(list)-1]["document"] != 33.0 {
		t.Errorf("the passage lies in document %v", list[len(list)-1]["document"])
	}
	b.shot("coding-beside")
	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.ready === "true" && document.querySelector("#beside #d33") !== null`)
	b.keys("w")
	b.wait(`document.getElementById("beside").hidden`)
	if got := b.text("#texts h2"); got != order {
		t.Errorf("the documents come back as %q, want %q", got, order)
	}
	b.do(chromedp.EmulateViewport(1280, 800))
	b.keys("w")
	b.wait(`document.getElementById("said").textContent !== ""`)
}

// TestCodingTime tells the server how long somebody was at work, on leaving.
// What counts as work is tested with the stopwatch itself.
func TestCodingTime(t *testing.T) {
	browser := chromium(t)
	s := newStudy(pages(t))
	b := open(t, browser, s.serve(t).URL+codingPath, 1280, 800)
	b.keys("j")
	from := eval[float64](b, `performance.now()`)
	b.wait(fmt.Sprintf(`performance.now() > %f`, from+2500))
	b.do(chromedp.Navigate("about:blank"))
	told := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.seconds
	}
	for told() == 0 && b.ctx.Err() == nil {
		runtime.Gosched()
	}
	if n := told(); n < 1 || n > 30 {
		t.Errorf("%d seconds were told, want two or three", n)
	}
}
