package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/exports/xlsx"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// The profiles of disclosure control that a release can be made under.
var profiles = []disclosure.Rule{disclosure.Steekproef(), disclosure.Register()}

// A ReleaseRequest is what a person asks to be released: all regions, for some
// periods.
type ReleaseRequest struct {
	Study     string
	Stages    map[string]string // by period: P or A
	Profile   string            // steekproef or register
	Symbols   exports.Symbols   // in the workbooks
	Embargo   time.Time         // zero for none
	Contact   string            // whom readers can ask, empty for nobody
	Overrides map[string]string // by indicator that the gate blocks: why it is published all the same
	Tool      string            // version of the program, which the release tells
}

// maxContact is how long a contact may be, in characters.
const maxContact = 200

// renderings are the further public files that a release keeps, made of the
// same rows.
var renderings = []exports.Rendering{
	exports.Package,
	{Name: "workbook.xlsx", Write: func(w io.Writer, p exports.Publication) error { return xlsx.WriteIndicators(w, p, "nl") }},
	{Name: "workbook-en.xlsx", Write: func(w io.Writer, p exports.Publication) error { return xlsx.WriteIndicators(w, p, "en") }},
}

// CreateRelease freezes figures of the settled cases of a study, keeps them as
// a draft, and returns its id. It is protected against every release that was
// approved before. Where the counts of classes are too small to be protected it
// is undivided: it is made without figures by class.
func CreateRelease(ctx context.Context, s *store.Store, who auth.Actor, req ReleaseRequest) (id string, undivided bool, err error) {
	b, err := releaseTerms(ctx, s, req)
	if err != nil {
		return "", false, err
	}
	cases, err := countedCases(ctx, s, req.Study, b.terms.Design)
	if err != nil {
		return "", false, err
	}
	freeze := func() (*exports.Release, error) {
		return exports.Freeze(ctx, b.terms, b.book, b.methods, b.coders.codings(cases), b.before)
	}
	r, err := freeze()
	if errors.Is(err, disclosure.ErrNoCertificate) && len(b.terms.Breakdowns) > 0 {
		// A simpler table comes before no table: classes hold the fewest cases.
		b.terms.Breakdowns, undivided = nil, true
		r, err = freeze()
	}
	if errors.Is(err, disclosure.ErrNoCertificate) {
		return "", false, &annotations.InvalidError{Field: "period", Key: "release.no_certificate"}
	}
	if err != nil {
		return "", false, err
	}
	p, files := r.Publication(), r.Files
	for _, x := range renderings {
		f, err := x.File(p)
		if err != nil {
			return "", false, err
		}
		files = append(files, f)
	}
	kept := make([]store.ReleaseFile, len(files))
	row := store.Release{ID: r.ID, Study: req.Study, Previous: b.terms.Previous}
	row.Embargo.Time = req.Embargo
	for i, f := range files {
		kept[i] = store.ReleaseFile{Name: f.Name, Inside: f.Inside, SHA256: f.SHA256(), Content: f.Content}
		if f.Name == exports.TermsFile {
			row.Terms = f.Content
		}
	}
	return r.ID, undivided, s.CreateRelease(ctx, who, row, kept)
}

// A releaseBasis is what a release is made of beside the cases.
type releaseBasis struct {
	terms   exports.Terms
	book    *codebook.Codebook
	before  disclosure.Ledger
	methods exports.Methods
	coders  codedStatuses
}

