package annotations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
)

// Known returns the codes that a manifest for a study on book may use: its
// document types, and the codes of the list behind the variable that copies
// the region.
func Known(book *codebook.Codebook) intake.Known {
	known := intake.Known{DocumentTypes: map[string]bool{}}
	for _, t := range book.DocumentTypes {
		known.DocumentTypes[t.Code] = true
	}
	for _, v := range book.Variables() {
		if v.CopyOf != "region" {
			continue
		}
		known.Regions = map[string]bool{}
		for _, o := range book.Options(v, "") {
			known.Regions[o.Code] = true
		}
	}
	return known
}

// ReadBatch reads and screens the documents of a batch. A document without
// findings is cleared, one with findings is held; a name that one document of
// a case tells is found in all of them. All documents that cannot be read are
// reported at once, and then no case is returned. Progress, which may be nil,
// is told how many documents of how many are read; it may be called from
// several goroutines, one at a time.
func ReadBatch(ctx context.Context, batch *intake.Batch, reader *intake.Reader, screener *screening.Screener, progress func(done, of int)) ([]IncomingCase, error) {
	var cases []IncomingCase
	err := ReadCases(ctx, batch, reader, screener, nil, func(_ intake.Case, c IncomingCase) error {
		cases = append(cases, c)
		return nil
	}, progress)
	if err != nil {
		return nil, err
	}
	return cases, nil
}

