package store

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// Every connection flushes at every commit and leaves checkpoints to the store,
// which listens to their errors.
func TestEveryConnectionFlushes(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, db := range map[string]*sqlx.DB{"write": s.write, "read": s.read} {
		for range db.Stats().MaxOpenConnections {
			conn, err := db.Connx(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "wal_autocheckpoint": "0"} {
				var got string
				if err := conn.GetContext(ctx, &got, "PRAGMA "+pragma); err != nil || got != want {
					t.Errorf("%s: %s is %s, want %s (%v)", name, pragma, got, want, err)
				}
			}
		}
	}
}

// Nothing writes past the function that refuses after a flush that failed.
func TestOneWayToWrite(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			if !strings.HasSuffix(file, "_test.go") && bytes.Contains(line, []byte("s.write")) {
				found = append(found, file+": "+strings.TrimSpace(string(line)))
			}
		}
	}
	want := []string{
		"flush.go: conn, err := s.write.Connx(ctx)",
		"migrate.go: return goose.NewProvider(goose.DialectSQLite3, s.write.DB, files)", // before anybody is served
		`store.go: if s.write, err = sqlx.Open("sqlite", dsn+"&_txlock=immediate"); err != nil {`,
		"store.go: s.write.SetMaxOpenConns(1)",
		"store.go: s.write.Close()",
		"store.go: return errors.Join(s.read.Close(), s.write.Close())",
	}
	if !slices.Equal(found, want) {
		t.Errorf("the connection that writes is used in\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
}
