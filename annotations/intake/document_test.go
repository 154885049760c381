package intake_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

// newReader gives a Reader whose PDF engine goes with the test.
func newReader(t testing.TB, limits intake.Limits) *intake.Reader {
	t.Helper()
	r := intake.NewReader("", limits)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// pdfReader serves all tests that read PDFs by interpreter: starting the
// engine is most of what they cost, above all under the race detector.
var pdfReader = intake.NewReader("", patient())

// patient has limits for a machine that does much else beside these tests.
func patient() intake.Limits {
	l := intake.DefaultLimits()
	l.Time = 8 * time.Minute
	return l
}

func TestMain(m *testing.M) {
	status := m.Run()
	if err := pdfReader.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func TestPlainText(t *testing.T) {
	r := newReader(t, intake.DefaultLimits())
	check := func(what, name, content, text string, format intake.Format, encoding string, pages []int, lost ...intake.Notice) {
		t.Helper()
		got, err := r.Read(context.Background(), name, strings.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		sum := sha256.Sum256([]byte(text))
		want := intake.Document{
			Name: name, Format: format, Encoding: encoding, Text: text, SHA256: hex.EncodeToString(sum[:]),
			Characters: len([]rune(text)), Pages: pages, Lost: lost,
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", what, diff)
		}
	}
	guessed := func(encoding string) intake.Notice {
		return intake.Notice{Kind: intake.NoticeEncoding, Count: 1, Encoding: encoding}
	}
	declared := func(encoding string) intake.Notice {
		return intake.Notice{Kind: intake.NoticeDeclared, Count: 1, Encoding: encoding}
	}
	check("ASCII", "a.txt", "dag 1\n\tthuis", "dag 1\n\tthuis", intake.Text, "utf-8", nil)
	check("line ends", "a.txt", "a\r\nb\rc\n", "a\nb\nc\n", intake.Text, "utf-8", nil)
	check("decomposed becomes NFC", "a.txt", "coo\u0308rdinator", "coördinator", intake.Text, "utf-8", nil)
	check("byte order mark goes", "a.txt", "\ufeffé", "é", intake.Text, "utf-8", nil)
	check("UTF-16 LE with mark", "a.txt", "\xff\xfe\xe9\x00n\x00", "én", intake.Text, "utf-16le", nil, declared("utf-16le"))
	check("UTF-16 BE with mark", "a.txt", "\xfe\xff\x00\xe9\x00n", "én", intake.Text, "utf-16be", nil, declared("utf-16be"))
	check("UTF-16 LE without mark", "a.txt", "d\x00a\x00g\x00 \x001\x00", "dag 1", intake.Text, "utf-16le", nil, guessed("utf-16le"))
	check("UTF-16 BE without mark", "a.txt", "\x00d\x00a\x00g\x00 \x001", "dag 1", intake.Text, "utf-16be", nil, guessed("utf-16be"))
	check("Windows-1252", "a.txt", "co\xf6rdinator \x80 5", "coördinator € 5", intake.Text, "windows-1252", nil, guessed("windows-1252"))
	check("emoji of several code points", "a.txt", "👨\u200d👩\u200d👧 ok", "👨\u200d👩\u200d👧 ok", intake.Text, "utf-8", nil)
	check("control characters", "a.txt", "a\x01b\u0090c", "abc", intake.Text, "utf-8", nil,
		intake.Notice{Kind: intake.NoticeControl, Count: 2})
	check("reading direction", "a.txt", "a\u202eb", "a\u202eb", intake.Text, "utf-8", nil,
		intake.Notice{Kind: intake.NoticeInvisible, Count: 1})
	check("form feeds are pages", "a.txt", "één\n\ftwee\fdrie", "één\ntwee\ndrie", intake.Text, "utf-8", []int{0, 4, 9})
	check("one broken byte in much UTF-8", "a.txt", strings.Repeat("é", 10)+"\xff", strings.Repeat("é", 10)+"\ufffd",
		intake.Text, "utf-8", nil, intake.Notice{Kind: intake.NoticeUndecoded, Count: 1})
	check("Markdown stays as it is", "a.md", "# Kop\n- punt", "# Kop\n- punt", intake.Markdown, "utf-8", nil)
	check("text with a name of another format", "a.docx", "gewone tekst", "gewone tekst", intake.Text, "utf-8", nil,
		intake.Notice{Kind: intake.NoticeExtension, Count: 1})
}

func TestCancelledReadGivesTheContextsError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := newReader(t, intake.DefaultLimits())
	if _, err := r.Read(ctx, "a.txt", strings.NewReader("tekst")); err != context.Canceled {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
}

func BenchmarkReadText(b *testing.B) {
	r := newReader(b, intake.DefaultLimits())
	content := strings.Repeat("Op dag 12 belde de coördinator met [MOEDER] over één afspraak.\r\n", 60)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := r.Read(context.Background(), "a.txt", strings.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}
