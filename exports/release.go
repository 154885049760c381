package exports

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// ReleaseFormat names how a release is made of its inputs. It changes when
// the same inputs would give other files.
const ReleaseFormat = "dossierlens-release/4"

// The stages of a figure. A provisional figure of a later vintage is further
// provisional.
const (
	StageProvisional = "P"
	StageFinal       = "A"
)

// FootnoteAgreement marks a figure of an indicator that did not pass the gate.
const FootnoteAgreement = "f4"

// Terms are all that a release rests on beside the cases. They say nothing of
// who made it and when, so that the same inputs give the same bytes.
type Terms struct {
	Format     string           `json:"format"`
	Study      string           `json:"study"`
	Title      string           `json:"title"` // of the study
	AsOf       string           `json:"as_of"` // RFC 3339 in UTC: when the last coding of its cases was handed in
	Tool       string           `json:"tool"`  // version of the program
	Codebook   CodebookName     `json:"codebook"`
	Breakdowns []string         `json:"breakdowns"`
	Design     Design           `json:"design,omitzero"`
	Periods    []ReleasedPeriod `json:"periods"` // by code; all regions are in every release
	Profile    disclosure.Rule  `json:"profile"`
	Gate       Gate             `json:"gate"`
	Verdicts   []Verdict        `json:"verdicts"` // as agreement was when the release was made
	Embargo    string           `json:"embargo"`  // RFC 3339 in UTC, empty for none
	Previous   string           `json:"previous"` // id of the approved release before it, empty for the first
	Methods    string           `json:"methods"`  // SHA-256 of the frozen facts of the annex
	Symbols    Symbols          `json:"symbols,omitempty"`
	Contact    string           `json:"contact,omitempty"` // whom readers can ask
}

// A CodebookName says which codebook is meant, a study's own lists included.
type CodebookName struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Hash    string `json:"hash"`
}

// A ReleasedPeriod is a period of a release and how final its figures are.
// "2025" holds the cases of 2025-H1 and 2025-H2.
type ReleasedPeriod struct {
	Period  string `json:"period"`
	Stage   string `json:"stage"` // P or A
	Vintage int    `json:"vintage"`
}

// Covers reports whether cases of a period count in period p.
func (p ReleasedPeriod) Covers(period string) bool {
	return period == p.Period || strings.HasPrefix(period, p.Period+"-")
}

// A File is one file of a release.
type File struct {
	Name    string
	Content []byte
	// Inside files hold true counts, or say why a cell is hidden, and are not
	// handed out.
	Inside bool
}

// SHA256 returns the hash of the content in hexadecimal.
func (f File) SHA256() string { return hash(f.Content) }

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// The files that every release has.
const (
	TermsFile        = "release.json"
	CodebookFile     = "codebook.json"
	InputsFile       = "inputs.csv"
	MethodsFile      = "methods.json"
	LedgerFile       = "ledger.json"
	CertificateFile  = "certificate.json"
	HiddenFile       = "hidden.json"
	ObservationsFile = "observations.csv"
	ObservationsJSON = "observations.json"
)

// A Release is a snapshot of estimates after disclosure control, with the
// frozen inputs from which each of its cells can be computed again.
type Release struct {
	ID    string // first 16 hexadecimal digits of the SHA-256 of terms and inputs
	Terms Terms
	Files []File

	// What the files were written from. Table holds true counts.
	Table        Table
	Released     disclosure.Released
	Observations []Observation
	Sensitivity  []Sensitivity // of national headline shares, hidden ones too
}

