package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// In this file objects are brought into each state that the table of who may do
// what names.

// A staged object stands in a state, ready for a step.
type staged struct {
	path  *strings.Replacer // puts it into the path of a route
	form  url.Values        // what the forms of its routes need
	json  map[string]any    // and programs, by the end of the path of the route
	owner string            // login of whose it is, of several with blanks between
}

// stages makes objects in the states of the table, each a new one.
type stages struct {
	*site
	t    *testing.T
	made int
}

// must stops the test.
func (g *stages) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// one imports a new case with a document, under a name with a prefix.
func (g *stages) one(prefix string) annotations.CaseID {
	g.made++
	id := annotations.CaseID(fmt.Sprintf("%s-%03d", prefix, g.made))
	g.Import(g.t, storetest.Study, g.Case(g.t, id, "W1", fmt.Sprintf("The bicycle came in with a bent wheel, note %d.\n", g.made)))
	return id
}

// coded brings an assignment of a coder in a new case into a state.
func (g *stages) coded(state auth.State, owner string) annotations.Assignment {
	ctx, lena := g.t.Context(), g.People["lena"]
	g.must(g.Store.SetReviewing(ctx, lena, storetest.Study, state == "waiting"))
	id := g.one("S")
	a := g.Assign(g.t, id, owner)
	switch state {
	case "open":
		return a
	case "withdrawn":
		g.must(g.Store.Withdraw(ctx, lena, storetest.Study, a.ID))
		return a
	}
	g.Fill(g.t, a, owner, nil)
	switch state {
	case "compared", "sent back compared":
		g.must(g.Store.OpenComparison(ctx, lena, storetest.Study, id))
	}
	switch state {
	case "sent back", "sent back compared":
		g.must(g.Store.Return(ctx, lena, storetest.Study, a.ID))
	}
	return a
}

// coding is a coding in a state, with a passage and a comment to point at.
func (g *stages) coding(a annotations.Assignment, owner string) staged {
	ctx := g.t.Context()
	docs, err := g.Store.Documents(ctx, a.Case.Key)
	g.must(err)
	passage, comment := int64(1), int64(1)
	if a.Status == annotations.Open {
		_, err := g.Store.AddPassage(ctx, g.People[owner], a.ID, annotations.Passage{Variable: "damage", Document: docs[0].Key, Start: 4, End: 11, Quote: "bicycle"})
		if err != nil && !errors.Is(err, annotations.ErrLocked) && !errors.Is(err, annotations.ErrNotFound) {
			g.t.Fatal(err)
		}
	}
	if _, k, err := g.Store.Coding(ctx, g.People[owner], a.ID); err == nil && len(k.Passages) > 0 {
		passage = k.Passages[0].ID
	}
	if m, err := g.Store.AddComment(ctx, g.People[owner], a.ID, annotations.Comment{Key: "staged", Kind: annotations.AskLead, Variable: "damage", Text: "Is this damage?"}); err == nil {
		comment = m.ID
	}
	history, _ := g.Store.History(ctx, g.People[owner], a.ID, "remark")
	return staged{owner: owner,
		path: strings.NewReplacer(":assignment", fmt.Sprint(a.ID), ":variable", "remark", ":passage", fmt.Sprint(passage), ":comment", fmt.Sprint(comment), ":case", string(a.Case.ID)),
		form: url.Values{"case": {string(a.Case.ID)}, "coder": {fmt.Sprint(g.People["bert"].ID)}, "comment.damage": {"Look again"}},
		json: map[string]any{
			"/place":             map[string]any{"variable": "remark", "document": docs[0].Key, "start": 4},
			"/answers/:variable": map[string]any{"value": "said anew", "missing": nil, "version": len(history)},
			"/passages":          map[string]any{"variable": "remark", "document": docs[0].Key, "start": 4, "end": 11, "quote": "bicycle"},
			"/comments":          map[string]any{"key": "k1", "kind": "note", "variable": "remark", "text": "A word to oneself"},
			"/replies":           map[string]any{"text": "One more word"},
			"/:comment":          map[string]any{"closed": true},
			"/flags/:variable":   map[string]any{"on": true},
			"/time":              map[string]any{"seconds": 5},
		}}
}

