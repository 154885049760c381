// Package storetest makes a small study in a temporary folder, for the tests
// of the store, the server and the program. The field is bicycle repair: what
// works for it does not know case files of families.
//
// [Open] gives the study with its people and four cases; [World.Code] fills in
// a coding of a case. Everything is fixed, the clock too: it moves on by a
// second at each reading, so that times differ and are always the same.
package storetest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// Study is the id of the study, and Other that of one in which only Olga is.
const (
	Study = "bicycles"
	Other = "other"
)

// Password is the password of everybody in the world.
const Password = "pedal chain spoke"

// A World is a store with a study in it. People are found by login.
type World struct {
	Store  *store.Store
	Key    auth.Key // none, but with -encrypted
	Dir    string
	Clock  *Clock
	People map[string]auth.Actor
}

// A Clock starts on 5 January 2026 at nine and moves on a second at each
// reading.
type Clock struct {
	mu   sync.Mutex
	at   time.Time
	held bool
}

// Now returns the time and moves on.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.held {
		c.at = c.at.Add(time.Second)
	}
	return c.at
}

// Stop holds the clock until the returned function lets it go on.
func (c *Clock) Stop() (goOn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.held = false
	}
}

// Add moves the clock by d.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Codebook returns the source of the codebook of the study.
func Codebook(t testing.TB) []byte {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	b, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../../codebook/testdata/bicycles.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Cost is what the passwords of the world cost: the least that RFC 9106 allows,
// for tests sign in all the time.
var Cost = auth.Cost{Memory: 8, Time: 1, Threads: 1}

// encrypted has every world encrypted, so that any test can be run that way.
var encrypted = flag.Bool("encrypted", false, "encrypt the workspaces of the tests")

// Key is a key that a test may encrypt a workspace with.
func Key(t testing.TB) auth.Key {
	t.Helper()
	key, err := auth.ParseKey("dossierlens-key-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// OpenEncrypted makes the world of [Open], encrypted.
func OpenEncrypted(t testing.TB) *World { return open(t, Codebook(t), "", Key(t)) }

// Open makes the world: the coders anna, bert and cees; lena the lead, daan the
// data manager, mona the monitor officer, petra the privacy officer, olga the
// observer, beheer the administrator. Cases B-01 and B-02 have two documents
// each, B-03 one; B-04 is coded on site. Nothing is assigned.
func Open(t testing.TB) *World { return OpenWith(t, Codebook(t), "") }

// OpenWith makes the world with another codebook, which has the variables of
// the own one, and with more words behind every name and title.
func OpenWith(t testing.TB, source []byte, more string) *World {
	t.Helper()
	var key auth.Key
	if *encrypted {
		key = Key(t)
	}
	return open(t, source, more, key)
}

func open(t testing.TB, source []byte, more string, key auth.Key) *World {
	t.Helper()
	w := &World{Key: key, Dir: t.TempDir(), Clock: &Clock{at: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}, People: map[string]auth.Actor{}}
	ctx, hash := context.Background(), Cost.Hash(Password)
	var err error
	if w.Store, err = store.OpenEncrypted(ctx, w.Dir, w.Clock.Now, key); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Store.Close() })

	for _, study := range []string{Study, Other} {
		w.must(t, w.Store.CreateStudy(ctx, auth.Actor{}, study, "Study of "+study+more, source))
		w.must(t, w.Store.CreateRound(ctx, auth.Actor{}, study, annotations.Round{Name: "1", Kind: annotations.Production}))
	}
	for _, p := range []struct {
		login string
		role  auth.Role
		study string
	}{
		{"beheer", auth.Administrator, ""},
		{"anna", auth.Coder, Study}, {"bert", auth.Coder, Study}, {"cees", auth.Coder, Study},
		{"lena", auth.Lead, Study}, {"daan", auth.DataManager, Study}, {"mona", auth.MonitorOfficer, Study},
		{"petra", auth.PrivacyOfficer, Study}, {"olga", auth.Observer, Study},
		{"otto", auth.Lead, Other}, {"oda", auth.Coder, Other},
	} {
		u, err := w.Store.CreateUser(ctx, auth.Actor{}, store.User{Login: p.login, Name: "Name of " + p.login + more, Password: hash,
			Administrator: p.role == auth.Administrator, Language: "en"})
		w.must(t, err)
		if p.study != "" {
			w.must(t, w.Store.AddMember(ctx, auth.Actor{}, p.study, u.ID, p.role))
		}
		w.People[p.login], err = w.Store.Actor(ctx, u.ID)
		w.must(t, err)
	}
	slip := "The bicycle came in with a bent wheel.\n\nThe chain was loose too. 🚲 Née was told by phone.\n"
	work := "On day 3 the wheel was replaced and the brake set.\n\nThe work took forty minutes.\n"
	w.Import(t, Study,
		w.Case(t, "B-01", "W1", slip, work),
		w.Case(t, "B-02", "W1", slip+"A second note.\n", work),
		w.Case(t, "B-03", "W3", slip+"A third note.\n"),
		w.Case(t, "B-04", "W3"))
	return w
}

func (w *World) must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Case makes a case with the texts as documents; without texts it is on site.
func (w *World) Case(t testing.TB, id annotations.CaseID, region string, texts ...string) annotations.IncomingCase {
	t.Helper()
	in := annotations.IncomingCase{Case: annotations.Case{ID: id, Region: region, Period: "2025-H1", OnSite: len(texts) == 0}}
	for i, text := range texts {
		cleared, err := new(screening.Screener).Clear(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		d := annotations.NewIncoming(cleared)
		day := 3 * i
		d.Number, d.Type, d.Day = i+1, "slip", &day
		in.Documents = append(in.Documents, d)
	}
	return in
}

// Member gives somebody one more role in the study.
func (w *World) Member(t testing.TB, login string, role auth.Role) {
	t.Helper()
	ctx := context.Background()
	w.must(t, w.Store.AddMember(ctx, auth.Actor{}, Study, w.People[login].ID, role))
	var err error
	w.People[login], err = w.Store.Actor(ctx, w.People[login].ID)
	w.must(t, err)
}

// Import adds cases to a study.
func (w *World) Import(t testing.TB, study string, cases ...annotations.IncomingCase) {
	t.Helper()
	_, err := w.Store.ImportCases(context.Background(), w.People["daan"], study, cases, false, nil)
	w.must(t, err)
}

// Assign gives a case to a coder and returns the assignment.
func (w *World) Assign(t testing.TB, id annotations.CaseID, coder string) annotations.Assignment {
	t.Helper()
	ctx := context.Background()
	w.must(t, w.Store.Assign(ctx, w.People["lena"], Study, []store.NewAssignment{{Case: id, Coder: w.People[coder].ID, Round: "1"}}))
	mine, err := w.Store.MyAssignments(ctx, w.People[coder], Study)
	w.must(t, err)
	for _, a := range mine {
		if a.Case.ID == id {
			return a
		}
	}
	t.Fatalf("%s was not given %s", coder, id)
	return annotations.Assignment{}
}

// Save answers a variable: text is a value, or a missing code when it is one.
func (w *World) Save(t testing.TB, a annotations.Assignment, coder, variable, text string) annotations.Entry {
	t.Helper()
	e := annotations.Entry{Variable: variable, Answer: codebook.Answer{Value: text}}
	switch text {
	case codebook.NR, codebook.DM, codebook.UC, codebook.NA:
		e.Answer = codebook.Answer{Missing: text}
		e.Note = "a note"
		e.Searched = []string{"slip"}
	}
	ctx := context.Background()
	history, err := w.Store.History(ctx, w.People[coder], a.ID, variable)
	w.must(t, err)
	e.Version = len(history)
	e, err = w.Store.SaveAnswer(ctx, w.People[coder], a.ID, e)
	w.must(t, err)
	return e
}

// Answers is a coding in which every question is answered.
var Answers = map[string]string{
	"received": "2025-02-03", "damage": "yes_clear", "parts_hit": "wheel|light", "repaired": "yes", "parts_new": "chain",
	"ready": "2025-02-06", "minutes": "40", "quality": "good", "remark": "done",
}

// Code gives a case to a coder, answers everything as in [Answers] but for
// what differs, attaches the evidence that is required and hands it in.
func (w *World) Code(t testing.TB, id annotations.CaseID, coder string, differs map[string]string) annotations.Assignment {
	t.Helper()
	a := w.Assign(t, id, coder)
	w.Fill(t, a, coder, differs)
	return a
}

// Fill answers everything in an assignment as [World.Code] does and hands it
// in.
func (w *World) Fill(t testing.TB, a annotations.Assignment, coder string, differs map[string]string) {
	t.Helper()
	ctx := context.Background()
	for _, variable := range []string{"received", "damage", "parts_hit", "repaired", "parts_new", "ready", "minutes", "quality", "remark"} {
		text := Answers[variable]
		if d, ok := differs[variable]; ok {
			text = d
		}
		if text != "" {
			w.Save(t, a, coder, variable, text)
		}
	}
	docs, err := w.Store.Documents(ctx, a.Case.Key)
	w.must(t, err)
	for _, variable := range []string{"damage", "repaired"} {
		p := annotations.Passage{Variable: variable, DocumentType: "slip", Paraphrase: "the slip says so"}
		if len(docs) > 0 {
			p = annotations.Passage{Variable: variable, Document: docs[0].Key, Start: 4, End: 11, Quote: "bicycle"}
		}
		_, err := w.Store.AddPassage(ctx, w.People[coder], a.ID, p)
		w.must(t, err)
	}
	u, err := w.Store.Submit(ctx, w.People[coder], a.ID)
	w.must(t, err)
	if !u.Done() {
		t.Fatalf("the coding of %s by %s is not finished: %+v", a.Case.ID, coder, u)
	}
}
