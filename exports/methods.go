package exports

import (
	"encoding/json"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// Methods are what the method annex of a release tells beside its figures: the
// facts of the study as they were when the release was made. They are frozen
// with it, for agreement and sample go on changing.
type Methods struct {
	// Strata are those of the sample, empty if none was drawn from a frame.
	// Their sizes stay inside; the annex tells the sums.
	Strata []annotations.SampleStratum `json:"strata"`
	Files  []PeriodFiles               `json:"files"` // of each released period
	// Coders and Double are how many people coded cases that another coded as
	// well, and how many cases that are.
	Coders    int             `json:"coders"`
	Double    int             `json:"double"`
	Agreement []AgreementFact `json:"agreement"` // in codebook order
	Errors    []CoderError    `json:"errors"`    // of each headline share
	Since     *CodebookSince  `json:"since"`     // nil for a first release
}

// PeriodFiles are the case files of a period that are in the study and those
// of them that are settled.
type PeriodFiles struct {
	Period  string `json:"period"`
	Files   int    `json:"files"`
	Settled int    `json:"settled"`
}

// An AgreementFact is how far coders agreed on one variable. What is not
// defined is nil.
type AgreementFact struct {
	Variable    string   `json:"variable"`
	Pairs       int      `json:"pairs"` // of values
	Percent     *float64 `json:"percent"`
	Coefficient string   `json:"coefficient"` // gwet_ac or krippendorff_alpha
	Value       *float64 `json:"value"`
	Lower       *float64 `json:"lower"`
	Upper       *float64 `json:"upper"`
}

// CodebookSince is how the codebook changed since the release before.
type CodebookSince struct {
	Version string            `json:"version"`
	Changes []codebook.Change `json:"changes"`
}

// FactOf takes from the agreement on a variable what the annex tells: Gwet's
// AC, or Krippendorff's alpha where there is none.
func FactOf(a annotations.VariableAgreement) AgreementFact {
	f := AgreementFact{Variable: a.Variable.ID, Pairs: a.Layers.Values, Coefficient: GwetAC}
	if p := a.Headline.Percent; p.Measure != "" && p.Undefined == nil {
		f.Percent = &p.Value
	}
	r := a.Headline.AC
	if r.Measure == "" {
		r, f.Coefficient = a.Headline.Alpha, KrippendorffAlpha
	}
	if r.Measure != "" && r.Undefined == nil {
		f.Value = &r.Value
		if r.Interval != nil {
			f.Lower, f.Upper = &r.Interval.Lower, &r.Interval.Upper
		}
	}
	return f
}

func readMethods(raw []byte) (m Methods, err error) {
	return m, json.Unmarshal(raw, &m)
}