// stage makes an object of a kind in a state, which is owner's.
func (g *stages) stage(kind auth.Kind, state auth.State, owner string) staged {
	g.t.Helper()
	ctx := g.t.Context()
	daan, petra, mona := g.People["daan"], g.People["petra"], g.People["mona"]
	switch kind {
	case auth.Coding:
		return g.coding(g.coded(state, owner), owner)
	case auth.Practice:
		a := g.coded(map[auth.State]auth.State{"counts": "handed in", "open": "open", "handed in": "handed in"}[state], owner)
		if state != "counts" {
			a = g.practised(state == "handed in", owner)
		}
		return g.coding(a, owner)
	case auth.Reviewed:
		var a annotations.Assignment
		switch state {
		case "open", "withdrawn":
			a = g.coded(state, owner)
		case "blind":
			a = g.coded("handed in", owner)
			g.Assign(g.t, a.Case.ID, "bert")
		case "readable":
			a = g.coded("handed in", owner)
		}
		return g.coding(a, owner)
	case auth.Comparison:
		return g.compared(state, owner)
	case auth.Case:
		return g.case_(state, owner)
	case auth.Drawn:
		return g.drawn(state)
	case auth.Release:
		return g.release(state)
	case auth.Erasure:
		id := g.one("E")
		g.must(g.Store.AskErasure(ctx, g.People[owner], storetest.Study, id, "Asked for in a test"))
		list, err := g.Store.Erasures(ctx, storetest.Study)
		g.must(err)
		switch state {
		case "asked on hold":
			g.must(g.Store.SetHold(ctx, petra, storetest.Study, id, "Held in a test"))
		case "confirmed":
			_, err = g.Store.ConfirmErasure(ctx, petra, storetest.Study, list[0].ID, store.Deleting{})
			g.must(err)
		case "withdrawn":
			g.must(g.Store.WithdrawErasure(ctx, petra, storetest.Study, list[0].ID))
		}
		return staged{owner: owner, path: strings.NewReplacer(":erasure", fmt.Sprint(list[0].ID))}
	case auth.Plan:
		g.must(g.Store.PlanDeletion(ctx, daan, store.RetentionPlan{Study: storetest.Study, Basis: store.OnDate, DueOn: "2040-01-01", Reason: "Planned in a test"}))
		list, err := g.Store.RetentionPlans(ctx, storetest.Study)
		g.must(err)
		if state == "ended" {
			g.must(g.Store.WithdrawPlan(ctx, daan, storetest.Study, list[0].ID))
		}
		return staged{path: strings.NewReplacer(":plan", fmt.Sprint(list[0].ID))}
	case auth.Hold:
		g.must(g.Store.SetHold(ctx, petra, storetest.Study, g.one("L"), "Held in a test"))
		list, err := g.Store.Holds(ctx, storetest.Study)
		g.must(err)
		if state == "lifted" {
			g.must(g.Store.LiftHold(ctx, petra, storetest.Study, list[0].ID))
		}
		return staged{path: strings.NewReplacer(":hold", fmt.Sprint(list[0].ID))}
	case auth.Token:
		_, err := g.Store.NewToken(ctx, mona, storetest.Study, "A program", time.Hour)
		g.must(err)
		list, err := g.Store.Tokens(ctx, storetest.Study)
		g.must(err)
		if state == "ended" {
			g.must(g.Store.RevokeToken(ctx, mona, storetest.Study, list[0].ID))
		}
		return staged{path: strings.NewReplacer(":number", fmt.Sprint(list[0].ID))}
	}
	g.t.Fatalf("no object of the kind %q can be made", kind)
	return staged{}
}

// practised is a coding of a practice case.
func (g *stages) practised(handedIn bool, owner string) annotations.Assignment {
	ctx, lena := g.t.Context(), g.People["lena"]
	if err := g.Store.CreateRound(ctx, lena, storetest.Study, annotations.Round{Name: "practice", Kind: annotations.Training}); err != nil && !strings.Contains(err.Error(), "taken") {
		g.t.Fatal(err)
	}
	id := g.one("P")
	answers := codebook.Answers{}
	for variable, text := range storetest.Answers {
		answers[variable] = codebook.Answer{Value: text}
	}
	_, _, err := g.Store.ImportCodings(ctx, g.People["daan"], storetest.Study, []store.ImportedCoding{{Case: id, Answers: answers}}, false, nil)
	g.must(err)
	g.must(g.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: id, Coder: g.People[owner].ID, Round: "practice"}}))
	mine, err := g.Store.MyAssignments(ctx, g.People[owner], storetest.Study)
	g.must(err)
	for _, a := range mine {
		if a.Case.ID == id {
			if handedIn {
				g.Fill(g.t, a, owner, nil)
			}
			return a
		}
	}
	g.t.Fatalf("%s has no practice", owner)
	return annotations.Assignment{}
}

// compared is a case of owner's and bert's, who differ.
func (g *stages) compared(state auth.State, owner string) staged {
	ctx, lena := g.t.Context(), g.People["lena"]
	a := g.coded("handed in", owner)
	if state == "out" {
		g.Assign(g.t, a.Case.ID, "bert")
	} else {
		g.Code(g.t, a.Case.ID, "bert", map[string]string{"quality": "poor"})
	}
	if state == "opened" {
		g.must(g.Store.OpenComparison(ctx, lena, storetest.Study, a.Case.ID))
	}
	return staged{owner: owner + " bert", path: strings.NewReplacer(":case", string(a.Case.ID), ":variable", "quality"),
		form: url.Values{"variable": {"quality"}, "choice": {"0"}, "revision": {"1"}, "reason": {"the slip says so"}, "cause": {"interpretation"}}}
}

