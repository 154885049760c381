package annotations_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
)

// openFolder opens a batch of files by name.
func openFolder(t *testing.T, files map[string]string) (*intake.Batch, *intake.Reader) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	batch, err := intake.Open(dir, intake.Known{}, intake.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	reader := intake.NewReader("", intake.DefaultLimits())
	t.Cleanup(func() { reader.Close(); batch.Close() })
	return batch, reader
}

// A name that one document of a case tells is found in the others, where it
// stands alone; in another case the same word is none.
func TestReadBatchFindsNamesByRepetition(t *testing.T) {
	batch, reader := openFolder(t, map[string]string{
		"C-1/1.txt": "Gesproken met mevrouw Plompert over het plan.\n",
		"C-1/2.txt": "Later belde zij weer. Plompert later rustig.\n",
		"C-2/1.txt": "Plompert later rustig.\n",
	})
	cases, err := annotations.ReadBatch(context.Background(), batch, reader, new(screening.Screener), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 2 || len(cases[0].Held) != 2 || len(cases[0].Documents) != 0 {
		t.Fatalf("both documents of C-1 must wait: %+v", cases)
	}
	if f := cases[0].Held[1].Findings; len(f) != 1 || f[0].Text != "Plompert" || f[0].Rule != "name-repeated" {
		t.Errorf("the second document has %+v", f)
	}
	if len(cases[1].Documents) != 1 {
		t.Errorf("C-2 has %d documents that are cleared, want 1", len(cases[1].Documents))
	}
	// Who decides about the second document meets the name again, also when
	// the first is decided and gone.
	knowing := new(screening.Screener).Knowing(cases[0].Held[1].Findings)
	if f := knowing.Scan(cases[0].Held[1].Text); len(f) != 1 || f[0].Text != "Plompert" {
		t.Errorf("at the decision are found %+v", f)
	}
}

// Cases that were kept before are not read, and the others come in the order
// of the batch; what cannot be read keeps only its own case away.
func TestReadCasesPassesOverWhatIsKnown(t *testing.T) {
	batch, reader := openFolder(t, map[string]string{"C-1/1.txt": "Een.\n", "C-2/1.txt": "\x00\x01\x02", "C-3/1.txt": "Drie.\n", "C-4/1.txt": "Vier.\n"})
	var kept []string
	read := func(known string) error {
		kept = nil
		return annotations.ReadCases(context.Background(), batch, reader, new(screening.Screener),
			func(c intake.Case) bool { return c.ID == known },
			func(c intake.Case, in annotations.IncomingCase) error { kept = append(kept, c.ID); return nil }, nil)
	}
	if err := read("C-4"); err == nil || !slices.Equal(kept, []string{"C-1", "C-3"}) {
		t.Errorf("kept %v, %v; want C-1 and C-3 and what is wrong with C-2", kept, err)
	}
	if err := read("C-2"); err != nil || !slices.Equal(kept, []string{"C-1", "C-3", "C-4"}) {
		t.Errorf("kept %v, %v; the case that is known was read", kept, err)
	}
}
