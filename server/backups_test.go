package server_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server"
)

// A server makes backups, keeps as many as it was told and removes only its
// own; how they stand is on the administrator's page and in the metrics.
func TestServerMakesBackups(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "elsewhere")
	s := openWith(t, func(o *server.Options) { o.Backups = &server.Backups{Dir: dir, Every: 24 * time.Hour, Keep: 2} })
	ctx := context.Background()
	beheer := s.visit(t, "beheer")
	if got := beheer.get("/users"); !strings.Contains(got.body, "There is no good backup yet") {
		t.Error("the page does not say that there is no backup")
	}
	for range 2 {
		if err := s.server.BackUp(ctx); err != nil {
			t.Fatal(err)
		}
		s.Clock.Add(24 * time.Hour)
	}
	// Of somebody else: one that looks like its own, and one that does not.
	others := []string{"dossierlens-20200101T000000Z.db", "holiday.jpg"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first, err := filepath.Glob(filepath.Join(dir, "dossierlens-2026*"))
	if err != nil || len(first) != 2 {
		t.Fatalf("there are %v, %v", first, err)
	}
	if err := s.server.BackUp(ctx); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if len(names) != 4 || slices.Contains(names, filepath.Base(first[0])) || !slices.Contains(names, filepath.Base(first[1])) || !slices.Contains(names, others[0]) || !slices.Contains(names, others[1]) {
		t.Errorf("there are %v, want the last two and those of others", names)
	}
	backups, err := s.Store.Backups(ctx, s.Clock.Now())
	if err != nil || len(backups) != 2 {
		t.Errorf("%d backups are known to be kept (%v), want 2", len(backups), err)
	}
	beheer = s.visit(t, "beheer")
	if got := beheer.get("/users"); !strings.Contains(got.body, "Last good copy: dossierlens-2026") || !strings.Contains(got.body, "Restored on trial and in order") {
		t.Errorf("the page says %s", between(got.body, "notice", "</section>"))
	}
	for _, line := range []string{"dossierlens_backup_ok 1", "dossierlens_backup_age_seconds ", "dossierlens_backup_bytes "} {
		if got := beheer.get("/metrics").body; !strings.Contains(got, line) {
			t.Errorf("the metrics have no %q", line)
		}
	}

	// One that fails is told, and loses nothing of what there is.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Clock.Add(72 * time.Hour)
	if err := s.server.BackUp(ctx); err == nil {
		t.Error("a backup into a file that is no folder was made")
	}
	beheer = s.visit(t, "beheer")
	if got := beheer.get("/users"); !strings.Contains(got.body, "The last backup failed") || !strings.Contains(got.body, "Last good copy") {
		t.Errorf("of a failed backup the page says %s", between(got.body, "notice", "</section>"))
	}
	if got := beheer.get("/metrics").body; !strings.Contains(got, "dossierlens_backup_ok 0") {
		t.Error("the metrics do not tell of a failed backup")
	}
	if got := s.log.String(); !strings.Contains(got, "BACKUP FAILED") {
		t.Errorf("the log says %s", fmt.Sprintf("%.500s", got))
	}
}
