package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// evil breaks out of whatever it is put into, if it can, and then does
// something that is seen.
const evil = `</script></textarea></title></style><!--"'><img src=x onerror="window.harm=1"><script>window.harm=1</script><svg onload=window.harm=1>{{1}}${window.harm=1}<a href="javascript:window.harm=1">x</a>--> <b id=harm>`

// evilName is for what may not be as long.
const evilName = ` </script></title>"'><img src=x onerror="window.harm=1"><svg onload=window.harm=1><b id=harm>`

// hostileCodebook is that of storetest with evil behind every text.
func hostileCodebook(t *testing.T) []byte {
	t.Helper()
	book, err := codebook.Parse(storetest.Codebook(t), "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(book.Canonical(), &file); err != nil {
		t.Fatal(err)
	}
	var spoil func(x any)
	spoil = func(x any) {
		switch x := x.(type) {
		case map[string]any:
			for key, value := range x {
				if text, ok := value.(string); ok && (key == "nl" || key == "en") {
					x[key] = text + " " + evil
				}
				spoil(value)
			}
		case []any:
			for _, value := range x {
				spoil(value)
			}
		}
	}
	spoil(file)
	source, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// hostileWorld has evil in everything that a person, a codebook or a document
// can say.
func hostileWorld(t *testing.T) *storetest.World {
	t.Helper()
	w := storetest.OpenWith(t, hostileCodebook(t), evilName)
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	in := w.Case(t, "E-01", "W1", "The bicycle slip says "+evil+"\n\nand more.\n", evil+"\n")
	for i := range in.Documents {
		in.Documents[i].Title = evil
	}
	w.Import(t, storetest.Study, in)
	anna := w.Code(t, "E-01", "anna", map[string]string{"remark": evil, "quality": "poor"})
	w.Code(t, "E-01", "bert", map[string]string{"remark": "other " + evil})
	onsite := w.Assign(t, "B-04", "anna")
	docs, err := w.Store.Documents(ctx, anna.Case.Key)
	must(err)
	start := strings.Index(docs[0].Text, "</script>")
	cees := w.Assign(t, "E-01", "cees")
	for i, p := range []annotations.Passage{
		{Variable: "damage", Document: docs[0].Key, Start: start, End: start + len(evil), Quote: evil},
		{Variable: "damage", DocumentType: "slip", Paraphrase: "says " + evil[:200]},
	} {
		who, a := "cees", cees
		if i == 1 {
			who, a = "anna", onsite
		}
		_, err := w.Store.AddPassage(ctx, w.People[who], a.ID, p)
		must(err)
	}
	w.Save(t, cees, "cees", "remark", evil)
	for _, kind := range []annotations.CommentKind{annotations.AskLead, annotations.OwnNote} {
		m, err := w.Store.AddComment(ctx, w.People["cees"], cees.ID, annotations.Comment{Key: string(kind), Kind: kind, Variable: "damage", Text: evil})
		must(err)
		if kind == annotations.AskLead {
			_, err = w.Store.Reply(ctx, w.People["lena"], m.ID, evil)
			must(err)
		}
	}
	w.Code(t, "B-01", "anna", map[string]string{"quality": "poor", "remark": evil})
	w.Code(t, "B-01", "bert", nil)
	must(w.Store.OpenComparison(ctx, w.People["lena"], storetest.Study, "B-01"))
	_, err = w.Store.Decide(ctx, w.People["lena"], storetest.Study, "B-01",
		annotations.Decision{Variable: "quality", Answer: codebook.Answer{Value: "fair"}, Cause: annotations.RuleUnclear, Reason: evil},
		annotations.Decision{Variable: "remark", Answer: codebook.Answer{Value: "settled " + evil}, Reason: evil})
	must(err)
	must(w.Store.CreateRound(ctx, w.People["lena"], storetest.Study, annotations.Round{Name: "round " + evil[:40], Kind: annotations.Production}))
	_, err = w.Store.CreateUser(ctx, auth.Actor{}, store.User{Login: "x<b>y", Name: evilName[1:]})
	must(err)
	return w
}

// Whatever people, documents and codebooks say is shown as text: nothing of it
// runs, nothing of it becomes part of a page, and the browser had nothing to
// stop.
func TestHostileTextIsText(t *testing.T) {
	w := hostileWorld(t)
	logins := []string{}
	for login := range w.People {
		if login != "otto" && login != "oda" {
			logins = append(logins, login)
		}
	}
	slices.Sort(logins)
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	k := &hostileWalk{t: t, fields: map[string]bool{}, forms: map[string]bool{}}
	for _, login := range logins {
		b := visit(t, s.site)
		b.expect("status of 4") // what does not fit is refused
		b.login(login, storetest.Password)
		for _, f := range k.walk(b, login) {
			k.fill(b, login, f)
		}
	}
	// What was taken is shown to everybody; forms that came of it are filled in.
	for _, login := range logins {
		b := visit(t, s.site)
		b.expect("status of 4")
		b.login(login, storetest.Password)
		for _, f := range k.walk(b, login) {
			k.fill(b, login, f)
		}
	}
	names := slices.Sorted(maps.Keys(k.fields))
	t.Logf("%d pages, %d of them show the text; %d forms with the fields %v were filled in", k.pages, k.shown, len(k.forms), names)
	if k.shown < 20 {
		t.Errorf("only %d of %d pages show the text: %s", k.shown, k.pages, fmt.Sprint(logins))
	}
	if len(names) < 40 {
		t.Errorf("only %d fields were filled in", len(names))
	}
}

// A hostileWalk looks at every page, and fills in every form on them.
type hostileWalk struct {
	t            *testing.T
	pages, shown int
	fields       map[string]bool // names, of fields into which a person may write
	forms        map[string]bool // by address and names, each once
}

// A formAt is a form on a page.
type formAt struct {
	Page   string   `json:"page"`
	Number int      `json:"number"` // on its page, from 0
	Shape  string   `json:"shape"`
	Fields []string `json:"fields"`
}

// writable are the fields of a form f into which a person may write anything.
const writable = `[...f.elements].filter((e) => e.name && (e.tagName === "TEXTAREA" || e.tagName === "INPUT" && ["text", "search", "email", "url", "tel", "password"].includes(e.type)))`

// look requires of the page on the screen that nothing in it came from what
// somebody said.
func (k *hostileWalk) look(b *tab, login, where string) {
	k.t.Helper()
	k.pages++
	if eval[bool](b, `window.harm !== undefined || document.getElementById("harm") !== null || document.querySelector("a[href^='javascript:'], img[src=x]") !== null`) {
		k.t.Errorf("%s: %s: what somebody said became part of the page", login, where)
	}
	for _, c := range b.complained() {
		k.t.Errorf("%s: %s: the browser complains: %s", login, where, c)
	}
	if strings.Contains(eval[string](b, `document.body.innerText`), "onerror=") {
		k.shown++
	}
}

// walk goes to every page that somebody gets to by links, and returns the forms
// that were not filled in yet.
func (k *hostileWalk) walk(b *tab, login string) (forms []formAt) {
	k.t.Helper()
	known := map[string]int{}
	queue := []link{{Path: "/", Status: 200, Page: true}}
	for i := 0; i < len(queue); i++ {
		if !queue[i].Page || queue[i].Status != 200 {
			continue
		}
		b.open(queue[i].Path)
		k.look(b, login, queue[i].Path)
		for _, f := range eval[[]formAt](b, `[...document.forms].map((f, number) => ({ page: location.pathname + location.search, number,
			shape: f.method + " " + new URL(f.action).pathname, fields: [...new Set(`+writable+`.map((e) => e.name))] })).filter((f) => f.fields.length > 0)`) {
			if key := shape(f.Shape) + fmt.Sprint(f.Fields); !k.forms[key] {
				k.forms[key] = true
				forms = append(forms, f)
			}
		}
		for _, l := range links(b, known) {
			if !slices.ContainsFunc(queue, func(q link) bool { return q.Path == l.Path }) {
				queue = append(queue, l)
			}
		}
	}
	return forms
}

// fill writes evil into every field of a form, chooses what is to be chosen,
// and sends it.
func (k *hostileWalk) fill(b *tab, login string, f formAt) {
	k.t.Helper()
	b.open(f.Page)
	for _, name := range f.Fields {
		k.fields[name] = true
	}
	text, err := json.Marshal(evil)
	if err != nil {
		k.t.Fatal(err)
	}
	b.press(func() {
		eval[bool](b, fmt.Sprintf(`(() => {
			const f = document.forms[%d];
			if (!f) { delete document.documentElement.dataset.before; return false } // an earlier form took it away
			for (const e of `+writable+`) e.value = e.maxLength > 0 ? %s.slice(0, e.maxLength) : %s;
			for (const e of f.elements) if (e.tagName === "SELECT" && e.options.length > 1) e.selectedIndex = 1;
			for (const e of f.elements) if (e.type === "radio") e.checked = true;
			HTMLFormElement.prototype.submit.call(f);
			return true;
		})()`, f.Number, text, text))
	})
	k.look(b, login, "after the form "+f.Shape+" of "+f.Page)
}
