package server

import (
	"context"
	"runtime"
	"sync"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// A ratingsCache keeps the independent ratings of studies, and what was
// computed of them, until a coding changes.
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

	driftOnce sync.Once
	charts    map[string][]annotations.CoderChart
}

// maxSelections bounds how many narrowings of a study are remembered.
const maxSelections = 32

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
	if r := cache.studies[c.study.ID]; r != nil && r.changes == changes && r.book == book {
		return r, nil
	}
	r := &studyRatings{Ratings: annotations.NewRatings(book), changes: changes, book: book,
		computed: map[annotations.Selection]map[string]annotations.VariableAgreement{}}
	// A reader who leaves must not make those who wait start again.
	for k, err := range c.store.Independent(context.WithoutCancel(c.ctx()), c.study.ID) {
		if err != nil {
			return nil, err
		}
		r.Add(k)
	}
	if cache.studies == nil {
		cache.studies = map[string]*studyRatings{}
	}
	cache.studies[c.study.ID] = r
	return r, nil
}

// agreement returns the agreement on every variable that is compared.
func (r *studyRatings) agreement(s annotations.Selection) map[string]annotations.VariableAgreement {
	r.mu.Lock()
	defer r.mu.Unlock()
	if done, ok := r.computed[s]; ok {
		return done
	}
	variables := r.Variables()
	results := make([]annotations.VariableAgreement, len(variables))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				results[i], _ = r.Agreement(variables[i].ID, s)
			}
		})
	}
	for i := range variables {
		next <- i
	}
	close(next)
	wg.Wait()
	if len(r.computed) >= maxSelections {
		clear(r.computed)
	}
	done := make(map[string]annotations.VariableAgreement, len(results))
	for _, a := range results {
		done[a.Variable.ID] = a
	}
	r.computed[s] = done
	return done
}
