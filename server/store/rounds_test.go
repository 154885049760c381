package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// key returns the message of a refusal, or the error.
func key(err error) string {
	if invalid, ok := errors.AsType[*annotations.InvalidError](err); ok {
		return invalid.Key
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func decision(variable, value string) annotations.Decision {
	return annotations.Decision{Variable: variable, Answer: codebook.Answer{Value: value}, Cause: annotations.Causes[0], Reason: "read again"}
}

// A practice case belongs to no figure, goes to no other round, and no case of
// the sample or of the work becomes one.
func TestPracticeStaysApart(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	lena := w.People["lena"]
	if err := w.Store.CreateRound(ctx, lena, storetest.Study, annotations.Round{Name: "oefenen", Kind: annotations.Training}); err != nil {
		t.Fatal(err)
	}
	give := func(id annotations.CaseID, coder, round string) error {
		return w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: id, Coder: w.People[coder].ID, Round: round}})
	}
	w.Code(t, "B-01", "anna", nil)
	frame := []annotations.FrameCase{{ID: "B-01", Region: "W1", Period: "2025-H1"}, {ID: "B-02", Region: "W1", Period: "2025-H1"}}
	if got := key(give("B-01", "bert", "oefenen")); got != "assign.case.in_use" {
		t.Errorf("a case of the work becomes practice: %q", got)
	}
	if err := give("B-03", "anna", "oefenen"); err != nil {
		t.Fatal(err)
	}
	if got := key(give("B-03", "bert", "1")); got != "assign.case.practice" {
		t.Errorf("a practice case goes into production: %q", got)
	}
	if got := key(give("B-02", "bert", "elsewhere")); got != "assign.round.unknown" {
		t.Errorf("a round that is not there: %q", got)
	}
	w.Import(t, storetest.Study, w.Case(t, "B-05", "W1"))
	// Practice cases need not stand in the frame, all others must.
	if err := give("B-05", "anna", "oefenen"); err != nil {
		t.Fatal(err)
	}
	if err := give("B-04", "anna", "oefenen"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.SetFrame(ctx, w.People["daan"], storetest.Study, frame, false); err != nil {
		t.Fatal(err)
	}
	if got := key(give("B-02", "bert", "oefenen")); got != "assign.case.sampled" {
		t.Errorf("a case of the sample becomes practice: %q", got)
	}
	counts, err := w.Store.CaseCounts(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range counts {
		n += c.N
	}
	if n != 2 {
		t.Errorf("%d cases are counted, want the 2 that are no practice", n)
	}
}

// Whoever settled differences of a case, or read a coding of it as lead, does
// not get it to code; whoever has it or had it does not settle it.
func TestAdjudicatorIsNoCoder(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	w.Member(t, "lena", auth.Coder)
	w.Member(t, "anna", auth.Lead)
	lena, anna := w.People["lena"], w.People["anna"]
	give := func(id annotations.CaseID, coder string) error {
		return w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{{Case: id, Coder: w.People[coder].ID}})
	}
	// anna is a coder of B-01 and a lead as well.
	w.Code(t, "B-01", "anna", nil)
	w.Code(t, "B-01", "bert", map[string]string{"quality": "poor"})
	if err := w.Store.OpenComparison(ctx, anna, storetest.Study, "B-01"); !errors.Is(err, annotations.ErrDenied) {
		t.Errorf("a coder of the case opens its comparison: %v", err)
	}
	if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-01"); err != nil {
		t.Fatal(err)
	}
	decide := func(who string) error {
		_, err := w.Store.Decide(ctx, w.People[who], storetest.Study, "B-01", decision("quality", "fair"))
		return err
	}
	if err := decide("anna"); !errors.Is(err, annotations.ErrDenied) {
		t.Errorf("a coder of the case settles it: %v", err)
	}
	if err := w.Store.SetPanel(ctx, lena, storetest.Study, true); err != nil {
		t.Fatal(err)
	}
	if err := decide("anna"); !errors.Is(err, annotations.ErrDenied) {
		t.Errorf("a coder of the case votes in the panel: %v", err)
	}
	if err := decide("lena"); err != nil {
		t.Fatal(err)
	}
	if got := key(give("B-01", "lena")); got != "assign.coder.knows" {
		t.Errorf("who votes on a case gets it to code: %q", got)
	}
	// lena reads the coding of B-02 as lead, and is not blind any more.
	a := w.Code(t, "B-02", "anna", nil)
	if _, _, err := w.Store.ReviewedCoding(ctx, lena, storetest.Study, a.ID); err != nil {
		t.Fatal(err)
	}
	if got := key(give("B-02", "lena")); got != "assign.coder.knows" {
		t.Errorf("who read a coding of a case gets it to code: %q", got)
	}
	// A case that was recalled from somebody is not theirs to settle either.
	w.Code(t, "B-03", "bert", nil)
	w.Code(t, "B-03", "cees", map[string]string{"quality": "poor"})
	had := w.Assign(t, "B-03", "anna")
	if err := w.Store.Withdraw(ctx, lena, storetest.Study, had.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.OpenComparison(ctx, anna, storetest.Study, "B-03"); !errors.Is(err, annotations.ErrDenied) {
		t.Errorf("who had the case opens its comparison: %v", err)
	}
}

