package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
)

// An import that is killed in the middle leaves the study as it was; the same
// command goes on with what is left to read, and brings in everything once.
func TestKilledImportIsGoneOnWith(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	program := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command("dossierlens", args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		return cmd, &out
	}
	create, said := program("study", "create", "--data", dir, "--id", "bikes", "--codebook", field)
	if err := create.Run(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	const n = 4000
	files := make([]string, 0, 2*n)
	for i := range n {
		files = append(files, fmt.Sprintf("K-%04d/a.txt", i), strings.Repeat(fmt.Sprintf("De fiets komt voor de %de keer. ", i), 60))
	}
	batch := written(t, t.TempDir(), "batch.zip", zipOf(t, files...))
	command := []string{"import", "cases", "--data", dir, "--study", "bikes", batch, "--format", "csv"}

	first, said := program(command...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- first.Wait() }()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for written := int64(0); written < 1<<20; { // some of it is on the disk
		select {
		case err := <-ended:
			t.Fatalf("the import ended before it was killed: %v %s", err, said)
		case <-look.C:
			if info, err := os.Stat(filepath.Join(dir, "dossierlens.db-wal")); err == nil {
				written = info.Size()
			}
		}
	}
	first.Process.Kill()
	<-ended

	stored := func() (cases int) {
		t.Helper()
		s, err := store.Open(context.Background(), dir, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i := range n {
			switch _, err := s.Case(context.Background(), "bikes", annotations.CaseID(fmt.Sprintf("K-%04d", i))); {
			case err == nil:
				cases++
			case !errors.Is(err, annotations.ErrNotFound):
				t.Fatal(err)
			}
		}
		if _, err := s.CheckAudit(context.Background()); err != nil {
			t.Error(err)
		}
		return cases
	}
	if got := stored(); got != 0 {
		t.Errorf("the killed import left %d cases in the study", got)
	}
	again, said := program(command...)
	if err := again.Run(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	before := regexp.MustCompile(`going on: (\d+) cases were read before`).FindStringSubmatch(said.String())
	if before == nil {
		t.Fatalf("the import does not go on with what was read: %s", said)
	}
	if read, err := strconv.Atoi(before[1]); err != nil || read < 100 || read >= n {
		t.Errorf("it goes on after %s of %d cases", before[1], n)
	}
	if !strings.Contains(said.String(), fmt.Sprintf("\n%d,%d,0,0\n", n, n)) {
		t.Errorf("it stored %s", said)
	}
	if got := stored(); got != n {
		t.Errorf("the study has %d cases, want %d", got, n)
	}
	third, said := program(command...)
	if err := third.Run(); err != nil || !strings.Contains(said.String(), fmt.Sprintf("\n0,0,0,%d\n", 2*n)) {
		t.Errorf("a third time: %v %s", err, said)
	}
}
