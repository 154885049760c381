package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// window is how many bytes of a value are looked for in a file.
const window = 12

// windowsOf cuts every value of every table into windows. What could stand in
// any file, such as zeros, is left out.
func windowsOf(t *testing.T, file string) map[[window]byte]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list := func(query string) (names []string) {
		t.Helper()
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		return names
	}
	found := map[[window]byte]string{}
	for _, table := range list(`SELECT name FROM sqlite_schema WHERE type = 'table'`) {
		for _, column := range list(fmt.Sprintf(`SELECT name FROM pragma_table_info('%s')`, table)) {
			for _, value := range list(fmt.Sprintf(`SELECT DISTINCT CAST("%[1]s" AS TEXT) FROM "%[2]s" WHERE length("%[1]s") >= %[3]d`, column, table, window)) {
				for i := 0; i+window <= len(value); i += window {
					w := [window]byte([]byte(value[i : i+window]))
					distinct := map[byte]bool{}
					for _, b := range w {
						distinct[b] = true
					}
					if len(distinct) > 5 {
						found[w] = table + "." + column
					}
				}
			}
		}
	}
	return found
}

// readableIn counts how many of the windows stand in a file, by column.
func readableIn(t *testing.T, windows map[[window]byte]string, file string) (n int, columns map[string]int) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[window]byte]bool{}
	var begins [1 << 24]bool // three bytes with which a window begins, for most of a file is none
	for w := range windows {
		begins[int(w[0])<<16|int(w[1])<<8|int(w[2])] = true
	}
	columns = map[string]int{}
	for i := 0; i+window <= len(b); i++ {
		if !begins[int(b[i])<<16|int(b[i+1])<<8|int(b[i+2])] {
			continue
		}
		w := [window]byte(b[i : i+window])
		if column, ok := windows[w]; ok && !seen[w] {
			seen[w] = true
			columns[column]++
		}
	}
	return len(seen), columns
}

