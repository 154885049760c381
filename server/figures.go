package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/server/store"
)

// studyFigures are the figures of a study after disclosure control, as they
// were after a number of changes. Nothing before disclosure control is kept.
type studyFigures struct {
	figureState
	cases int       // settled ones
	at    time.Time // when the newest of them settled
	began time.Time // when they were worked out

	// publication is empty, and refused set, if figures cannot be protected.
	publication exports.Publication
	refused     bool
	breaks      map[figureBreak]string
	rows        map[figureKey]exports.Observation
	released    map[figureKey]exports.Observation // as they are out, where the live ones may not be shown
	process     map[disclosure.Key]disclosure.Process

	design        exports.Design
	adjustments   []exports.Adjustment
	organisations exports.OrganisationCount
}

// A figureKey finds the row of a figure, or of its change since the preceding
// period.
type figureKey struct {
	disclosure.Key
	variant string
	change  bool
}

func computeFigures(ctx context.Context, s *store.Store, study store.Study, book *codebook.Codebook, at time.Time) (*studyFigures, error) {
	f := &studyFigures{figureState: figureState{book: book}, began: at, rows: map[figureKey]exports.Observation{}, released: map[figureKey]exports.Observation{}, process: map[disclosure.Key]disclosure.Process{}}
	var err error
	if f.cases, f.at, err = s.Settled(ctx, study.ID); err != nil {
		return nil, err
	}
	breakdowns, err := s.Breakdowns(ctx, study.ID)
	if err != nil {
		return nil, err
	}
	design, err := designOf(ctx, s, study.ID)
	if err != nil {
		return nil, err
	}
	cases, err := countedCases(ctx, s, study.ID, design)
	if err != nil {
		return nil, err
	}
	head, _, err := chain(ctx, s, study.ID)
	if err != nil {
		return nil, err
	}
	before, err := ledgerOf(ctx, s, head)
	if err != nil {
		return nil, err
	}
	// Who may see live figures may have the released ones too, and lay them
	// side by side. Some measures are better than none.
	table, _, err := exports.Live(book, breakdowns, design, cases, before)
	if err != nil {
		return nil, err
	}
	table.Partly = true
	released, err := disclosure.Steekproef().Apply(ctx, table.Table)
	f.design, f.adjustments, f.organisations = design, table.Adjustments, table.Organisations
	if errors.Is(err, disclosure.ErrNoCertificate) {
		f.refused, f.head = true, head
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	f.publication = exports.Publish(released, table, exports.Stage{Status: "P", Vintage: 1}, study.ID, study.Title, f.at)
	f.head = head
	for c := range released.Cells() {
		if !c.Hidden {
			f.process[c.Key] = c.Process
		}
	}
	for _, o := range f.publication.Observations {
		f.rows[keyOf(o)] = o
	}
	return f, f.readReleases(ctx, s, study.ID, at)
}

func keyOf(o exports.Observation) figureKey {
	return figureKey{disclosure.Key{Measure: o.Indicator, Period: o.Period, Region: o.Region, Breakdown: o.Breakdown, Class: o.Class}, o.Variant, o.Statistic == exports.StatisticChange}
}

// readReleases finds the newest released figure of what is hidden now, and the
// periods after which the meaning of measures changed.
func (f *studyFigures) readReleases(ctx context.Context, s *store.Store, study string, at time.Time) error {
	list, err := s.Releases(ctx, study)
	if err != nil {
		return err
	}
	newer := f.book
	f.breaks = map[figureBreak]string{}
	for _, r := range list { // newest first
		if !r.Public(at) {
			continue
		}
		terms, err := termsOf(r)
		if err != nil {
			return err
		}
		var rows []exports.Observation
		file, err := s.ReleaseFile(ctx, r.ID, exports.ObservationsJSON)
		if err == nil {
			err = json.Unmarshal(file.Content, &rows)
		}
		if err != nil {
			return fmt.Errorf("%s of release %s: %w", exports.ObservationsJSON, r.ID, err)
		}
		for _, o := range rows {
			k := keyOf(o)
			if _, ok := f.released[k]; !ok && o.Value != nil && f.rows[k].ObsStatus == "Q" {
				f.released[k] = o
			}
		}
		if terms.Codebook.Hash != newer.Hash() {
			older, err := codebookOf(ctx, s, r.ID)
			if err != nil {
				return err
			}
			last := ""
			for _, p := range terms.Periods {
				last = max(last, p.Period)
			}
			for m := range exports.BrokenMeasures(older, newer) {
				f.breaks[figureBreak{m, last}] = newer.Version
			}
			newer = older
		}
	}
	return nil
}

// A figureBreak says after which period a measure means something else.
type figureBreak struct{ measure, after string }

// breakBefore returns the version of the codebook that changed the meaning of a
// measure between two periods, empty for none.
func (f *studyFigures) breakBefore(measure, earlier, later string) string {
	for b, version := range f.breaks {
		if b.measure == measure && earlier <= b.after && b.after < later {
			return version
		}
	}
	return ""
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
	f, err := computeFigures(ctx, s, st, book, time.Now())
	if err == nil && f.refused {
		err = disclosure.ErrNoCertificate
	}
	if err != nil {
		return exports.Publication{}, err
	}
	return f.publication, nil
}

// countedCases puts the rows of the store in the form that figures are counted
// from.
func countedCases(ctx context.Context, s *store.Store, study string, design exports.Design) (iter.Seq2[exports.SettledCase, error], error) {
	of, err := organisationOf(ctx, s, study, design)
	if err != nil {
		return nil, err
	}
	return func(yield func(exports.SettledCase, error) bool) {
		for r, err := range s.Statuses(ctx, study) {
			k := exports.SettledCase{Case: r.Case.ID, Region: r.Case.Region, Period: r.Case.Period, Stratum: r.Case.Stratum,
				FrameN: r.Case.FrameN, Organisation: of(r.Case), Statuses: r.Statuses, Numbers: r.Numbers, Classes: r.Classes}
			if !yield(k, err) {
				return
			}
		}
	}, nil
}

// whole finds the row of a figure that is not broken down.
func whole(measure, period, region, variant string) figureKey {
	return figureKey{disclosure.Key{Measure: measure, Period: period, Region: region, Breakdown: disclosure.Total, Class: disclosure.Total}, variant, false}
}

// figure returns the row of a figure that is not broken down.
func (f *studyFigures) figure(measure, period, region, variant string) exports.Observation {
	return f.row(whole(measure, period, region, variant))
}

// change returns the row of the change to such a figure from the preceding
// period; ok is false where the publication has none.
func (f *studyFigures) change(measure, period, region, variant string) (o exports.Observation, ok bool) {
	k := whole(measure, period, region, variant)
	k.change = true
	_, ok = f.rows[k]
	return f.row(k), ok
}

// asReleased reports whether a figure is shown as it is out.
func (f *studyFigures) asReleased(k figureKey) bool {
	_, ok := f.released[k]
	return ok
}

// row returns a figure as it stands now or, where that may not be shown beside
// what is out already, as it was released.
func (f *studyFigures) row(k figureKey) exports.Observation {
	if o, ok := f.released[k]; ok {
		return o
	}
	return f.rows[k]
}