// case_ is a case in a state; where it is coded, by owner.
func (g *stages) case_(state auth.State, owner string) staged {
	ctx := g.t.Context()
	id, by := annotations.CaseID(""), ""
	switch state {
	case "screening":
		g.made++
		id = annotations.CaseID(fmt.Sprintf("H-%03d", g.made))
		in := g.Case(g.t, id, "W1", fmt.Sprintf("The bicycle came in, note %d.\n", g.made))
		text := foundIn + fmt.Sprint(g.made, "\n")
		sum := sha256.Sum256([]byte(text))
		in.Held = []annotations.Held{{Number: 2, Type: "slip", Text: text, SHA256: hex.EncodeToString(sum[:]), Findings: new(screening.Screener).Scan(text)}}
		g.Import(g.t, storetest.Study, in)
	case "released":
		id = g.one("S")
	case "dropped":
		s := g.drawn("dropped")
		id = annotations.CaseID(s.form.Get("case"))
	default:
		by = owner
		kind := auth.State("open")
		if state == "submitted" || state == "comparing" || state == "settled" {
			kind = "handed in"
		}
		a := g.coded(kind, owner)
		id = a.Case.ID
		switch state {
		case "coding":
			g.Save(g.t, a, owner, "damage", "yes_clear")
		case "submitted":
			g.Assign(g.t, id, "anna")
		case "comparing":
			g.Code(g.t, id, "anna", map[string]string{"quality": "poor"})
		}
		if state == "submitted" || state == "comparing" {
			by += " anna"
		}
	}
	c, err := g.Store.Case(ctx, storetest.Study, id)
	g.must(err)
	if auth.State(c.State) != state {
		g.t.Fatalf("case %s is %s, want %s", id, c.State, state)
	}
	return staged{owner: by, path: strings.NewReplacer(":case", string(id)), form: url.Values{"coder": {fmt.Sprint(g.People["bert"].ID)}, "round": {"1"}}}
}

// drawn is a case of the sampling frame.
func (g *stages) drawn(state auth.State) staged {
	ctx := g.t.Context()
	g.made++
	id := annotations.CaseID(fmt.Sprintf("F-%03d", g.made))
	if state == "reserve" {
		id = annotations.CaseID(fmt.Sprintf("G-%03d", g.made))
	}
	switch state {
	case "dropped":
		_, err := g.Store.Drop(ctx, g.People["lena"], storetest.Study, id, annotations.Unusable)
		g.must(err)
	case "erased":
		g.must(g.Store.AskErasure(ctx, g.People["lena"], storetest.Study, id, "Asked for in a test"))
		list, err := g.Store.Erasures(ctx, storetest.Study)
		g.must(err)
		_, err = g.Store.ConfirmErasure(ctx, g.People["petra"], storetest.Study, list[0].ID, store.Deleting{})
		g.must(err)
	}
	return staged{path: strings.NewReplacer(), form: url.Values{"case": {string(id)}, "drop_case": {string(id)}, "reason": {string(annotations.Unusable)}}}
}

// frame gives the study a sampling frame; the cases F were drawn and those of G
// were not.
func (g *stages) frame() {
	var frame []annotations.FrameCase
	var came []annotations.IncomingCase
	for id, region := range map[annotations.CaseID]string{"B-01": "W1", "B-02": "W1", "B-03": "W3", "B-04": "W3"} {
		frame = append(frame, annotations.FrameCase{ID: id, Region: region, Period: "2025-H1"})
	}
	for n := range 40 {
		id := annotations.CaseID(fmt.Sprintf("F-%03d", n+1))
		came = append(came, g.Case(g.t, id, "W1", fmt.Sprintf("The bicycle came in with a bent wheel, note %d.\n", n)))
		frame = append(frame, annotations.FrameCase{ID: id, Region: "W1", Period: "2025-H1"})
		frame = append(frame, annotations.FrameCase{ID: annotations.CaseID(fmt.Sprintf("G-%03d", n+1)), Region: "W1", Period: "2025-H1"})
	}
	g.Import(g.t, storetest.Study, came...)
	_, err := g.Store.SetFrame(g.t.Context(), g.People["daan"], storetest.Study, frame, false)
	g.must(err)
}

var releasePath = regexp.MustCompile(`/releases/([^/]+)$`)

// release is a release in a state, made by mona.
func (g *stages) release(state auth.State) staged {
	g.made++
	more := url.Values{"note": {fmt.Sprint("release ", g.made)}}
	switch state {
	case "embargoed":
		more.Set("embargo", "2040-01-01T00:00")
	default:
		more.Set("embargo", fmt.Sprintf("2020-01-01T%02d:%02d", g.made/60, g.made%60)) // long over: it only makes each another
	}
	at := draft(g.t, g.site, more, "2025-H1")
	approve := func(at string) {
		g.visit(g.t, "lena").post(at+"/approve", nil).want(g.t, "an approval", http.StatusSeeOther)
		g.Clock.Add(time.Minute)
	}
	switch state {
	case "overtaken":
		g.made++
		approve(draft(g.t, g.site, url.Values{"embargo": {fmt.Sprintf("2020-01-01T%02d:%02d", g.made/60, g.made%60)}}, "2025-H1"))
	case "embargoed", "public":
		approve(at)
	}
	id := releasePath.FindStringSubmatch(at)[1]
	return staged{owner: "mona", path: strings.NewReplacer(":release", id, ":file", "observations.csv")}
}