// comment has a coder of the demo ask something.
func comment(t *testing.T, st *store.Store) {
	t.Helper()
	ctx := context.Background()
	studies, err := st.Studies(ctx)
	if err != nil {
		t.Fatal(err)
	}
	users, err := st.Users(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		who, err := st.Actor(ctx, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		mine, err := st.MyAssignments(ctx, who, studies[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range mine {
			if a.Status == annotations.Open {
				if _, err := st.AddComment(ctx, who, a.ID, annotations.Comment{Key: "k", Kind: annotations.AskLead, Text: "Telt een verzonnen afspraak hier ook mee?"}); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
	}
	t.Fatal("nobody has a case to code")
}

// Nothing that an encrypted workspace holds, in whatever table or column, can
// be read in its database, its log or its backups; and it works as one that is
// not encrypted: its exports have the same bytes.
func TestEncryptedWorkspaceIsUnreadable(t *testing.T) {
	ctx, dir, key := context.Background(), t.TempDir(), storetest.Key(t)
	data := filepath.Join(dir, "data")
	made := madeDemo(t, dir, t.TempDir(), key)

	st, err := store.OpenEncrypted(ctx, data, time.Now, key)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	app, err := st.BeginTOTP(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	comment(t, st)
	copied := filepath.Join(dir, "copy.db")
	if _, err := st.BackupAndDrill(ctx, auth.Actor{}, copied); err != nil {
		t.Fatal(err)
	}
	files := []string{copied, filepath.Join(data, store.File), filepath.Join(data, store.File+"-wal")}

	// The same workspace, to be read.
	plain := filepath.Join(dir, "plain")
	if _, _, err := store.Restore(ctx, copied, plain, time.Now, key); err != nil {
		t.Fatal(err)
	}
	if err := store.Reencrypt(ctx, plain, time.Now, key, auth.Key{}, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	windows := windowsOf(t, filepath.Join(plain, store.File))
	n, columns := readableIn(t, windows, filepath.Join(plain, store.File))
	if n < len(windows)*9/10 {
		t.Errorf("of the %d pieces that are looked for only %d are found in a database that is not encrypted", len(windows), n)
	}
	for _, column := range []string{"documents.text", "passages.quote", "answers.value", "answers.note", "comments.text", "proposals.reason", "totp.secret", "users.name",
		"codebooks.source"} {
		if columns[column] == 0 {
			t.Errorf("the demo has nothing in %s; the test proves nothing about it (%v)", column, columns)
		}
	}
	for _, file := range files {
		if n, columns := readableIn(t, windows, file); n > 0 {
			t.Errorf("%s: %d of %d pieces can be read: %v", file, n, len(windows), columns)
		}
		if b, err := os.ReadFile(file); err != nil || len(b) == 0 || bytes.Contains(b, []byte(app)) || bytes.Contains(b, []byte("CREATE TABLE")) {
			t.Errorf("%s has %d bytes (%v); the key of an authenticator app or the schema can be read in it", file, len(b), err)
		}
	}

	again, err := store.Open(ctx, plain, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for name, want := range filesOfDemo(t, again) {
		if !bytes.Equal(made[name], want) {
			t.Errorf("%s has other bytes when the workspace is encrypted", name)
		}
	}
}

// The program, killed while coders save in an encrypted workspace, has every
// answer that it acknowledged; killed while it writes a workspace anew, it
// leaves a whole one with the old key or with the new one.
func TestKilledWithEncryption(t *testing.T) {
	w := storetest.OpenEncrypted(t)
	a := w.Assign(t, "B-01", "anna")
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keys := [2]string{filepath.Join(dir, "key"), filepath.Join(dir, "new")}
	words := "dossierlens-key-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" // of storetest.Key
	for i, text := range []string{words, auth.NewKey()} {
		if err := os.WriteFile(keys[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DOSSIERLENS_KEY", words)

	s := serveApart(t, w.Dir)
	c := newCaller(t, func() string { return s.site }, "anna", storetest.Password)
	var acks []acknowledged
	version := 0
	for range 5 {
		for range 20 {
			var reply struct {
				Version int `json:"version"`
			}
			value := fmt.Sprintf("remark %d", version)
			status, err := c.send(http.MethodPut, fmt.Sprintf("/api/v1/assignments/%d/answers/remark", a.ID), map[string]any{"value": value, "missing": nil, "note": "", "version": version}, &reply)
			if err != nil || status != http.StatusOK {
				t.Fatalf("an answer was not saved: %d, %v", status, err)
			}
			version = reply.Version
			acks = append(acks, acknowledged{"remark", value, version})
		}
		s.kill()
		s.start("dossierlens")
		c = newCaller(t, func() string { return s.site }, "anna", storetest.Password)
	}
	s.kill()
	proveStoredWith(t, w.Dir, storetest.Key(t), w.People["anna"], a.ID, acks)

	var swapped int
	for range 12 {
		cmd := exec.Command("dossierlens", "rekey", "--data", w.Dir, "--key-file", keys[0], "--new-key-file", keys[1])
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-ended:
		case <-time.After(time.Duration(rand.IntN(400)) * time.Millisecond):
			cmd.Process.Kill()
			<-ended
		}
		old, err := readKey(keys[0])
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.OpenEncrypted(context.Background(), w.Dir, time.Now, old)
		if errors.Is(err, store.ErrWrongKey) { // the new one has it
			swapped++
			keys[0], keys[1] = keys[1], keys[0]
			if old, err = readKey(keys[0]); err != nil {
				t.Fatal(err)
			}
			s, err = store.OpenEncrypted(context.Background(), w.Dir, time.Now, old)
		}
		if err != nil {
			t.Fatalf("after it was killed (%s): %v", said.String(), err)
		}
		found, err := s.Examine(context.Background())
		if err := errors.Join(append(store.Problems(found), err, s.Close())...); err != nil {
			t.Fatal(err)
		}
		proveStoredWith(t, w.Dir, old, w.People["anna"], a.ID, acks)
		for _, left := range []string{"rewritten", store.File + ".before"} {
			if _, err := os.Stat(filepath.Join(w.Dir, left)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is left (%v)", left, err)
			}
		}
	}
	t.Logf("%d of 12 were done before they were killed", swapped)
}

// While a workspace is open it is not written anew, by the verb of another
// process either.
func TestEncryptWhileServed(t *testing.T) {
	w := storetest.Open(t)
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveApart(t, w.Dir)
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("dossierlens", "key", key).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("dossierlens", "encrypt", "--data", w.Dir, "--key-file", key).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another program has this workspace open") {
		t.Errorf("%v: %s", err, out)
	}
	s.kill()
	if out, err = exec.Command("dossierlens", "encrypt", "--data", w.Dir, "--key-file", key).CombinedOutput(); err != nil {
		t.Errorf("after it ended: %v: %s", err, out)
	}
}
