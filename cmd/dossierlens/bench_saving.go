package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
)

// saving measures coders who each save an answer a second, beside a backup.
func (b *bench) saving() error {
	address, stop, err := b.serve()
	if err != nil {
		return err
	}
	err = b.save(address, b.Saving, "save beside a backup", func(context.Context) error {
		return b.store.Backup(b.p.ctx, b.lead, filepath.Join(b.dir, "backup.db"))
	})
	return errors.Join(err, stop())
}

// loadDocuments is how many documents are imported under load, and again is how
// soon after an export or a backup the next one begins.
const (
	loadDocuments = 10_000
	again         = 5 * time.Second
)

// load measures the same beside an import, and exports and backups one after
// the other. It ends with an error when a save was refused or an acknowledged
// answer is not there.
func (b *bench) load() error {
	folder, err := b.files(loadDocuments)
	if err != nil {
		return err
	}
	address, stop, err := b.serve()
	if err != nil {
		return err
	}
	lead, err := login(address, b.lead.Login)
	if err != nil {
		return errors.Join(err, stop())
	}
	// From here on, for making the study is no part of it.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // elsewhere than on Linux the peak is of the whole
	var imported time.Duration
	var exports, backups int
	err = b.save(address, b.Load, "save beside an import, exports and backups", func(ctx context.Context) error {
		var all sync.WaitGroup
		var faults [3]error
		all.Go(func() {
			started := time.Now()
			faults[0] = b.take(folder)
			imported = time.Since(started)
		})
		all.Go(func() {
			for ; ctx.Err() == nil && faults[1] == nil; exports++ {
				_, faults[1] = fetch(lead, address+"/s/bench/exports/codings/xlsx")
				wait(ctx, again)
			}
		})
		all.Go(func() {
			for ; ctx.Err() == nil && faults[2] == nil; backups++ {
				file := filepath.Join(b.dir, fmt.Sprintf("backup-%d.db", backups))
				faults[2] = errors.Join(b.store.Backup(b.p.ctx, b.lead, file), os.Remove(file))
				wait(ctx, again)
			}
		})
		all.Wait()
		return errors.Join(faults[:]...)
	})
	b.add(fmt.Sprintf("import of %d documents meanwhile", loadDocuments), imported.Seconds(), "s", "")
	b.add("exports meanwhile", float64(exports), "exports", "")
	b.add("backups meanwhile", float64(backups), "backups", "")
	b.add("memory at most, with the coders in the same process", peakMemory(), "MB", "< 400")
	return errors.Join(err, stop())
}

// wait waits for d, or until ctx is done.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// save has every coder save an answer a second for so long, and something else
// go on beside it, whose context then ends.
func (b *bench) save(address string, long time.Duration, work string, beside func(context.Context) error) error {
	book, err := b.store.Codebook(b.p.ctx, benchStudy)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(book.Variables(), func(v *codebook.Variable) bool {
		return v.CopyOf == "" && v.AskIf == "" && len(v.Categories) > 1 && v.Type == codebook.TypeSingle
	})
	if i < 0 {
		return errors.New("the codebook has no question to answer")
	}
	variable := book.Variables()[i]
	var mu sync.Mutex
	var times []time.Duration
	var refusals []error
	var coders sync.WaitGroup
	type person struct {
		client     *http.Client
		assignment int64
		saved      int
	}
	people := make([]person, len(b.coders))
	for i, who := range b.coders {
		mine, err := b.store.MyAssignments(b.p.ctx, who, benchStudy)
		if err != nil {
			return err
		}
		people[i].assignment = mine[0].ID
		if people[i].client, err = login(address, who.Login); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(b.p.ctx, long)
	defer cancel()
	for i := range people {
		x := &people[i]
		path := fmt.Sprintf("%s/api/v1/assignments/%d/answers/%s", address, x.assignment, variable.ID)
		coders.Go(func() {
			// They do not all save at the same moment of a second.
			wait(ctx, time.Duration(i)*time.Second/time.Duration(len(people)))
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for ctx.Err() == nil {
				body, err := json.Marshal(map[string]any{"value": variable.Categories[(x.saved+i)%2].Code, "version": x.saved})
				started := time.Now()
				status := 0
				if err == nil {
					status, err = put(x.client, path, body)
				}
				mu.Lock()
				times = append(times, time.Since(started))
				if err == nil && status == http.StatusOK {
					x.saved++
				} else {
					refusals = append(refusals, errors.Join(err, fmt.Errorf("a save answered %d", status)))
				}
				mu.Unlock()
				select {
				case <-tick.C:
				case <-ctx.Done():
				}
			}
		})
	}
	err = beside(ctx)
	coders.Wait()
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(times[min(len(times)-1, int(share*float64(len(times))))].Microseconds()) / 1000
	}
	b.add(fmt.Sprintf("%s, %d coders: median", work, b.Coders), at(0.5), "ms", "")
	b.add("the same: 99th percentile", at(0.99), "ms", "< 150")
	b.add("the same: longest", at(1), "ms", "")
	b.add("saves", float64(len(times)), "saves", "")
	b.add("saves refused", float64(len(refusals)), "saves", "0")
	lost := 0
	for i, x := range people {
		history, err := b.store.History(b.p.ctx, b.coders[i], x.assignment, variable.ID)
		if err != nil {
			return err
		}
		lost += max(0, x.saved-len(history))
	}
	b.add("acknowledged answers that are not stored", float64(lost), "answers", "0")
	if lost > 0 {
		err = errors.Join(err, fmt.Errorf("%d acknowledged answers are not stored", lost))
	}
	if len(refusals) > 0 {
		err = errors.Join(err, fmt.Errorf("%d saves were refused, the last one: %w", len(refusals), refusals[len(refusals)-1]))
	}
	return err
}
