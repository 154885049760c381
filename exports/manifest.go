package exports

import (
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// ManifestFile is the public file that says how the others were made.
const ManifestFile = "manifest.json"

// A Manifest says how a release was made, for everybody. Sample sizes, weights
// and reasons of hiding are not in it.
type Manifest struct {
	Format     string           `json:"format"`
	Release    string           `json:"release"`
	Tool       string           `json:"tool"`
	Study      string           `json:"study"`
	Title      string           `json:"title"`
	AsOf       string           `json:"as_of"`
	Codebook   CodebookName     `json:"codebook"`
	Breakdowns []string         `json:"breakdowns"`
	Regions    []string         `json:"regions"`
	Periods    []ReleasedPeriod `json:"periods"`
	Profile    disclosure.Rule  `json:"profile"`
	Notes      []string         `json:"notes"`
	Gate       Gate             `json:"gate"`
	Verdicts   []Verdict        `json:"verdicts"`
	Undefined  []UndefinedNote  `json:"undefined"` // measures that could not be computed
	Level      float64          `json:"ci_level"`
	Methods    []string         `json:"ci_methods"`
	Weighted   bool             `json:"weighted"`
	Design     *DesignNote      `json:"design,omitempty"` // beside strata
	Symbols    Symbols          `json:"symbols,omitempty"`
	Contact    string           `json:"contact,omitempty"`
	Embargo    string           `json:"embargo"`
	Previous   string           `json:"previous"`
	Inputs     string           `json:"inputs_sha256"`
	Proof      ProofNote        `json:"certificate"`
	Files      []FileNote       `json:"files"`
}

// A DesignNote says what figures rest on beside the strata of the sample.
type DesignNote struct {
	Organisations bool         `json:"organisations_as_clusters"`
	Variable      string       `json:"poststratified_by,omitempty"`
	Periods       []Adjustment `json:"periods,omitempty"` // where weights are scaled to totals, and where not
}

// An UndefinedNote says why a measure has no figures.
type UndefinedNote struct {
	Measure string `json:"measure"`
	Reason  string `json:"reason"`
}

// A ProofNote says what was proven of the hidden cells. The certificate itself
// holds true counts and stays inside.
type ProofNote struct {
	SHA256    string `json:"sha256"`
	Sensitive int    `json:"sensitive_counts"` // that cannot be worked out
	// LeastWidth is how wide the interval of a sensitive count is at least,
	// to whoever knows everything that was published; 0 without any.
	LeastWidth int64 `json:"narrowest_interval"`
	Hidden     int   `json:"hidden_cells"`
	Shown      int   `json:"shown_cells"`
}

// A FileNote is a public file of the release.
type FileNote struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

// manifest describes r, whose other files are written.
func (r *Release) manifest(book *codebook.Codebook) Manifest {
	t := r.Terms
	m := Manifest{Format: t.Format, Release: r.ID, Tool: t.Tool, Study: t.Study, Title: t.Title, AsOf: t.AsOf, Codebook: t.Codebook, Breakdowns: t.Breakdowns, Regions: []string{}, Periods: t.Periods,
		Profile: t.Profile, Notes: append([]string{}, r.Released.Notes()...), Gate: t.Gate, Verdicts: t.Verdicts, Undefined: []UndefinedNote{},
		Level: Level, Symbols: t.Symbols, Contact: t.Contact, Embargo: t.Embargo, Previous: t.Previous}
	p := Publication{Observations: r.Observations}
	m.Regions = append(m.Regions, p.distinct(func(o Observation) string { return o.Region })...)
	m.Methods = append([]string{}, p.distinct(func(o Observation) string { return o.Method })...)
	for _, o := range r.Observations {
		m.Weighted = m.Weighted || o.Population != nil
	}
	if t.Design.On() {
		// In which class or region a total is missing stays inside.
		m.Design = &DesignNote{Organisations: t.Design.Organisation != "", Variable: t.Design.Variable}
		for _, a := range r.Table.Adjustments {
			m.Design.Periods = append(m.Design.Periods, Adjustment{Period: a.Period, Why: a.Why})
		}
	}
	for _, measure := range book.Measures {
		if why := book.Undefined(measure); why != "" {
			m.Undefined = append(m.Undefined, UndefinedNote{measure.ID, why})
		}
	}
	m.Proof = r.proof()
	for _, f := range r.Files {
		switch {
		case f.Name == InputsFile:
			m.Inputs = f.SHA256()
		case !f.Inside && f.Name != ManifestFile:
			m.Files = append(m.Files, FileNote{f.Name, f.SHA256(), len(f.Content)})
		}
	}
	return m
}

// proof says what the certificate, which is written, proves.
func (r *Release) proof() (note ProofNote) {
	sensitive := map[string]bool{}
	for _, p := range r.Released.Certificate().Proofs {
		sensitive[p.Cell] = true
		if note.LeastWidth == 0 || p.Threshold < note.LeastWidth {
			note.LeastWidth = p.Threshold
		}
	}
	note.Sensitive = len(sensitive)
	for c := range r.Released.Cells() {
		if c.Hidden {
			note.Hidden++
		} else {
			note.Shown++
		}
	}
	for _, f := range r.Files {
		if f.Name == CertificateFile {
			note.SHA256 = f.SHA256()
		}
	}
	return note
}
