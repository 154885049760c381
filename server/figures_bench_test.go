package server_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// settledStore is a study of the built-in codebook with so many settled cases,
// spread evenly over 26 regions and 20 half-years, each with its row of
// statuses: of cases with random answers.
func settledStore(t testing.TB, cases int) *store.Store {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	st, err := store.Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	book, err := builtin.Codebook(builtin.IDs()[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := st.CreateStudy(ctx, auth.Actor{}, "many", "Many", book.Canonical()); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	var kinds [][]byte
	for range 2000 {
		answers := codebook.Answers{}
		for _, v := range book.Variables() {
			switch options := book.Options(v, ""); {
			case random.Float64() < 0.05 && len(v.Missing) > 0:
				answers[v.ID] = codebook.Answer{Missing: v.Missing[random.IntN(len(v.Missing))]}
			case len(options) > 0:
				answers[v.ID] = codebook.Answer{Value: options[min(random.IntN(len(options)), random.IntN(len(options)))].Code}
			}
		}
		var packed []byte
		for _, s := range book.Statuses(book.Effective(answers)) {
			packed = append(packed, byte(s.Kind), byte(s.Codes))
		}
		kinds = append(kinds, packed)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for i := range cases {
		half := i / 26 % 20
		_, err := tx.Exec(`INSERT INTO cases (id, study, case_id, region, period, stratum, frame_n, on_site, state, created_at) VALUES (?1, 'many', ?2, ?3, ?4, '', ?5, 1, 'settled', '')`,
			i+1, fmt.Sprintf("C-%06d", i), fmt.Sprintf("VT%02d", 1+i%26), fmt.Sprintf("%d-H%d", 2015+half/2, 1+half%2), 2*(cases/520+1))
		if err == nil {
			_, err = tx.Exec(`INSERT INTO statuses (case_key, study, statuses, at) VALUES (?, 'many', ?, '2026-01-05T09:00:00.000Z')`, i+1, kinds[random.IntN(len(kinds))])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return st
}

// heap watches how much of the heap is in use while something runs, and returns
// the most that it was above what it was before, in bytes.
func heap(run func()) uint64 {
	read := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	runtime.GC()
	before, most := read(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				most = max(most, read())
			}
		}
	}()
	run()
	close(stop)
	<-done
	return max(most, before) - before
}

// BenchmarkFiguresOfAStore works out all figures of 46 measures, 26 regions and
// 20 half-years from the rows of a store, and tells how much of the heap that
// takes at most, garbage included: it does not grow with the cases.
func BenchmarkFiguresOfAStore(b *testing.B) {
	for _, cases := range []int{10_000, 100_000, 300_000} {
		b.Run(fmt.Sprintf("cases=%d", cases), func(b *testing.B) {
			st := settledStore(b, cases)
			most, rows := uint64(0), 0
			for b.Loop() {
				most = max(most, heap(func() {
					p, err := server.Publication(b.Context(), st, "many")
					if err != nil {
						b.Fatal(err)
					}
					rows = len(p.Observations)
				}))
			}
			b.ReportMetric(float64(most)/1e6, "MB-heap")
			b.ReportMetric(float64(rows), "rows")
		})
	}
}
