package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// The server makes a backup when one is due and not before, keeps as many as it
// was told, tries again soon after one that failed, goes on where the server
// before it stopped, and makes one at once when the clock was put back. Time is
// that of the bubble: nobody waits.
func TestServerKeepsItsSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := storetest.Open(t)
		dir := filepath.Join(t.TempDir(), "elsewhere")
		var log bytes.Buffer
		var wrong time.Duration // by which the clock is put back
		begin := func() (end func()) {
			srv, err := server.New(w.Store, server.Options{Log: slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &log), nil)),
				Now: func() time.Time { return time.Now().Add(-wrong) }, Backups: &server.Backups{Dir: dir, Every: 24 * time.Hour, Keep: 3}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				srv.KeepBackups(ctx)
				close(done)
			}()
			synctest.Wait()
			return func() { stop(); <-done }
		}
		pass := func(d time.Duration) {
			time.Sleep(d) // in the bubble
			synctest.Wait()
		}
		files := func() []string {
			list, err := filepath.Glob(filepath.Join(dir, "dossierlens-*.db"))
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		want := func(when string, n int) {
			t.Helper()
			if got := files(); len(got) != n {
				t.Errorf("%s there are %v, want %d", when, got, n)
			}
		}
		end := begin()
		want("at the start", 1)
		first := files()[0]
		pass(24*time.Hour - time.Second)
		want("just before a day has passed", 1)
		pass(2 * time.Second)
		want("after a day", 2)
		pass(48 * time.Hour)
		want("after three days", 3)
		if slices.Contains(files(), first) {
			t.Error("the oldest is still there")
		}

		// One that fails is tried again in a quarter of an hour.
		if err := os.Rename(dir, dir+"-away"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		pass(24 * time.Hour)
		if n := strings.Count(log.String(), "BACKUP FAILED"); n < 1 || n > 2 {
			t.Errorf("%d backups failed, want one, and at most another try", n)
		}
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(dir+"-away", dir); err != nil {
			t.Fatal(err)
		}
		before := files()
		pass(15*time.Minute + time.Second)
		if after := files(); len(after) != 3 || after[2] == before[2] {
			t.Errorf("a quarter of an hour after one that failed there are %v, and were %v", after, before)
		}

		// The next server waits for what is left of the day.
		pass(10 * time.Hour)
		end()
		before = files()
		end = begin()
		pass(13 * time.Hour)
		if after := files(); !slices.Equal(after, before) {
			t.Errorf("a start made a backup before it was due: %v", after)
		}
		pass(2 * time.Hour)
		if after := files(); slices.Equal(after, before) {
			t.Error("after a start none was made when it was due")
		}

		// A clock that is put back does not put backups off.
		end()
		before, wrong = files(), 72*time.Hour
		end = begin()
		if after := files(); slices.Equal(after, before) {
			t.Errorf("with the clock put back three days no backup is made, or the newest is removed: %v", after)
		}
		before = files()
		pass(24*time.Hour + time.Second)
		if after := files(); len(after) != 3 || slices.Equal(after, before) {
			t.Errorf("a day after that there are %v, and were %v", after, before)
		}
		end()
	})
}
