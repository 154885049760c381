package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/web"
)

// A figureCache keeps the figures of studies until a case settles or changes,
// and knows which are being worked out.
type figureCache struct {
	mu      sync.Mutex
	studies map[string]*studyFigures
	work    map[string]*figureWork
}

// A figureState is what figures rest on. Figures of an equal state are the
// same.
type figureState struct {
	changes    int64  // of codings and decisions
	head       string // newest approved release
	book       *codebook.Codebook
	breakdowns string
	revision   int // of the design
}

// shows reports whether figures of s may be shown while those of the state now
// are worked out: cases came or went since, and nothing else. Beside a release
// of which they know nothing they are not protected.
func (s figureState) shows(now figureState) bool {
	s.changes = now.changes
	return s == now
}

// A figureWork is figures being worked out.
type figureWork struct {
	state   figureState
	began   time.Time
	ended   chan struct{}
	figures *studyFigures // after the end, or err
	err     error
}

// figuresHeader tells programs that a page shows figures of before a change,
// or none yet.
const figuresHeader = "Figures-State"

// figureState reads what the figures of the study of the call rest on now.
func (c *call) figureState() (state figureState, err error) {
	if state.book, err = c.codebook(); err != nil {
		return state, err
	}
	if state.changes, err = c.store.Changes(c.ctx(), c.study.ID); err != nil {
		return state, err
	}
	if state.head, _, err = chain(c.ctx(), c.store, c.study.ID); err != nil {
		return state, err
	}
	breakdowns, err := c.store.Breakdowns(c.ctx(), c.study.ID)
	if err != nil {
		return state, err
	}
	state.breakdowns = strings.Join(breakdowns, " ")
	kept, err := c.store.Design(c.ctx(), c.study.ID)
	state.revision = kept.Revision
	return state, err
}

// figures returns the figures of the study of the call as they are now. Whoever
// comes while they are being worked out waits for them.
func (c *call) figures() (*studyFigures, error) {
	for {
		f, w, err := c.figuresOrWork()
		if f != nil || err != nil {
			return f, err
		}
		select {
		case <-w.ended:
		case <-c.ctx().Done():
			return nil, c.ctx().Err()
		}
		if w.err != nil {
			return nil, w.err
		}
		// A change while they were worked out makes others.
	}
}

// figuresForPage returns the figures of the study of the call for a page, which
// waits no longer than a moment: figures of before a change then come with what
// is to be said of that, and if there are none the figures are nil.
func (c *call) figuresForPage() (*studyFigures, *workingFigures, error) {
	if c.Query("chart") != "" { // a file
		f, err := c.figures()
		return f, nil, err
	}
	f, w, err := c.figuresOrWork()
	if f != nil || err != nil {
		return f, nil, err
	}
	if c.patience > 0 {
		timer := time.NewTimer(c.patience)
		defer timer.Stop()
		select {
		case <-w.ended:
			if w.err != nil {
				return nil, nil, w.err
			}
			if f, _, err := c.figuresOrWork(); f != nil || err != nil {
				return f, nil, err
			}
		case <-timer.C:
		case <-c.ctx().Done():
			return nil, nil, c.ctx().Err()
		}
	}
	state, err := c.figureState()
	if err != nil {
		return nil, nil, err
	}
	working := &workingFigures{Since: w.began, Here: c.Request.URL.RequestURI()}
	cache := &c.Server.figures
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if f := cache.studies[c.study.ID]; f != nil && f.shows(state) {
		working.At = f.began
		c.Header(figuresHeader, "behind")
		return f, working, nil
	}
	c.Header(figuresHeader, "pending")
	return nil, working, nil
}

// figuresOrWork returns the figures as they are now or, where these are not
// known yet, the work on them, which goes on when the reader leaves.
func (c *call) figuresOrWork() (*studyFigures, *figureWork, error) {
	state, err := c.figureState()
	if err != nil {
		return nil, nil, err
	}
	cache, s, study := &c.Server.figures, c.Server, c.study
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if f := cache.studies[study.ID]; f != nil && f.figureState == state {
		return f, nil, nil
	}
	if w := cache.work[study.ID]; w != nil {
		return nil, w, nil
	}
	w := &figureWork{state: state, began: c.now(), ended: make(chan struct{})}
	if cache.work == nil {
		cache.work, cache.studies = map[string]*figureWork{}, map[string]*studyFigures{}
	}
	cache.work[study.ID] = w
	s.imports.work.Go(func() {
		f, err := s.workOut(s.imports.ctx, w, func(ctx context.Context) (*studyFigures, error) {
			return computeFigures(ctx, s.store, study, state.book, w.began)
		})
		cache.mu.Lock()
		defer cache.mu.Unlock()
		if w.figures, w.err = f, err; err == nil {
			cache.studies[study.ID] = f
		}
		delete(cache.work, study.ID)
		close(w.ended)
	})
	return nil, w, nil
}

// workOut computes the figures of w; a fault of the program in it is an error.
func (s *Server) workOut(ctx context.Context, w *figureWork, compute func(context.Context) (*studyFigures, error)) (f *studyFigures, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			f, err = nil, fmt.Errorf("figures: %v", fault)
		}
	}()
	if f, err = compute(ctx); err == nil {
		f.figureState = w.state
	}
	return f, err
}

// workingFigures is what a page says while figures are worked out.
type workingFigures struct {
	At    time.Time // when the figures shown were worked out
	Since time.Time
	Here  string // address of the page
}

// pendingPage stands in for a page of figures until there are any.
type pendingPage struct {
	web.Frame
	Title   web.Message
	Text    web.Message // what is being done; zero for figures
	Working *workingFigures
}

// pending answers that figures are being worked out.
func (c *call) pending(title web.Message, w *workingFigures) error {
	return c.page("figures_pending", pendingPage{Frame: c.frame(web.Link{Label: title}), Title: title, Working: w})
}
