package server

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// A cancelled import leaves the study as it was; gone on with, it brings in
// everything, once.
func TestACancelledImportIsGoneOnWith(t *testing.T) {
	w := storetest.Open(t)
	reader := intake.NewReader("", intake.DefaultLimits())
	defer reader.Close()
	s, err := New(w.Store, Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: w.Clock.Now, Reader: reader, Screener: new(screening.Screener)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const n = 600
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		f, err := z.Create(fmt.Sprintf("Z-%03d/a.txt", i))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(f, "The bicycle came in for the %dth time.\n", i)
	}
	z.Close()
	path := filepath.Join(t.TempDir(), "batch.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		t.Helper()
		total, _, err := w.Store.CountCases(context.Background(), storetest.Study, store.CaseFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return total
	}
	before := count()
	upload := func() *importJob {
		return &importJob{Study: storetest.Study, User: w.People["daan"].ID, Kind: "cases", Name: "batch.zip", Size: int64(b.Len()), path: path}
	}
	first := upload()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := s.runImport(ctx, w.People["daan"], first, false)
		ended <- err
	}()
	for first.now().Done < n/2 {
	}
	cancel()
	if err := <-ended; err == nil {
		t.Fatal("the import was done before it was cancelled; make the batch larger")
	}
	if got := count(); got != before {
		t.Errorf("a cancelled import left %d cases, want %d", got, before)
	}
	staging, err := w.Store.Stage(context.Background(), w.People["daan"], storetest.Study, fmt.Sprintf("user %d", w.People["daan"].ID))
	if err != nil {
		t.Fatal(err)
	}
	if staging.Staged() < n/4 {
		t.Errorf("only %d cases need not be read again", staging.Staged())
	}
	staging.Close()
	counts, err := s.runImport(context.Background(), w.People["daan"], upload(), false)
	if err != nil || counts[0] != n || counts[1] != n {
		t.Errorf("gone on with, it stored %v, %v", counts, err)
	}
	if got := count(); got != before+n {
		t.Errorf("there are %d cases, want %d", got, before+n)
	}
}
