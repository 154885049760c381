package server

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/server/store"
)

// A figureCache keeps the figures of studies until a case settles or changes.
type figureCache struct {
	mu      sync.Mutex
	studies map[string]*studyFigures
}

// studyFigures are the figures of a study after disclosure control, as they
// were after a number of changes. Nothing before disclosure control is kept.
type studyFigures struct {
	changes int64
	book    *codebook.Codebook
	cases   int       // settled ones
	at      time.Time // when the newest of them settled

	// publication is empty, and refused set, if figures cannot be protected.
	publication exports.Publication
	refused     bool
	rows        map[figureKey]exports.Observation
	process     map[disclosure.Key]disclosure.Process
}

// A figureKey finds the row of a figure.
type figureKey struct {
	disclosure.Key
	variant string
}

// figures returns the figures of the study of the call. Whoever comes while
// they are being computed waits for them.
func (c *call) figures() (*studyFigures, error) {
	book, err := c.codebook()
	if err != nil {
		return nil, err
	}
	cache := &c.Server.figures
	cache.mu.Lock()
	defer cache.mu.Unlock()
	changes, err := c.store.Changes(c.ctx(), c.study.ID)
	if err != nil {
		return nil, err
	}
	if f := cache.studies[c.study.ID]; f != nil && f.changes == changes && f.book == book {
		return f, nil
	}
	// A reader who leaves must not make those who wait start again.
	f, err := computeFigures(context.WithoutCancel(c.ctx()), c.store, c.study, book)
	if err != nil {
		return nil, err
	}
	f.changes = changes
	if cache.studies == nil {
		cache.studies = map[string]*studyFigures{}
	}
	cache.studies[c.study.ID] = f
	return f, nil
}

func computeFigures(ctx context.Context, s *store.Store, study store.Study, book *codebook.Codebook) (*studyFigures, error) {
	f := &studyFigures{book: book, rows: map[figureKey]exports.Observation{}, process: map[disclosure.Key]disclosure.Process{}}
	var err error
	if f.cases, f.at, err = s.Settled(ctx, study.ID); err != nil {
		return nil, err
	}
	breakdowns, err := s.Breakdowns(ctx, study.ID)
	if err != nil {
		return nil, err
	}
	tally := exports.NewTally(book, breakdowns)
	for k, err := range settledCases(s.Statuses(ctx, study.ID)) {
		if err != nil {
			return nil, err
		}
		tally.Add(k)
	}
	table := tally.Table()
	released, err := disclosure.Steekproef().Apply(table.Table)
	if errors.Is(err, disclosure.ErrNoCertificate) {
		f.refused = true
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	f.publication = exports.Publish(released, table, exports.Stage{Status: "P", Vintage: 1}, study.ID, study.Title, f.at)
	for c := range released.Cells() {
		if !c.Hidden {
			f.process[c.Key] = c.Process
		}
	}
	for _, o := range f.publication.Observations {
		if o.Statistic == exports.StatisticChange {
			continue
		}
		f.rows[figureKey{disclosure.Key{Measure: o.Indicator, Period: o.Period, Region: o.Region, Breakdown: o.Breakdown, Class: o.Class}, o.Variant}] = o
	}
	return f, nil
}

// Publication returns the figures of a study as they go out. Its error is
// [disclosure.ErrNoCertificate] if they cannot be protected.
func Publication(ctx context.Context, s *store.Store, study string) (exports.Publication, error) {
	st, err := s.Study(ctx, study)
	if err != nil {
		return exports.Publication{}, err
	}
	book, err := s.Codebook(ctx, study)
	if err != nil {
		return exports.Publication{}, err
	}
	f, err := computeFigures(ctx, s, st, book)
	if err == nil && f.refused {
		err = disclosure.ErrNoCertificate
	}
	if err != nil {
		return exports.Publication{}, err
	}
	return f.publication, nil
}

// settledCases puts the rows of the store in the form that figures are counted
// from.
func settledCases(rows iter.Seq2[store.StatusRow, error]) iter.Seq2[exports.SettledCase, error] {
	return func(yield func(exports.SettledCase, error) bool) {
		for r, err := range rows {
			k := exports.SettledCase{Case: r.Case.ID, Region: r.Case.Region, Period: r.Case.Period, Stratum: r.Case.Stratum,
				FrameN: r.Case.FrameN, Statuses: r.Statuses, Numbers: r.Numbers, Classes: r.Classes}
			if !yield(k, err) {
				return
			}
		}
	}
}

// figure returns the row of a figure that is not broken down.
func (f *studyFigures) figure(measure, period, region, variant string) exports.Observation {
	return f.rows[figureKey{disclosure.Key{Measure: measure, Period: period, Region: region, Breakdown: disclosure.Total, Class: disclosure.Total}, variant}]
}
