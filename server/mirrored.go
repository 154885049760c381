package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/web"
)

// A mirrorsCache keeps what the codings of studies add to the mirrors. When a
// coding changes, the cases that changed are read again.
type mirrorsCache struct {
	mu      sync.Mutex
	studies map[string]*studyMirrors
	work    map[string]*mirrorsWork
}

// studyMirrors are the mirrors of a study after a number of changes.
type studyMirrors struct {
	*annotations.Mirrors
	changes int64
	book    *codebook.Codebook
	counted map[annotations.MirrorGroup]annotations.Counted // of all cases
}

// A mirrorsWork is the reading of all codings of a study.
type mirrorsWork struct {
	began time.Time
	ended chan struct{}
	err   error // after the end
}

// mirrors counts the codings that were handed in, by source organisation or
// by coder, and waits until they are read. Of cases that may still be the
// actor's to code nothing is counted. What is returned is not to be changed.
func (c *call) mirrors(by annotations.MirrorGroup) (annotations.Counted, error) {
	for {
		counted, w, err := c.mirrorsOrWork(by)
		if w == nil || err != nil {
			return counted, err
		}
		select {
		case <-w.ended:
		case <-c.ctx().Done():
			return annotations.Counted{}, c.ctx().Err()
		}
		if w.err != nil {
			return annotations.Counted{}, w.err
		}
	}
}

// mirrorsForPage is [call.mirrors] for a page, which waits no longer than a
// moment; then it returns what is to be said of that.
func (c *call) mirrorsForPage(by annotations.MirrorGroup) (annotations.Counted, *workingFigures, error) {
	counted, w, err := c.mirrorsOrWork(by)
	if w == nil || err != nil {
		return counted, nil, err
	}
	if c.patience > 0 {
		timer := time.NewTimer(c.patience)
		defer timer.Stop()
		select {
		case <-w.ended:
			counted, err := c.mirrors(by)
			return counted, nil, err
		case <-timer.C:
		case <-c.ctx().Done():
			return annotations.Counted{}, nil, c.ctx().Err()
		}
	}
	return annotations.Counted{}, &workingFigures{Since: w.began, Here: c.Request.URL.RequestURI()}, nil
}

// mirrorsOrWork returns the counts as they are now or, where all codings have
// to be read first, the work on that, which goes on when the reader leaves.
func (c *call) mirrorsOrWork(by annotations.MirrorGroup) (annotations.Counted, *mirrorsWork, error) {
	none := annotations.Counted{}
	var only func(key int64) bool
	if c.actor.Is(auth.Coder, c.study.ID) {
		opened, err := c.store.OpenedComparisons(c.ctx(), c.study.ID)
		if err != nil {
			return none, nil, err
		}
		only = func(key int64) bool { return opened[key] }
	}
	book, err := c.codebook()
	if err != nil {
		return none, nil, err
	}
	changes, err := c.store.Changes(c.ctx(), c.study.ID)
	if err != nil {
		return none, nil, err
	}
	cache, s, study := &c.mirrored, c.Server, c.study.ID
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if cache.studies == nil {
		cache.studies, cache.work = map[string]*studyMirrors{}, map[string]*mirrorsWork{}
	}
	if w := cache.work[study]; w != nil {
		return none, w, nil
	}
	m := cache.studies[study]
	if m != nil && m.book == book && m.changes != changes {
		// A reader who leaves must not make others read all anew.
		if m, err = s.updateMirrors(context.WithoutCancel(c.ctx()), study, m, changes); err != nil {
			delete(cache.studies, study)
			return none, nil, err
		}
	}
	if m == nil || m.book != book {
		w := &mirrorsWork{began: c.now(), ended: make(chan struct{})}
		cache.work[study] = w
		s.imports.work.Go(func() {
			m, err := s.readMirrors(s.imports.ctx, study, book, changes)
			cache.mu.Lock()
			defer cache.mu.Unlock()
			if w.err = err; err == nil {
				cache.studies[study] = m
			}
			delete(cache.work, study)
			close(w.ended)
		})
		return none, w, nil
	}
	if only != nil {
		return m.Count(by, only), nil, nil
	}
	counted, ok := m.counted[by]
	if !ok {
		counted = m.Count(by, nil)
		m.counted[by] = counted
	}
	return counted, nil, nil
}

// readMirrors reads all codings of a study; a fault of the program in it is an
// error.
func (s *Server) readMirrors(ctx context.Context, study string, book *codebook.Codebook, changes int64) (m *studyMirrors, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			m, err = nil, fmt.Errorf("mirrors: %v", fault)
		}
	}()
	m = &studyMirrors{Mirrors: annotations.NewMirrors(book), changes: changes, book: book, counted: map[annotations.MirrorGroup]annotations.Counted{}}
	for k, err := range s.store.StatedSince(ctx, study, -1) {
		if err != nil {
			return nil, err
		}
		m.Add(k)
	}
	return m, nil
}

// updateMirrors brings mirrors up to date with the cases that changed since. It
// returns nil when these are so many that all are to be read anew.
func (s *Server) updateMirrors(ctx context.Context, study string, m *studyMirrors, changes int64) (*studyMirrors, error) {
	keys, err := s.store.ChangedCases(ctx, study, m.changes)
	if err != nil || len(keys) > maxUpdated {
		return nil, err
	}
	for _, key := range keys {
		m.Remove(key)
	}
	for k, err := range s.store.StatedSince(ctx, study, m.changes) {
		if err != nil {
			return nil, err
		}
		m.Add(k)
	}
	m.changes, m.counted = changes, map[annotations.MirrorGroup]annotations.Counted{}
	return m, nil
}

// mirrorPending answers that the codings are being read.
func (c *call) mirrorPending(w *workingFigures) error {
	title := web.Say("mirror.title")
	c.Header(figuresHeader, "pending")
	return c.page("figures_pending", pendingPage{Frame: c.frame(here("mirror.title")), Title: title, Text: web.Say("mirror.pending"), Working: w})
}