// ReadCases is [ReadBatch] for a batch that need not stand in memory as a
// whole: each case goes to keep once it is read and screened, in the order of
// the batch, while others are being read. Cases that known, which may be nil,
// says were kept before are passed over. A case with a document that cannot be
// read is not kept; the others are.
func ReadCases(ctx context.Context, batch *intake.Batch, reader *intake.Reader, screener *screening.Screener,
	known func(intake.Case) bool, keep func(intake.Case, IncomingCase) error, progress func(done, of int)) error {
	if err := screenNames(batch, screener); err != nil {
		return err
	}
	r := &reading{batch: batch, keep: keep, progress: progress, cases: make([]readCase, len(batch.Cases))}
	type job struct{ c, d int }
	var jobs []job
	for i, c := range batch.Cases {
		r.of += len(c.Documents)
		switch {
		case known != nil && known(c):
			r.cases[i].state = passedOver
			r.done += len(c.Documents)
		case c.OnSite:
			r.cases[i].state = whole
		default:
			r.cases[i].documents, r.cases[i].left = make([]intake.Document, len(c.Documents)), len(c.Documents)
			for d := range c.Documents {
				jobs = append(jobs, job{i, d})
			}
			if len(c.Documents) == 0 {
				r.cases[i].state = whole
			}
		}
	}
	if progress != nil && r.done > 0 {
		progress(r.done, r.of)
	}
	if err := r.emit(); err != nil {
		return err
	}
	var wait sync.WaitGroup
	var next atomic.Int64
	problems := make([]error, len(jobs)) // by job, so that they come in the order of the batch
	var failed atomic.Pointer[error]
	for range min(runtime.GOMAXPROCS(0), max(1, len(jobs))) {
		wait.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(jobs) || ctx.Err() != nil || failed.Load() != nil {
					return
				}
				j := jobs[n]
				d, err := batch.Read(ctx, reader, batch.Cases[j.c].Documents[j.d])
				problems[n] = err
				if err := r.read(j.c, j.d, d, err == nil, screener); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := failed.Load(); err != nil {
		return *err
	}
	return errors.Join(problems...)
}

// screenNames refuses titles and names of files that identify a person: these
// are seen wherever the document is listed. Places and organisations may be in
// them.
func screenNames(batch *intake.Batch, screener *screening.Screener) error {
	var problems []error
	for _, c := range batch.Cases {
		for _, e := range c.Documents {
			for _, name := range []struct{ column, text string }{{"title", e.Title}, {"file", path.Base(e.File)}} {
				text := strings.TrimSuffix(name.text, path.Ext(name.text))
				if name.column == "title" {
					text = name.text
				} else if text == e.Title || e.File == "" {
					continue
				}
				for _, f := range screener.Scan(strings.ReplaceAll(text, "_", " ")) {
					if f.Severity == screening.Block || f.Kind == screening.Name && f.Rule != "name-capital" {
						problems = append(problems, &intake.Problem{File: e.Place.File, Line: e.Place.Line, Column: name.column, Reason: intake.ErrIdentifies, Args: []any{f.Text}})
						break
					}
				}
			}
		}
	}
	return errors.Join(problems...)
}

// A reading is a batch on its way through [ReadCases].
type reading struct {
	batch    *intake.Batch
	keep     func(intake.Case, IncomingCase) error
	progress func(done, of int)

	mu       sync.Mutex // of what follows
	cases    []readCase
	done, of int // documents

	out  sync.Mutex // held by who hands cases over
	next int        // the case that is handed over next
}

// A readCase is how far a case is.
type readCase struct {
	state     int
	left      int // documents
	documents []intake.Document
	incoming  IncomingCase
}

const (
	unread     = iota
	whole      // read, screened and not handed over
	passedOver // not to be handed over
)

// read takes the text of one document in. Whoever brings the last of a case
// screens it and hands over what is whole.
func (r *reading) read(c, d int, doc intake.Document, good bool, screener *screening.Screener) error {
	r.mu.Lock()
	k := &r.cases[c]
	k.documents[d] = doc
	k.left--
	if !good {
		k.state = passedOver
	}
	last, spoiled := k.left == 0, k.state == passedOver
	r.done++
	if r.progress != nil {
		r.progress(r.done, r.of)
	}
	r.mu.Unlock()
	if !last {
		return nil
	}
	if !spoiled {
		incoming, err := screenCase(r.batch.Cases[c], k.documents, screener)
		if err != nil {
			return err
		}
		r.mu.Lock()
		k.incoming, k.documents, k.state = incoming, nil, whole
		r.mu.Unlock()
	}
	return r.emit()
}

// emit hands over the cases that are whole, as far as no earlier one is not.
func (r *reading) emit() error {
	r.out.Lock()
	defer r.out.Unlock()
	for ; r.next < len(r.batch.Cases); r.next++ {
		r.mu.Lock()
		k := &r.cases[r.next]
		state, left, incoming := k.state, k.left, k.incoming
		r.mu.Unlock()
		switch {
		case state == unread || state == passedOver && left > 0:
			return nil
		case state == passedOver:
			continue
		}
		c := r.batch.Cases[r.next]
		if c.OnSite || len(c.Documents) == 0 {
			incoming = IncomingCase{Case: caseOf(c)}
		}
		if err := r.keep(c, incoming); err != nil {
			return err
		}
		r.mu.Lock()
		k.incoming = IncomingCase{}
		r.mu.Unlock()
	}
	return nil
}

// caseOf is the case that a manifest or a folder tells of.
func caseOf(c intake.Case) Case {
	k := Case{ID: CaseID(c.ID), Region: c.Region, Period: c.Period, Source: c.Source, Stratum: c.Stratum, Weight: c.Weight, OnSite: c.OnSite}
	for _, a := range c.Attributes {
		if k.Attributes == nil {
			k.Attributes = map[string]string{}
		}
		k.Attributes[a.Name] = a.Value
	}
	return k
}

// screenCase screens the documents of a case together.
func screenCase(c intake.Case, documents []intake.Document, screener *screening.Screener) (IncomingCase, error) {
	in := IncomingCase{Case: caseOf(c)}
	texts := make([]string, len(documents))
	for i, d := range documents {
		texts[i] = d.Text
	}
	cleared, found := screener.ClearCase(texts)
	for i, e := range c.Documents {
		read := documents[i]
		notices, err := json.Marshal(read.Lost)
		if err != nil {
			return in, fmt.Errorf("%s: %w", e.File, err)
		}
		if read.Lost == nil {
			notices = []byte("[]")
		}
		if len(found[i]) > 0 {
			in.Held = append(in.Held, Held{Case: in.Case, Number: e.Number, Type: e.Type, Title: e.Title, Day: e.Day, Text: read.Text, SHA256: read.SHA256,
				Pages: read.Pages, Notices: notices, Findings: found[i]})
			continue
		}
		d := NewIncoming(cleared[i])
		d.Number, d.Type, d.Title, d.Day, d.Pages, d.Notices = e.Number, e.Type, e.Title, e.Day, read.Pages, notices
		in.Documents = append(in.Documents, d)
	}
	slices.SortFunc(in.Documents, func(a, b Incoming) int { return a.Number - b.Number })
	return in, nil
}
