package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

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
	Embargo   time.Time         // zero for none
	Overrides map[string]string // by indicator that the gate blocks: why it is published all the same
}

// renderings are the further public files of a release, made of the same rows.
var renderings = []struct {
	name  string
	write func(io.Writer, exports.Publication) error
}{
	{"datapackage.zip", exports.WritePackage},
	{"workbook.xlsx", func(w io.Writer, p exports.Publication) error { return xlsx.WriteIndicators(w, p, "nl") }},
}

// CreateRelease freezes figures of the settled cases of a study, keeps them as
// a draft, and returns its id. It is protected against every release that was
// approved before.
func CreateRelease(ctx context.Context, s *store.Store, who auth.Actor, req ReleaseRequest) (string, error) {
	terms, book, before, err := releaseTerms(ctx, s, req)
	if err != nil {
		return "", err
	}
	r, err := exports.Freeze(terms, book, settledCases(s.Statuses(ctx, req.Study)), before)
	if errors.Is(err, disclosure.ErrNoCertificate) {
		return "", &annotations.InvalidError{Field: "period", Key: "release.no_certificate"}
	}
	if err != nil {
		return "", err
	}
	study, err := s.Study(ctx, req.Study)
	if err != nil {
		return "", err
	}
	_, newest, err := s.Settled(ctx, req.Study)
	if err != nil {
		return "", err
	}
	p := r.Publication(terms, book, study.ID, study.Title, newest)
	files := r.Files
	for _, x := range renderings {
		var b bytes.Buffer
		if err := x.write(&b, p); err != nil {
			return "", fmt.Errorf("%s: %w", x.name, err)
		}
		files = append(files, exports.File{Name: x.name, Content: b.Bytes()})
	}
	kept := make([]store.ReleaseFile, len(files))
	row := store.Release{ID: r.ID, Study: req.Study, Previous: terms.Previous}
	row.Embargo.Time = req.Embargo
	for i, f := range files {
		kept[i] = store.ReleaseFile{Name: f.Name, Inside: f.Inside, SHA256: f.SHA256(), Content: f.Content}
		if f.Name == exports.TermsFile {
			row.Terms = f.Content
		}
	}
	return r.ID, s.CreateRelease(ctx, who, row, kept)
}

// releaseTerms works out what a request means now. All that is wrong with it
// is reported at once.
func releaseTerms(ctx context.Context, s *store.Store, req ReleaseRequest) (terms exports.Terms, book *codebook.Codebook, before disclosure.Ledger, err error) {
	if book, err = s.Codebook(ctx, req.Study); err != nil {
		return
	}
	terms = exports.Terms{Study: req.Study}
	var problems []error
	wrong := func(field, key string, args map[string]any) {
		problems = append(problems, &annotations.InvalidError{Field: field, Key: key, Args: args})
	}
	if i := slices.IndexFunc(profiles, func(r disclosure.Rule) bool { return r.Name == req.Profile }); i >= 0 {
		terms.Profile = profiles[i]
	} else {
		wrong("profile", "release.profile.unknown", nil)
	}
	if !req.Embargo.IsZero() {
		terms.Embargo = req.Embargo.UTC().Format(time.RFC3339)
	}
	if terms.Breakdowns, err = s.Breakdowns(ctx, req.Study); err != nil {
		return
	}
	head, vintages, err := chain(ctx, s, req.Study)
	if err != nil {
		return
	}
	terms.Previous = head
	if before, err = ledgerOf(ctx, s, head); err != nil {
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
	if len(req.Stages) == 0 {
		wrong("period", "release.period.required", nil)
	}
	if terms.Gate, err = gateOf(ctx, s, req.Study); err != nil {
		return
	}
	ratings := annotations.NewRatings(book)
	for k, failed := range s.Independent(ctx, req.Study) {
		if failed != nil {
			err = failed
			return
		}
		ratings.Add(k)
	}
	terms.Verdicts, err = terms.Gate.Judge(book, func(variable string) (annotations.VariableAgreement, bool) {
		return ratings.Agreement(variable, annotations.Selection{})
	}, req.Overrides)
	var idle *exports.OverrideError
	if errors.As(err, &idle) {
		wrong("override", "release.override.idle", map[string]any{"indicator": idle.Indicator})
	}
	err = errors.Join(problems...)
	return
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
	problems := exports.Verify(id, stored, before)
	if problems == nil {
		problems = []exports.Problem{}
	}
	return problems, nil
}
