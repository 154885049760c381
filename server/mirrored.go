package server

import (
	"context"
	"sync"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A mirrorsCache keeps what the codings of studies add to the mirrors. When a
// coding changes, the cases that changed are read again.
type mirrorsCache struct {
	mu      sync.Mutex
	studies map[string]*studyMirrors
}

// studyMirrors are the mirrors of a study after a number of changes.
type studyMirrors struct {
	*annotations.Mirrors
	changes int64
	book    *codebook.Codebook
	counted map[annotations.MirrorGroup]annotations.Counted // of all cases
}

// mirrors counts the codings that were handed in, by source organisation or
// by coder. Of cases that may still be the actor's to code nothing is counted.
// What is returned is not to be changed.
func (c *call) mirrors(by annotations.MirrorGroup) (annotations.Counted, error) {
	var only func(key int64) bool
	if c.actor.Is(auth.Coder, c.study.ID) {
		opened, err := c.store.OpenedComparisons(c.ctx(), c.study.ID)
		if err != nil {
			return annotations.Counted{}, err
		}
		only = func(key int64) bool { return opened[key] }
	}
	book, err := c.codebook()
	if err != nil {
		return annotations.Counted{}, err
	}
	changes, err := c.store.Changes(c.ctx(), c.study.ID)
	if err != nil {
		return annotations.Counted{}, err
	}
	cache := &c.mirrored
	cache.mu.Lock()
	defer cache.mu.Unlock()
	m := cache.studies[c.study.ID]
	if m == nil || m.book != book {
		m = &studyMirrors{Mirrors: annotations.NewMirrors(book), changes: -1, book: book}
	}
	if m.changes != changes {
		// A reader who leaves must not make those who wait start again.
		if err := c.readMirrors(context.WithoutCancel(c.ctx()), m); err != nil {
			delete(cache.studies, c.study.ID)
			return annotations.Counted{}, err
		}
		m.changes, m.counted = changes, map[annotations.MirrorGroup]annotations.Counted{}
		if cache.studies == nil {
			cache.studies = map[string]*studyMirrors{}
		}
		cache.studies[c.study.ID] = m
	}
	if only != nil {
		return m.Count(by, only), nil
	}
	counted, ok := m.counted[by]
	if !ok {
		counted = m.Count(by, nil)
		m.counted[by] = counted
	}
	return counted, nil
}

// readMirrors brings mirrors up to date with the cases that changed since.
func (c *call) readMirrors(ctx context.Context, m *studyMirrors) error {
	if m.changes >= 0 {
		keys, err := c.store.ChangedCases(ctx, c.study.ID, m.changes)
		if err != nil {
			return err
		}
		for _, key := range keys {
			m.Remove(key)
		}
	}
	for k, err := range c.store.StatedSince(ctx, c.study.ID, m.changes) {
		if err != nil {
			return err
		}
		m.Add(k)
	}
	return nil
}
