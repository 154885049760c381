package server

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/store"
)

// codedStatuses are what each coder made of the measures, by case that two or
// more coded.
type codedStatuses map[annotations.CaseID][][]codebook.Status

// add derives the measures from each coding of a case as it was handed in.
func (c codedStatuses) add(book *codebook.Codebook, k annotations.CodedCase) {
	copies := annotations.Copies(book, k.Case)
	for _, coding := range k.Codings {
		stated := maps.Clone(coding.Stated)
		maps.Copy(stated, copies)
		c[k.Case.ID] = append(c[k.Case.ID], book.Statuses(book.Effective(stated)))
	}
}

// codings tells of each case how many coded it.
func (c codedStatuses) codings(cases iter.Seq2[exports.SettledCase, error]) iter.Seq2[exports.SettledCase, error] {
	return func(yield func(exports.SettledCase, error) bool) {
		for k, err := range cases {
			k.Codings = max(1, len(c[k.Case]))
			if !yield(k, err) {
				return
			}
		}
	}
}

// releaseMethods gathers what the annex of a release tells, as it is now.
func releaseMethods(ctx context.Context, s *store.Store, b releaseBasis, ratings *annotations.Ratings, offered []offeredPeriod) (m exports.Methods, err error) {
	m = exports.Methods{Files: []exports.PeriodFiles{}, Agreement: []exports.AgreementFact{},
		Coders: len(ratings.Coders()), Double: ratings.Cases(annotations.Selection{})}
	if m.Strata, err = s.Sample(ctx, b.terms.Study); err != nil {
		return m, err
	}
	for _, p := range b.terms.Periods {
		if i := slices.IndexFunc(offered, func(o offeredPeriod) bool { return o.Period == p.Period }); i >= 0 {
			m.Files = append(m.Files, exports.PeriodFiles{Period: p.Period, Files: offered[i].Drawn, Settled: offered[i].Settled})
		}
	}
	slices.SortFunc(m.Files, func(a, b exports.PeriodFiles) int { return cmp.Compare(a.Period, b.Period) })
	for _, v := range ratings.Variables() {
		if a, ok := ratings.Agreement(v.ID, annotations.Selection{}); ok && !a.Copied() {
			m.Agreement = append(m.Agreement, exports.FactOf(a))
		}
	}
	errors := exports.NewCoderErrors(b.book)
	for k, err := range s.Statuses(ctx, b.terms.Study) {
		if err != nil {
			return m, err
		}
		for _, coder := range b.coders[k.Case.ID] {
			errors.Add(coder, k.Statuses)
		}
	}
	m.Errors = errors.List()
	if b.terms.Previous == "" {
		return m, nil
	}
	f, err := s.ReleaseFile(ctx, b.terms.Previous, exports.CodebookFile)
	if err != nil {
		return m, err
	}
	was, err := codebook.Parse(f.Content, exports.CodebookFile)
	if err != nil {
		return m, fmt.Errorf("codebook of release %s: %w", b.terms.Previous, err)
	}
	m.Since = &exports.CodebookSince{Version: was.Version, Changes: codebook.Diff(was, b.book)}
	return m, nil
}