// releaseTerms works out what a request means now. All that is wrong with it
// is reported at once.
func releaseTerms(ctx context.Context, s *store.Store, req ReleaseRequest) (b releaseBasis, err error) {
	if b.book, err = s.Codebook(ctx, req.Study); err != nil {
		return
	}
	study, err := s.Study(ctx, req.Study)
	if err != nil {
		return
	}
	handedIn, err := s.LastHandedIn(ctx, req.Study)
	if err != nil {
		return
	}
	terms := &b.terms
	*terms = exports.Terms{Study: req.Study, Title: study.Title, Tool: req.Tool}
	var problems []error
	wrong := func(field, key string, args map[string]any) {
		problems = append(problems, &annotations.InvalidError{Field: field, Key: key, Args: args})
	}
	if i := slices.IndexFunc(profiles, func(r disclosure.Rule) bool { return r.Name == req.Profile }); i >= 0 {
		terms.Profile = profiles[i]
	} else {
		wrong("profile", "release.profile.unknown", nil)
	}
	if terms.Symbols = req.Symbols; !req.Symbols.Known() {
		wrong("symbols", "release.symbols.unknown", nil)
	}
	if terms.Contact = strings.TrimSpace(req.Contact); utf8.RuneCountInString(terms.Contact) > maxContact {
		wrong("contact", "release.contact.long", map[string]any{"n": maxContact})
	}
	if !req.Embargo.IsZero() {
		terms.Embargo = req.Embargo.UTC().Format(time.RFC3339)
	}
	if terms.Breakdowns, err = s.Breakdowns(ctx, req.Study); err != nil {
		return
	}
	if terms.Design, err = designOf(ctx, s, req.Study); err != nil {
		return
	}
	head, vintages, err := chain(ctx, s, req.Study)
	if err != nil {
		return
	}
	terms.Previous = head
	if b.before, err = ledgerOf(ctx, s, head); err != nil {
		return
	}
	offered, err := releasable(ctx, s, req.Study)
	if err != nil {
		return
	}
	for period, stage := range req.Stages {
		if !slices.ContainsFunc(offered, func(o offeredPeriod) bool { return o.Period == period && o.Settled > 0 }) {
			wrong("period", "release.period.unknown", map[string]any{"period": period})
		}
		if stage != exports.StageProvisional && stage != exports.StageFinal {
			wrong("period", "release.stage.unknown", map[string]any{"period": period})
		}
		terms.Periods = append(terms.Periods, exports.ReleasedPeriod{Period: period, Stage: stage, Vintage: vintages[period] + 1})
	}
	terms.AsOf = stateOf(terms.Periods, handedIn).UTC().Format(time.RFC3339)
	if len(req.Stages) == 0 {
		wrong("period", "release.period.required", nil)
	}
	if terms.Gate, err = gateOf(ctx, s, req.Study); err != nil {
		return
	}
	ratings := annotations.NewRatings(b.book)
	b.coders = codedStatuses{}
	for k, failed := range s.Independent(ctx, req.Study) {
		if failed != nil {
			err = failed
			return
		}
		ratings.Add(k)
		b.coders.add(b.book, k)
	}
	terms.Verdicts, err = terms.Gate.Judge(b.book, func(variable string) (annotations.VariableAgreement, bool) {
		return ratings.Agreement(variable, annotations.Selection{})
	}, req.Overrides)
	var idle *exports.OverrideError
	if errors.As(err, &idle) {
		wrong("override", "release.override.idle", map[string]any{"indicator": idle.Indicator})
	}
	if err = errors.Join(problems...); err != nil {
		return
	}
	b.methods, err = releaseMethods(ctx, s, b, ratings, offered)
	return
}

// stateOf is when the last coding of a settled case of the periods was handed
// in. It says how old the figures are without saying when the release was
// made, so that the same cases give the same bytes.
func stateOf(periods []exports.ReleasedPeriod, handedIn map[string]time.Time) (last time.Time) {
	for period, at := range handedIn {
		if at.After(last) && slices.ContainsFunc(periods, func(p exports.ReleasedPeriod) bool { return p.Covers(period) }) {
			last = at
		}
	}
	return last
}

// chain returns the newest approved release of a study, empty if there is
// none, and the newest vintage of each period.
func chain(ctx context.Context, s *store.Store, study string) (head string, vintages map[string]int, err error) {
	list, err := s.Releases(ctx, study)
	if err != nil {
		return "", nil, err
	}
	vintages = map[string]int{}
	for _, r := range list {
		if !r.Approved() {
			continue
		}
		if r.Head {
			head = r.ID
		}
		terms, err := termsOf(r)
		if err != nil {
			return "", nil, err
		}
		for _, p := range terms.Periods {
			vintages[p.Period] = max(vintages[p.Period], p.Vintage)
		}
	}
	return head, vintages, nil
}

// termsOf reads the terms of a release.
func termsOf(r store.Release) (terms exports.Terms, err error) {
	if err = json.Unmarshal(r.Terms, &terms); err != nil {
		err = fmt.Errorf("terms of release %s: %w", r.ID, err)
	}
	return terms, err
}

