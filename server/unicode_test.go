package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// Passages over emoji, combining marks, writing from right to left, soft
// hyphens and lines of every system keep text[start:end] == quote, from the
// file through the API and back. The corpus is that of the coding page's
// tests.
func TestInvariant6PassagesInEveryScript(t *testing.T) {
	b, err := os.ReadFile("../web/testdata/sources.json")
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	if err := json.Unmarshal(b, &sources); err != nil {
		t.Fatal(err)
	}
	s := open(t)
	ctx := context.Background()
	reader := intake.NewReader("", intake.DefaultLimits())
	t.Cleanup(func() { reader.Close() })
	var texts []string
	for i, source := range sources {
		doc, err := reader.Read(ctx, fmt.Sprintf("%d.txt", i), strings.NewReader(source))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, doc.Text)
	}
	s.Import(t, storetest.Study, s.Case(t, "U-01", "W1", texts...))
	a := s.Assign(t, "U-01", "anna")
	docs, err := s.Store.Documents(ctx, a.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	anna := s.visit(t, "anna")
	path := fmt.Sprintf("/api/v1/assignments/%d", a.ID)
	type passage struct {
		Variable   string `json:"variable"`
		Document   int64  `json:"document"`
		Start, End int
		Quote      string
	}
	sent := map[passage]bool{}
	random := rand.New(rand.NewPCG(3, 9))
	for i, d := range docs {
		if d.Text != texts[i] {
			t.Errorf("document %d is stored as %q, want %q", i, d.Text, texts[i])
		}
		runes := []rune(d.Text)
		for range 40 {
			start := random.IntN(len(runes))
			end := start + 1 + random.IntN(len(runes)-start)
			p := passage{"damage", d.Key, start, end, string(runes[start:end])}
			in := map[string]any{"variable": p.Variable, "document": p.Document, "start": p.Start, "end": p.End, "quote": p.Quote}
			if got := anna.send("POST", path+"/passages", in, nil); got.status != http.StatusCreated {
				t.Fatalf("document %d, %d-%d %q: answers %d: %s", i, start, end, p.Quote, got.status, got.body)
			}
			sent[p] = true
			// One code point further stands something else.
			in["start"], in["end"] = start+1, end+1
			if end < len(runes) && string(runes[start+1:end+1]) != p.Quote {
				if got := anna.send("POST", path+"/passages", in, nil); got.status != http.StatusUnprocessableEntity {
					t.Errorf("document %d, %d-%d: a quote from elsewhere answers %d, want 422", i, start+1, end+1, got.status)
				}
			}
		}
	}
	var page struct{ State struct{ Passages []passage } }
	anna.send("GET", path, nil, &page)
	for _, p := range page.State.Passages {
		if !sent[p] {
			t.Errorf("came back, and was not sent so: %+v", p)
		}
	}
	if len(page.State.Passages) != len(sent) {
		t.Errorf("%d passages came back, want %d", len(page.State.Passages), len(sent))
	}
	if n, err := s.Store.CheckPassages(ctx); err != nil || n != len(sent) {
		t.Errorf("CheckPassages looked at %d of %d: %v", n, len(sent), err)
	}
}