// A case gets one more coder at any time, also after its differences were
// settled; that coding counts as independent, and what was settled stays.
func TestDoubleCodingAtAnyTime(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	lena := w.People["lena"]
	w.Code(t, "B-01", "anna", nil)
	w.Code(t, "B-01", "bert", map[string]string{"quality": "poor"})
	if err := w.Store.OpenComparison(ctx, lena, storetest.Study, "B-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Decide(ctx, lena, storetest.Study, "B-01", decision("quality", "fair")); err != nil {
		t.Fatal(err)
	}
	w.Code(t, "B-01", "cees", map[string]string{"minutes": "90"})
	c, err := w.Store.Case(ctx, storetest.Study, "B-01")
	if err != nil || c.State != annotations.Comparing {
		t.Errorf("with a third coding that differs the case is %s, %v; want comparing", c.State, err)
	}
	for k, err := range w.Store.Independent(ctx, storetest.Study) {
		if err != nil {
			t.Fatal(err)
		}
		if len(k.Codings) != 3 {
			t.Errorf("%d codings are independent, want 3", len(k.Codings))
		}
	}
	st, err := w.Store.Settlement(ctx, storetest.Study, "B-01")
	if err != nil || st.Answers["quality"].Value != "fair" || len(st.Open) != 1 || st.Open[0] != "minutes" {
		t.Errorf("settled are %v, open %v, %v; want fair and minutes open", st.Answers["quality"], st.Open, err)
	}
}

// A round tells how far it is and what is late, by its days or its last day.
func TestRoundsTellWhatIsLate(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	lena := w.People["lena"]
	// The clock begins on 5 January 2026.
	for _, r := range []annotations.Round{
		{Name: "ten days", Kind: annotations.Pilot, Days: 10},
		{Name: "dated", Kind: annotations.Production, Deadline: time.Date(2026, 1, 7, 0, 0, 0, 0, time.UTC)},
	} {
		if err := w.Store.CreateRound(ctx, lena, storetest.Study, r); err != nil {
			t.Fatal(err)
		}
	}
	for _, wrong := range []annotations.Round{{Name: "dated", Kind: annotations.Pilot}, {Kind: annotations.Pilot}, {Name: "x", Kind: "other"}, {Name: "x", Kind: annotations.Pilot, Days: -1}} {
		if err := w.Store.CreateRound(ctx, lena, storetest.Study, wrong); key(err) == "" {
			t.Errorf("round %+v was made", wrong)
		}
	}
	for i, n := range []store.NewAssignment{{Case: "B-01", Round: "ten days"}, {Case: "B-02", Round: "dated"}, {Case: "B-03"}} {
		n.Coder = w.People[[]string{"anna", "anna", "bert"}[i]].ID
		if err := w.Store.Assign(ctx, lena, storetest.Study, []store.NewAssignment{n}); err != nil {
			t.Fatal(err)
		}
	}
	late := func(want string) {
		t.Helper()
		rounds, err := w.Store.Rounds(ctx, storetest.Study)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, r := range rounds {
			if r.Given > 0 && r.Overdue == r.Given {
				got += r.Name + " "
			}
		}
		mine, err := w.Store.MyAssignments(ctx, w.People["anna"], storetest.Study)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range mine {
			if a.Overdue(w.Clock.Now()) {
				got += string(a.Case.ID) + " "
			}
		}
		if got != want {
			t.Errorf("late are %q, want %q", got, want)
		}
	}
	late("")
	w.Clock.Add(2*24*time.Hour + 14*time.Hour) // 7 January, 23:00
	late("")
	w.Clock.Add(time.Hour)
	late("dated B-02 ")
	w.Clock.Add(8 * 24 * time.Hour)
	late("ten days dated B-01 B-02 ")
	if err := w.Store.SetRoundLimits(ctx, lena, storetest.Study, annotations.Round{Name: "dated", Deadline: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	late("ten days B-01 ")
}
