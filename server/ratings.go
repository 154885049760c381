package server

import (
	"context"
	"runtime"
	"sync"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/codebook"
)

// A ratingsCache keeps the independent ratings of studies, and what was
// computed of them. When a coding or a decision changes, the cases that changed
// are read again, and of the figures those stay that do not rest on them.
type ratingsCache struct {
	mu      sync.Mutex
	studies map[string]*studyRatings
}

// studyRatings are the ratings of a study as they were after a number of
// changes.
type studyRatings struct {
	*annotations.Ratings
	changes int64
	book    *codebook.Codebook

	mu       sync.Mutex
	computed map[annotations.Selection]map[string]annotations.VariableAgreement
	charts   map[string][]annotations.CoderChart
	drawn    map[drawnOf][]agreement.Bootstrapped
	intra    *annotations.IntraCoder // nil until it is asked for
}

// drawnOf names what a bootstrap was of.
type drawnOf struct {
	variable string
	annotations.Selection
}

// maxSelections bounds how many narrowings of a study are remembered.
const maxSelections = 32

// maxDrawn bounds how many bootstraps of a study are remembered.
const maxDrawn = 1000

// maxUpdated is how many cases may change before all are read anew.
const maxUpdated = 200

// ratings returns the ratings of the study of the call. Whoever comes while
// they are being read waits for them.
func (c *call) ratings() (*studyRatings, error) {
	book, err := c.codebook()
	if err != nil {
		return nil, err
	}
	changes, err := c.store.Changes(c.ctx(), c.study.ID)
	if err != nil {
		return nil, err
	}
	cache := &c.rated
	cache.mu.Lock()
	defer cache.mu.Unlock()
	r := cache.studies[c.study.ID]
	if r != nil && r.changes == changes && r.book == book {
		return r, nil
	}
	// A reader who leaves must not make those who wait start again.
	ctx := context.WithoutCancel(c.ctx())
	if r != nil && r.book == book {
		r, err = c.updateRatings(ctx, r, changes)
	} else {
		r, err = c.readRatings(ctx, book, changes)
	}
	if err != nil {
		return nil, err
	}
	if cache.studies == nil {
		cache.studies = map[string]*studyRatings{}
	}
	cache.studies[c.study.ID] = r
	return r, nil
}

func newStudyRatings(ratings *annotations.Ratings, book *codebook.Codebook, changes int64) *studyRatings {
	return &studyRatings{Ratings: ratings, changes: changes, book: book,
		computed: map[annotations.Selection]map[string]annotations.VariableAgreement{}, charts: map[string][]annotations.CoderChart{},
		drawn: map[drawnOf][]agreement.Bootstrapped{}}
}

func (c *call) readRatings(ctx context.Context, book *codebook.Codebook, changes int64) (*studyRatings, error) {
	r := newStudyRatings(annotations.NewRatings(book), book, changes)
	for k, err := range c.store.Independent(ctx, c.study.ID) {
		if err != nil {
			return nil, err
		}
		r.Add(k)
	}
	return r, nil
}

// updateRatings brings ratings up to date with the cases that changed since.
func (c *call) updateRatings(ctx context.Context, r *studyRatings, changes int64) (*studyRatings, error) {
	keys, err := c.store.ChangedCases(ctx, c.study.ID, r.changes)
	if err != nil {
		return nil, err
	}
	if len(keys) > maxUpdated {
		return c.readRatings(ctx, r.book, changes)
	}
	var now []annotations.CodedCase
	for k, err := range c.store.IndependentSince(ctx, c.study.ID, r.changes) {
		if err != nil {
			return nil, err
		}
		now = append(now, k)
	}
	ratings, changed := r.Updated(now, keys)
	return r.carried(ratings, changed, changes), nil
}

// carried are newer ratings with what was computed of r and still holds.
func (r *studyRatings) carried(ratings *annotations.Ratings, changed annotations.Changed, changes int64) *studyRatings {
	next := newStudyRatings(ratings, r.book, changes)
	r.mu.Lock()
	defer r.mu.Unlock()
	for s, known := range r.computed {
		next.computed[s] = map[string]annotations.VariableAgreement{}
		for id, a := range known {
			if !changed.Ratings[id] {
				next.computed[s][id] = a
			}
		}
	}
	for of, b := range r.drawn {
		if !changed.Ratings[of.variable] {
			next.drawn[of] = b
		}
	}
	for id, charts := range r.charts {
		if !changed.Ratings[id] && !changed.Settled[id] {
			next.charts[id] = charts
		}
	}
	return next
}

// agreement returns the agreement on every variable that is compared. The map
// is not to be changed.
func (r *studyRatings) agreement(s annotations.Selection) map[string]annotations.VariableAgreement {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.computed[s]
	var missing []*codebook.Variable
	for _, v := range r.Variables() {
		if _, ok := known[v.ID]; !ok {
			missing = append(missing, v)
		}
	}
	if known != nil && len(missing) == 0 {
		return known
	}
	results := make([]annotations.VariableAgreement, len(missing))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				results[i], _ = r.Agreement(missing[i].ID, s)
			}
		})
	}
	for i := range missing {
		next <- i
	}
	close(next)
	wg.Wait()
	if known == nil && len(r.computed) >= maxSelections {
		clear(r.computed)
	}
	done := make(map[string]annotations.VariableAgreement, len(known)+len(results))
	for id, a := range known {
		done[id] = a
	}
	for _, a := range results {
		done[a.Variable.ID] = a
	}
	r.computed[s] = done
	return done
}

// bootstrap returns the intervals of a variable that come of drawing cases
// again.
func (r *studyRatings) bootstrap(variable string, s annotations.Selection) []agreement.Bootstrapped {
	of := drawnOf{variable, s}
	r.mu.Lock()
	b, ok := r.drawn[of]
	r.mu.Unlock()
	if ok {
		return b
	}
	b = r.Bootstrap(variable, s)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.drawn) >= maxDrawn {
		clear(r.drawn)
	}
	r.drawn[of] = b
	return b
}

// intraCoder returns what coders answered to hidden repeats. There are few, so
// that they are read anew whenever anything changed.
func (c *call) intraCoder(r *studyRatings) (*annotations.IntraCoder, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.intra != nil {
		return r.intra, nil
	}
	intra := annotations.NewIntraCoder(r.book)
	for k, err := range c.store.Repeated(c.ctx(), c.study.ID) {
		if err != nil {
			return nil, err
		}
		intra.Add(k)
	}
	r.intra = intra
	return intra, nil
}

// drift returns the charts of all variables, each computed once.
func (r *studyRatings) drift() map[string][]annotations.CoderChart {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range r.Variables() {
		if _, ok := r.charts[v.ID]; !ok {
			r.charts[v.ID] = r.CoderCharts(v.ID)
		}
	}
	return r.charts
}
