package builtin_test

import (
	"math/rand/v2"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
)

// Steps of a cascade lie within each other, and a measure that asks among the
// plans counts what another has found to have one.
func TestWhatLiesWithinWhat(t *testing.T) {
	book, err := builtin.Codebook(builtin.IDs()[0])
	if err != nil {
		t.Fatal(err)
	}
	const yes, no, inside = codebook.EventYes, codebook.EventNo, codebook.EventInside
	for _, row := range []struct {
		a    string
		ea   codebook.Event
		b    string
		eb   codebook.Event
		want bool
	}{
		{"m_vp", yes, "m_vp_2", yes, true},
		{"m_vp_2", yes, "m_vp_1", yes, true},
		{"m_vp", yes, "m_vp_1", yes, true},
		{"m_vp_1", yes, "m_vp", yes, false},
		{"m_vp_1", no, "m_vp_2", no, true},
		{"m_zp_2", yes, "m_zp_risico", yes, true},
		{"m_zp_risico", yes, "m_zp_herstel", yes, false},
		{"m_vp_zonder", inside, "m_vp_1", no, true},
		{"m_zp_fasering", inside, "m_zp_1", yes, true},
		{"m_oo_aantal", yes, "m_oo_12", yes, true},
		{"m_oo_12", no, "m_oo_aantal", no, true},
		{"m_oo_hermelding", inside, "m_oo_12", yes, false}, // another exclude
		{"m_cr", yes, "m_cr_plan", yes, true},
		{"m_pr_mdapp", yes, "m_cr", yes, false},
	} {
		if got := book.Nested(book.Measure(row.a), row.ea, book.Measure(row.b), row.eb); got != row.want {
			t.Errorf("%s %d within %s %d: %v, want %v", row.a, row.ea, row.b, row.eb, got, row.want)
		}
	}
}

// What is said to lie within lies within, whatever is answered.
func TestNestedIsTrueOfEveryCase(t *testing.T) {
	book, err := builtin.Codebook(builtin.IDs()[0])
	if err != nil {
		t.Fatal(err)
	}
	events := []codebook.Event{codebook.EventYes, codebook.EventNo, codebook.EventInside}
	type pair struct {
		a, b   int
		ea, eb codebook.Event
	}
	var pairs []pair
	for i, a := range book.Measures {
		for j, b := range book.Measures {
			for _, ea := range events {
				for _, eb := range events {
					// By its include alone a case may still be outside.
					if i != j && eb != codebook.EventInside && book.Nested(a, ea, b, eb) {
						pairs = append(pairs, pair{i, j, ea, eb})
					}
				}
			}
		}
	}
	if len(pairs) < 40 {
		t.Errorf("only %d pairs were found to lie within each other", len(pairs))
	}
	in := func(s codebook.Status, e codebook.Event) bool {
		switch e {
		case codebook.EventYes:
			return s.Kind == codebook.StatusYes
		case codebook.EventNo:
			return s.Kind == codebook.StatusNo
		}
		return s.Kind == codebook.StatusYes || s.Kind == codebook.StatusNo || s.Kind == codebook.StatusUnknown
	}
	random := rand.New(rand.NewPCG(4, 7))
	met := map[pair]bool{}
	for range 3000 {
		answers := codebook.Answers{}
		missing := random.Float64() * 0.3
		for _, v := range book.Variables() {
			switch options := book.Options(v, ""); {
			case random.Float64() < missing && len(v.Missing) > 0:
				answers[v.ID] = codebook.Answer{Missing: v.Missing[random.IntN(len(v.Missing))]}
			case len(options) > 0:
				answers[v.ID] = codebook.Answer{Value: options[random.IntN(len(options))].Code}
			case v.Type == codebook.TypeNumber:
				answers[v.ID] = codebook.Answer{Value: []string{"0", "1", "3", "13", "20"}[random.IntN(5)]}
			}
		}
		if v := book.Variable("bg_dossierkwaliteit"); v != nil && random.Float64() < 0.9 {
			answers[v.ID] = codebook.Answer{Value: book.Options(v, "")[0].Code}
		}
		statuses := book.Statuses(book.Effective(answers))
		for _, p := range pairs {
			if !in(statuses[p.a], p.ea) {
				continue
			}
			met[p] = true
			if !in(statuses[p.b], p.eb) {
				t.Fatalf("%s is %v, and %s is %v; the one was said to lie within the other (%d in %d)",
					book.Measures[p.a].ID, statuses[p.a], book.Measures[p.b].ID, statuses[p.b], p.ea, p.eb)
			}
		}
	}
	if len(met) < len(pairs)/2 {
		t.Errorf("only %d of %d pairs came to the test", len(met), len(pairs))
	}
}
