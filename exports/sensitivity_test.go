package exports_test

import (
	"math"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

// The simulation has the mean and the spread that the observed rates give: of
// 2,000 files, half of them yes, 10 % of the yes and 5 % of the no are settled
// otherwise, on 100 codings each. Mean: 0.5·0.90 + 0.5·0.05. Variance: that of
// two Dirichlet rates, p(1−p)/(n+1) each by a quarter, and of the files.
func TestSensitivity(t *testing.T) {
	book := bicycles(t)
	tally := func(codings int) *exports.Tally {
		out := exports.NewTally(book, nil)
		for _, c := range repairs(book, "W1", "2025-H1", 1000, 1000) {
			c.FrameN, c.Codings = 4000, codings
			out.Add(c)
		}
		return out
	}
	errors := exports.CoderError{Measure: "m_repaired", Counts: [3][3]int{{90, 10, 0}, {5, 95, 0}, {0, 0, 0}}}
	got, ok := tally(1).Sensitivity(errors, "2025-H1", "seed")
	if !ok || got.Codings != 200 {
		t.Fatalf("sensitivity %+v, %v", got, ok)
	}
	mean := 100 * (0.5*0.90 + 0.5*0.05)
	half := 100 * 1.96 * math.Sqrt(0.25*0.9*0.1/101+0.25*0.05*0.95/101+(1000*0.09+1000*0.0475)/2000/2000)
	if math.Abs(got.Middle-mean) > 0.25 || math.Abs(got.Low-(mean-half)) > 0.6 || math.Abs(got.High-(mean+half)) > 0.6 {
		t.Errorf("middle %.2f from %.2f to %.2f, want %.2f from %.2f to %.2f", got.Middle, got.Low, got.High, mean, mean-half, mean+half)
	}
	if again, _ := tally(1).Sensitivity(errors, "2025-H1", "seed"); again != got {
		t.Errorf("the same seed gives %+v and then %+v", got, again)
	}
	if other, _ := tally(1).Sensitivity(errors, "2025-H1", "another"); other == got {
		t.Error("another seed gives the same")
	}
	if fixed, ok := tally(2).Sensitivity(errors, "2025-H1", "seed"); !ok || fixed.Low != 50 || fixed.High != 50 {
		t.Errorf("files that two coded are settled anew: %+v", fixed)
	}
	faultless := exports.CoderError{Measure: "m_repaired", Counts: [3][3]int{{60, 0, 0}, {0, 60, 0}, {0, 0, 0}}}
	if none, ok := tally(1).Sensitivity(faultless, "2025-H1", "seed"); !ok || none.Low != 50 || none.High != 50 {
		t.Errorf("without observed error: %+v", none)
	}
	few := exports.CoderError{Measure: "m_repaired", Counts: [3][3]int{{annotations.FewPairs - 1, 0, 0}}}
	if s, ok := tally(1).Sensitivity(few, "2025-H1", "seed"); ok {
		t.Errorf("too few codings give %+v", s)
	}
	if s, ok := tally(1).Sensitivity(errors, "2031-H1", "seed"); ok {
		t.Errorf("a period without cases gives %+v", s)
	}
}

// A coding counts where it and what was settled stand under the measure's own
// policy; only headline shares are followed.
func TestCoderErrors(t *testing.T) {
	book := bicycles(t)
	errors := exports.NewCoderErrors(book)
	status := func(a codebook.Answers) []codebook.Status { return settled(book, "W1", 0, a).Statuses }
	yes, no := repaired("good"), codebook.Answers{"damage": {Value: "yes_clear"}, "repaired": {Value: "no"}}
	none := codebook.Answers{"damage": {Value: "none"}}
	errors.Add(status(yes), status(no))
	errors.Add(status(no), status(no))
	errors.Add(status(no), status(none))
	list := errors.List()
	if len(list) != 1 || list[0].Measure != "m_well" || list[0].Counts != [3][3]int{{0, 1, 0}, {0, 1, 1}, {0, 0, 0}} {
		t.Errorf("errors %+v", list)
	}
}