// ledgerOf returns everything released up to and including a release; nothing
// for the empty id.
func ledgerOf(ctx context.Context, s *store.Store, id string) (disclosure.Ledger, error) {
	var ledger disclosure.Ledger
	if id == "" {
		return ledger, nil
	}
	f, err := s.ReleaseFile(ctx, id, exports.LedgerFile)
	if err != nil {
		return ledger, err
	}
	if err := json.Unmarshal(f.Content, &ledger); err != nil {
		return ledger, fmt.Errorf("ledger of release %s: %w", id, err)
	}
	return ledger, nil
}

// gateOf returns the policy of a study on agreement.
func gateOf(ctx context.Context, s *store.Store, study string) (exports.Gate, error) {
	kept, err := s.Gate(ctx, study)
	if err != nil || kept == nil {
		return exports.DefaultGate(), err
	}
	var gate exports.Gate
	return gate, json.Unmarshal(kept, &gate)
}

// An offeredPeriod is a period that may be released.
type offeredPeriod struct {
	Period         string
	Settled, Drawn int // cases; dropped ones are not counted
}

// releasable returns the periods of a study and the years that hold more than
// one of them, by code.
func releasable(ctx context.Context, s *store.Store, study string) ([]offeredPeriod, error) {
	counts, err := s.CaseCounts(ctx, study)
	if err != nil {
		return nil, err
	}
	byCode := map[string]*offeredPeriod{}
	parts := map[string]map[string]bool{} // of each year
	for _, n := range counts {
		if n.State == annotations.Dropped || n.Period == "" {
			continue
		}
		codes := []string{n.Period}
		if year, _, part := strings.Cut(n.Period, "-"); part {
			codes = append(codes, year)
			if parts[year] == nil {
				parts[year] = map[string]bool{}
			}
			parts[year][n.Period] = true
		}
		for _, code := range codes {
			o := byCode[code]
			if o == nil {
				o = &offeredPeriod{Period: code}
				byCode[code] = o
			}
			o.Drawn += n.N
			if n.State == annotations.Settled {
				o.Settled += n.N
			}
		}
	}
	var list []offeredPeriod
	for code, o := range byCode {
		if parts[code] == nil || len(parts[code]) > 1 {
			list = append(list, *o)
		}
	}
	slices.SortFunc(list, func(a, b offeredPeriod) int { return strings.Compare(a.Period, b.Period) })
	return list, nil
}

// VerifyRelease computes every cell of a release again and returns everything
// in which it differs from what is kept.
func VerifyRelease(ctx context.Context, s *store.Store, study, id string) ([]exports.Problem, error) {
	r, err := s.Release(ctx, study, id)
	if err != nil {
		return nil, err
	}
	before, err := ledgerOf(ctx, s, r.Previous)
	if err != nil {
		return nil, err
	}
	files, err := s.ReleaseContents(ctx, id)
	if err != nil {
		return nil, err
	}
	stored := make([]exports.StoredFile, len(files))
	for i, f := range files {
		stored[i] = exports.StoredFile{File: exports.File{Name: f.Name, Content: f.Content, Inside: f.Inside}, Recorded: f.SHA256}
	}
	problems := exports.Verify(ctx, id, stored, before, renderings...)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if problems == nil {
		problems = []exports.Problem{}
	}
	return problems, nil
}

// RenderRelease makes one of [exports.OnRequest] of the files that a release
// keeps. Its error is [annotations.ErrNotFound] for a name that is none of
// them.
func RenderRelease(ctx context.Context, s *store.Store, release, name string) (store.ReleaseFile, error) {
	i := slices.IndexFunc(exports.OnRequest, func(x exports.Rendering) bool { return x.Name == name })
	if i < 0 {
		return store.ReleaseFile{}, annotations.ErrNotFound
	}
	p, err := exports.ReadPublication(func(name string) ([]byte, error) {
		f, err := s.ReleaseFile(ctx, release, name)
		return f.Content, err
	})
	if err != nil {
		return store.ReleaseFile{}, fmt.Errorf("release %s: %w", release, err)
	}
	f, err := exports.OnRequest[i].File(p)
	return store.ReleaseFile{Name: name, SHA256: f.SHA256(), Size: int64(len(f.Content)), Content: f.Content}, err
}
