package exports_test

import (
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
	"github.com/dossierlens/dossierlens/exports"
)

// The steps of a cascade, a count of the numerator of a share, and a measure
// among those who had yes in another are known to belong together.
func TestATableKnowsWhatItsDefinitionsSay(t *testing.T) {
	book, err := builtin.Codebook(builtin.IDs()[0])
	if err != nil {
		t.Fatal(err)
	}
	tally := exports.NewTally(book, nil)
	tally.Add(exports.SettledCase{Region: "VT01", Period: "2025-H1", Statuses: make([]codebook.Status, len(book.Measures))})
	var got []string
	for _, l := range tally.Table().Links {
		text := l.String()
		if l.Same {
			text += " and the other way round"
		}
		got = append(got, text)
	}
	for _, want := range []string{
		"yes of m_vp_2 within yes of m_vp_1", "yes of m_vp within yes of m_vp_2", "no of m_vp_1 within no of m_vp_2",
		"yes of m_oo_12 within yes of m_oo_aantal and the other way round", "inside of m_zp_fasering within yes of m_zp_1",
		"inside of m_vp_zonder within no of m_vp_1",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among the links", want)
		}
	}
	// What follows from two others is not said again.
	if slices.Contains(got, "yes of m_vp within yes of m_vp_1") {
		t.Error("a step is linked across another")
	}
}