// Freeze makes a release of cases, which come by pseudonym. Only those of the
// periods in the terms are taken. Methods are the facts for the annex, and
// before is the ledger of the release that terms.Previous names. Without a certificate there is no release: the error
// is then [disclosure.ErrNoCertificate].
func Freeze(ctx context.Context, terms Terms, book *codebook.Codebook, methods Methods, cases iter.Seq2[SettledCase, error], before disclosure.Ledger) (*Release, error) {
	facts, err := indented(methods)
	if err != nil {
		return nil, err
	}
	terms.Format, terms.Methods = ReleaseFormat, hash(facts)
	terms.Codebook = CodebookName{book.ID, book.Version, book.Hash()}
	terms.Breakdowns = append([]string{}, terms.Breakdowns...)
	terms.Verdicts = append([]Verdict{}, terms.Verdicts...)
	terms.Periods = slices.SortedFunc(slices.Values(terms.Periods), func(a, b ReleasedPeriod) int { return cmp.Compare(a.Period, b.Period) })
	inputs, err := writeInputs(book, terms.Design.variables(terms.Breakdowns), func(yield func(SettledCase, error) bool) {
		for c, err := range cases {
			inScope := slices.ContainsFunc(terms.Periods, func(p ReleasedPeriod) bool { return p.Covers(c.Period) })
			if (err != nil || inScope) && !yield(c, err) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return compute(ctx, terms, book, facts, inputs, before)
}

// compute makes the files of a release of its frozen inputs.
func compute(ctx context.Context, terms Terms, book *codebook.Codebook, facts, inputs []byte, before disclosure.Ledger) (*Release, error) {
	r := &Release{Terms: terms}
	methods, err := readMethods(facts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", MethodsFile, err)
	}
	written, err := indented(terms)
	if err != nil {
		return nil, err
	}
	r.ID = hash(slices.Concat(written, inputs))[:16]
	tally := NewTally(book, terms.Breakdowns).Under(terms.Design)
	for c, err := range readInputs(book, terms.Design.variables(terms.Breakdowns), inputs) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", InputsFile, err)
		}
		if c.Stratum == "" {
			c.Stratum = c.Region + " " + c.Period
		}
		period := c.Period
		for _, p := range terms.Periods {
			if p.Covers(period) {
				c.Period = p.Period
				tally.Add(c)
			}
		}
	}
	r.Table = tally.Table()
	r.Table.Before = before
	terms.complete(&r.Table)
	if r.Released, err = terms.Profile.Apply(ctx, r.Table.Table); err != nil {
		return nil, err
	}
	r.Observations = terms.observations(r.Released, r.Table)
	r.Sensitivity = tally.Sensitivities(methods.Errors, terms.Periods, r.ID)
	return r, r.write(written, book, methods, facts, inputs)
}

// complete puts in the table what the attacker knows of its shape. The cells of
// blocked indicators are hidden as ones that say too little: nothing about
// people has to be kept from view in them, and what was published of them
// before cannot be taken back.
func (t Terms) complete(table *Table) {
	table.complete()
	for i, c := range table.Cells {
		if t.verdict(table.Book, c.Measure).State == Blocked {
			table.Cells[i].Unreliable = true
		}
	}
}

// complete adds to the periods and regions of the table those of earlier
// releases, and which periods make up a year.
func (t *Table) complete() {
	for _, f := range t.Before.Facts {
		if !slices.ContainsFunc(t.Periods, func(n disclosure.Node) bool { return n.Code == f.Period }) {
			t.Periods = append(t.Periods, disclosure.Node{Code: f.Period})
		}
		if !slices.ContainsFunc(t.Regions, func(n disclosure.Node) bool { return n.Code == f.Region }) {
			t.Regions = append(t.Regions, disclosure.Node{Code: f.Region, Parent: Nation})
		}
	}
	for i, n := range t.Periods {
		for _, year := range t.Periods {
			if year.Code != n.Code && (ReleasedPeriod{Period: year.Code}).Covers(n.Code) {
				t.Periods[i].Parent = year.Code
			}
		}
	}
}

// verdict returns what the gate says of the indicator of a measure.
func (t Terms) verdict(book *codebook.Codebook, measure string) Verdict {
	indicator := book.Measure(measure).Indicator
	for _, v := range t.Verdicts {
		if v.Indicator == indicator {
			return v
		}
	}
	return Verdict{State: Passed}
}

// observations returns the rows with the stage of their period, and a footnote
// where the gate was not passed.
func (t Terms) observations(released disclosure.Released, table Table) []Observation {
	rows := Observations(released, table, Stage{Status: StageProvisional, Vintage: 1})
	for i := range rows {
		o := &rows[i]
		for _, p := range t.Periods {
			if p.Period == o.Period {
				o.Vintage = p.Vintage
				if o.ObsStatus == StageProvisional {
					o.ObsStatus = p.Stage
				}
			}
		}
		if o.Value != nil && t.verdict(table.Book, o.Indicator).State == Provisional {
			o.Footnotes = strings.TrimPrefix(o.Footnotes+" "+FootnoteAgreement, " ")
			if o.ObsStatus == StageFinal {
				o.ObsStatus = StageProvisional
			}
		}
	}
	return rows
}

// A HiddenReport is for those who decide on a release.
type HiddenReport struct {
	Hidden   []disclosure.Hidden  `json:"hidden"`
	Warnings []disclosure.Warning `json:"warnings"`
	Notes    []string             `json:"notes"`
}

// hidden returns why each cell is hidden. What the gate hides and nothing else
// would is a decision, though disclosure control knows no such reason.
func (r *Release) hidden() []disclosure.Hidden {
	list := r.Released.Audit()
	for i, h := range list {
		if h.Reason == disclosure.Reliability && r.Terms.verdict(r.Table.Book, h.Measure).State == Blocked {
			list[i].Reason = disclosure.LeadDecision
		}
	}
	return list
}

// write makes the files of the release.
func (r *Release) write(terms []byte, book *codebook.Codebook, methods Methods, facts, inputs []byte) error {
	var failed []error
	write := func(v any) []byte {
		b, err := indented(v)
		failed = append(failed, err)
		return b
	}
	var table, rows bytes.Buffer
	failed = append(failed, WriteObservationsCSV(&table, r.Observations), WriteObservationsJSON(&rows, r.Observations))
	r.Files = []File{
		{TermsFile, terms, true},
		{CodebookFile, book.Canonical(), true},
		{InputsFile, inputs, true},
		{MethodsFile, facts, true},
		{LedgerFile, write(r.Released.Ledger()), true},
		{CertificateFile, write(r.Released.Certificate()), true},
		{HiddenFile, write(HiddenReport{r.hidden(), r.Released.Warnings(), r.Released.Notes()}), true},
		{ObservationsFile, table.Bytes(), false},
		{ObservationsJSON, rows.Bytes(), false},
	}
	for _, lang := range []string{"nl", "en"} {
		annex := r.annex(book, methods, lang)
		var page, document bytes.Buffer
		failed = append(failed, WriteHTML(&page, annex), WriteDOCX(&document, annex, r.Terms.asOf()))
		r.Files = append(r.Files, File{"annex-" + lang + ".html", page.Bytes(), false}, File{"annex-" + lang + ".docx", document.Bytes(), false})
	}
	r.Files = append(r.Files, File{ManifestFile, write(r.manifest(book)), false})
	return errors.Join(failed...)
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(v)
	return b.Bytes(), err
}
