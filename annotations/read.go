package annotations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

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
// findings is cleared, one with findings is held. All documents that cannot be
// read are reported at once, and then no case is returned. Progress, which may
// be nil, is told how many documents of how many are read; it may be called
// from several goroutines, one at a time.
func ReadBatch(ctx context.Context, batch *intake.Batch, reader *intake.Reader, screener *screening.Screener, progress func(done, of int)) ([]IncomingCase, error) {
	type job struct{ c, d int }
	var jobs []job
	cases := make([]IncomingCase, len(batch.Cases))
	documents := make([][]document, len(batch.Cases))
	for i, c := range batch.Cases {
		cases[i].Case = Case{ID: CaseID(c.ID), Region: c.Region, Period: c.Period, Source: c.Source, Stratum: c.Stratum,
			Weight: c.Weight, OnSite: c.OnSite}
		for _, a := range c.Attributes {
			if cases[i].Case.Attributes == nil {
				cases[i].Case.Attributes = map[string]string{}
			}
			cases[i].Case.Attributes[a.Name] = a.Value
		}
		if c.OnSite {
			continue
		}
		documents[i] = make([]document, len(c.Documents))
		for d := range c.Documents {
			jobs = append(jobs, job{i, d})
		}
	}

	var mu sync.Mutex
	var wait sync.WaitGroup
	next, done := 0, 0
	problems := make([]error, len(jobs)) // by job, so that they come in the order of the batch
	for range min(runtime.GOMAXPROCS(0), max(1, len(jobs))) {
		wait.Go(func() {
			for {
				mu.Lock()
				n := next
				next++
				mu.Unlock()
				if n >= len(jobs) || ctx.Err() != nil {
					return
				}
				j := jobs[n]
				d, err := readDocument(ctx, batch, reader, screener, batch.Cases[j.c].Documents[j.d])
				mu.Lock()
				documents[j.c][j.d], problems[n] = d, err
				done++
				if progress != nil {
					progress(done, len(jobs))
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	for i := range cases {
		for _, d := range documents[i] {
			if d.held != nil {
				d.held.Case = cases[i].Case
				cases[i].Held = append(cases[i].Held, *d.held)
			} else {
				cases[i].Documents = append(cases[i].Documents, *d.incoming)
			}
		}
		slices.SortFunc(cases[i].Documents, func(a, b Incoming) int { return a.Number - b.Number })
	}
	return cases, nil
}

// document is one that was read: cleared or held.
type document struct {
	incoming *Incoming
	held     *Held
}

func readDocument(ctx context.Context, batch *intake.Batch, reader *intake.Reader, screener *screening.Screener, e intake.Entry) (document, error) {
	read, err := batch.Read(ctx, reader, e)
	if err != nil {
		return document{}, err
	}
	notices, err := json.Marshal(read.Lost)
	if err != nil {
		return document{}, fmt.Errorf("%s: %w", e.File, err)
	}
	if read.Lost == nil {
		notices = []byte("[]")
	}
	cleared, err := screener.Clear(read.Text, nil)
	if undecided, ok := errors.AsType[*screening.UndecidedError](err); ok {
		return document{held: &Held{Number: e.Number, Type: e.Type, Title: e.Title, Day: e.Day, Text: read.Text, SHA256: read.SHA256,
			Pages: read.Pages, Notices: notices, Findings: undecided.Findings}}, nil
	}
	if err != nil {
		return document{}, fmt.Errorf("%s: %w", e.File, err)
	}
	in := NewIncoming(cleared)
	in.Number, in.Type, in.Title, in.Day, in.Pages, in.Notices = e.Number, e.Type, e.Title, e.Day, read.Pages, notices
	return document{incoming: &in}, nil
}
