package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/server/store"
)

// zipOf makes a ZIP of files by name.
func zipOf(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Files that cannot be imported end with status 1 and a line that names the
// place, and leave the workspace as it was.
func TestImportRefusesBadFiles(t *testing.T) {
	const header = "case_id,document,type,day,file,region,period\n"
	const word = `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>text</w:t></w:r></w:p></w:body></w:document>`
	tests := []struct {
		name, file, content string
		want                []string
	}{
		{"empty", "manifest.csv", "", []string{"manifest.csv", "0 bytes"}},
		{"header only", "manifest.csv", header, []string{"manifest.csv", "no rows"}},
		{"no such column", "manifest.csv", "dossier,document\nN-1,1\n", []string{"manifest.csv:1: case_id"}},
		{"unknown type", "manifest.csv", header + "N-1,1,poem,0,,VT07,2025-H1\n", []string{"manifest.csv:2: type"}},
		{"unknown region", "manifest.csv", header + "N-1,1,mdo,0,,VT99,2025-H1\n", []string{"manifest.csv:2: region"}},
		{"bad day", "manifest.csv", header + "N-1,1,mdo,1.5,,VT07,2025-H1\n", []string{"manifest.csv:2: day"}},
		{"bad period", "manifest.csv", header + "N-1,1,mdo,1,,VT07,spring\n", []string{"manifest.csv:2: period"}},
		{"twice", "manifest.csv", header + "N-1,1,mdo,0,,VT07,2025-H1\nN-1,1,mdo,0,,VT07,2025-H1\n", []string{"manifest.csv:3", "twice"}},
		{"contradiction", "manifest.csv", header + "N-1,1,mdo,0,,VT07,2025-H1\nN-1,2,mdo,0,,VT08,2025-H1\n", []string{"manifest.csv:3", "contradicts"}},
		{"formula", "manifest.csv", header + "\"=HYPERLINK(\"\"x\"\")\",1,mdo,0,,VT07,2025-H1\n", []string{"manifest.csv:2: case_id"}},
		{"open quote", "manifest.csv", header + "N-1,1,mdo,0,,VT07,\"2025-H1\n", []string{"manifest.csv", "quotes"}},
		{"missing file", "manifest.csv", header + "N-1,1,mdo,0,gone.txt,VT07,2025-H1\n", []string{"manifest.csv:2: file", "gone.txt"}},
		{"absolute path", "manifest.csv", header + "N-1,1,mdo,0,/etc/hostname,VT07,2025-H1\n", []string{"manifest.csv:2: file"}},
		{"path upwards", "manifest.csv", header + "N-1,1,mdo,0,../manifest.csv,VT07,2025-H1\n", []string{"manifest.csv:2: file"}},
		{"workbook that is none", "manifest.xlsx", "PK\x03\x04", []string{"manifest.xlsx", "damaged"}},
		{"old workbook", "manifest.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", []string{"manifest.xls", "97-2003"}},
		{"broken zip", "batch.zip", zipOf(t, "N-1/mdo.txt", "text")[:60], []string{"batch.zip", "damaged"}},
		{"zip that leaves", "batch.zip", zipOf(t, "../mdo.txt", "text"), []string{"batch.zip", "mdo.txt"}},
		{"zip without cases", "batch.zip", zipOf(t, "mdo.txt", "text"), []string{"batch.zip"}},
		{"zip in a zip", "batch.zip", zipOf(t, "N-1/mdo.zip", zipOf(t, "a.txt", "text")), []string{"N-1/mdo.zip", "archive"}},
		{"bomb", "batch.zip", zipOf(t, "N-1/mdo.docx", zipOf(t, "word/document.xml", strings.Repeat(" ", 40<<20))), []string{"N-1/mdo.docx"}},
		{"empty document", "batch.zip", zipOf(t, "N-1/mdo.txt", ""), []string{"N-1/mdo.txt", "0 bytes"}},
		{"blank document", "batch.zip", zipOf(t, "N-1/mdo.txt", " \n\t\n"), []string{"N-1/mdo.txt", "no text"}},
		{"bytes of no text", "batch.zip", zipOf(t, "N-1/mdo.txt", strings.Repeat("\x00\x01", 200)), []string{"N-1/mdo.txt"}},
		{"picture", "batch.zip", zipOf(t, "N-1/scan.png", "\x89PNG\r\n\x1a\n0000"), []string{"N-1/scan.png", "picture"}},
		{"old word", "batch.zip", zipOf(t, "N-1/mdo.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 600)), []string{"N-1/mdo.doc"}},
		{"macros", "batch.zip", zipOf(t, "N-1/mdo.docm", zipOf(t, "[Content_Types].xml", "<Types/>", "word/document.xml", word, "word/vbaProject.bin", "x")), []string{"N-1/mdo.docm", "macros"}},
		{"word without text", "batch.zip", zipOf(t, "N-1/mdo.docx", zipOf(t, "[Content_Types].xml", "<Types/>")), []string{"N-1/mdo.docx"}},
		{"two at once", "batch.zip", zipOf(t, "N-1/mdo.txt", "", "N-2/mdo.txt", " "), []string{"N-1/mdo.txt", "N-2/mdo.txt"}},
	}
	dir := t.TempDir()
	workspace := filepath.Join(dir, "workspace")
	verb := func(args ...string) (int, string) {
		var stderr bytes.Buffer
		p := process{ctx: context.Background(), getenv: os.Getenv, stdin: strings.NewReader(""), stdout: io.Discard, stderr: &stderr}
		return run(p, args), stderr.String()
	}
	if status, said := verb("study", "create", "--data", workspace, "--id", "s", "--codebook", "builtin:hgkm-procesindicatoren"); status != 0 {
		t.Fatal(said)
	}
	state := func() string {
		s, err := store.Open(context.Background(), workspace, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		events, err := s.CheckAudit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		cases, _, err := s.CountCases(context.Background(), "s", store.CaseFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d cases, %d events", cases, events)
	}
	before := state()
	refuses := func(t *testing.T, path string, want ...string) {
		t.Helper()
		status, said := verb("import", "cases", "--data", workspace, "--study", "s", path)
		if status != 1 {
			t.Errorf("status %d, want 1", status)
		}
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("it does not say %q: %s", w, said)
			}
		}
		if after := state(); after != before {
			t.Errorf("the workspace has %s, want %s", after, before)
		}
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := filepath.Join(dir, fmt.Sprint(i))
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, test.file)
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			refuses(t, path, test.want...)
		})
	}
	t.Run("document of 200 MB", func(t *testing.T) {
		folder := filepath.Join(dir, "large")
		if err := os.MkdirAll(filepath.Join(folder, "N-1"), 0o700); err != nil {
			t.Fatal(err)
		}
		document := filepath.Join(folder, "N-1", "mdo.txt")
		if err := os.WriteFile(document, []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(document, 200<<20); err != nil {
			t.Fatal(err)
		}
		refuses(t, folder, "N-1/mdo.txt", "larger than")
	})
	t.Run("folder with a symbolic link", func(t *testing.T) {
		folder := filepath.Join(dir, "linked")
		if err := os.MkdirAll(filepath.Join(folder, "N-1"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/etc/hostname", filepath.Join(folder, "N-1", "mdo.txt")); err != nil {
			t.Fatal(err)
		}
		refuses(t, folder, "mdo.txt", "symbolic link")
	})
}
