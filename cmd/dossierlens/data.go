package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// data is the flag of every verb that works on a workspace.
type data struct {
	Data string `required:"" placeholder:"DIR" help:"Data folder of the workspace."`
	keyFlag
}

// open opens the workspace of the flag. A folder without one is not made into
// one: only serve and the verbs that begin a workspace do that.
func (d data) open(p process) (*store.Store, error) {
	if err := d.exists(); err != nil {
		return nil, err
	}
	return d.create(p)
}

// exists reports a folder without a workspace.
func (d data) exists() error {
	if _, err := os.Stat(filepath.Join(d.Data, store.File)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no workspace in this folder; \"dossierlens serve --data %s\" makes one", d.Data, d.Data)
	}
	return nil
}

// create opens the workspace of the flag and makes it when there is none.
func (d data) create(p process) (s *store.Store, err error) {
	err = d.with(p, func(key auth.Key) error {
		s, err = store.OpenEncrypted(p.ctx, d.Data, p.clock(), key)
		return err
	})
	return s, err
}

// study is the flags of every verb that works on one study.
type study struct {
	data
	Study string `required:"" placeholder:"ID" help:"Study to work on."`
}

// open opens the workspace and finds the study in it.
func (s study) open(p process) (*store.Store, error) {
	st, err := s.data.open(p)
	if err != nil {
		return nil, err
	}
	if _, err := st.Study(p.ctx, s.Study); err != nil {
		st.Close()
		return nil, fmt.Errorf("study %s: %w; \"dossierlens study list\" lists those there are", s.Study, err)
	}
	return st, nil
}

// newReader returns what reads documents, with its memory in the data folder.
func newReader(folder string) *intake.Reader {
	return intake.NewReader(filepath.Join(folder, "cache"), intake.DefaultLimits())
}

// report tells the problems in err on stderr, one line each, and returns
// errReported; what is no list of problems it returns as it is.
func (p process) report(err error) error {
	problems := flatten(err)
	if len(problems) == 1 && !located(problems[0]) {
		return err
	}
	for _, problem := range problems {
		fmt.Fprintln(p.stderr, problem)
	}
	return errReported
}

// flatten lists what errors.Join and lists of problems hold, at any depth.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if _, single := err.(*intake.Problem); single || !ok {
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, flatten(e)...)
	}
	return list
}

// located reports whether err tells a place in a file or a study by itself.
func located(err error) bool {
	var problem *intake.Problem
	var coding *store.CodingProblem
	var frame *store.FrameProblem
	var changed *store.ChangedError
	var gone *store.ErasedError
	return errors.As(err, &gone) || errors.As(err, &problem) || errors.As(err, &coding) || errors.As(err, &frame) || errors.As(err, &changed)
}

// progress returns a function that shows how far long work is, on a terminal
// and after its first second, and one that clears the line.
func (p process) progress(what string) (show func(done, of int), hide func()) {
	f, ok := p.stderr.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return func(int, int) {}, func() {}
	}
	last, shown := time.Now(), false
	show = func(done, of int) {
		if done < of && time.Since(last) < time.Second/2 || !shown && time.Since(last) < time.Second {
			return
		}
		last, shown = time.Now(), true
		fmt.Fprintf(f, "\r\x1b[K%s: %d of %d", what, done, of)
	}
	return show, func() {
		if shown {
			fmt.Fprint(f, "\r\x1b[K")
		}
	}
}

// busy shows on a terminal, after its first second, for how long work is going
// on of which nobody can say how far it is, until the returned function is
// called.
func (p process) busy(what string) (done func()) {
	f, ok := p.stderr.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return func() {}
	}
	stop := make(chan struct{})
	var showing sync.WaitGroup
	showing.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for seconds := 1; ; seconds++ {
			select {
			case <-stop:
				fmt.Fprint(f, "\r\x1b[K")
				return
			case <-tick.C:
				fmt.Fprintf(f, "\r\x1b[K%s: %d s", what, seconds)
			}
		}
	})
	return func() { close(stop); showing.Wait() }
}
