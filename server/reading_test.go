package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A thick case comes in two parts: the page with the text where the coder left,
// and the texts when the page asks for them. Both readings are in the audit log.
func TestReadingACase(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	long := func(n int) string { return strings.Repeat(fmt.Sprintf("Part %d of the work.\n\n\n", n), 1500) }
	s.Import(t, "bicycles", s.Case(t, "R-01", "W1", long(1), "  \n\n"+long(2), long(3)))
	a := s.Assign(t, "R-01", "anna")
	other := s.Assign(t, "B-01", "anna")
	anna := s.visit(t, "anna")
	page, api := fmt.Sprintf("/code/%d", a.ID), fmt.Sprintf("/api/v1/assignments/%d", a.ID)
	docs, err := s.Store.Documents(ctx, a.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	shows := func(want ...bool) {
		t.Helper()
		got := anna.get(page)
		for i, w := range want {
			if has := strings.Contains(got.body, fmt.Sprintf("Part %d of", i+1)); has != w {
				t.Errorf("the page has the text of document %d: %t, want %t", i+1, has, w)
			}
		}
	}
	shows(true, false, false)

	got := anna.get(api + "/texts")
	lines := strings.Split(strings.TrimSpace(got.body), "\n")
	if got.status != http.StatusOK || len(lines) != 3 {
		t.Fatalf("the texts answer %d with %d lines", got.status, len(lines))
	}
	for i, line := range lines {
		var d struct {
			Document   int64
			Paragraphs [][]any
		}
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		// Starts, texts and gaps make the document again.
		text := ""
		for k, p := range d.Paragraphs {
			if k == 0 {
				text = strings.Repeat(" ", int(p[0].(float64)))
			}
			if n := len([]rune(text)); n != int(p[0].(float64)) {
				t.Fatalf("document %d: paragraph %d starts at %v, want %d", i+1, k, p[0], n)
			}
			text += p[1].(string)
			gap := "\n\n"
			if len(p) > 2 {
				gap = p[2].(string)
			}
			if k < len(d.Paragraphs)-1 {
				text += gap
			}
		}
		if d.Document != docs[i].Key || strings.TrimSpace(text) != strings.TrimSpace(docs[i].Text) {
			t.Errorf("line %d is not document %d", i, docs[i].Key)
		}
	}

	// Where she left, the next page begins.
	put := func(in map[string]any) int { t.Helper(); return anna.send("PUT", api+"/place", in, nil).status }
	if got := put(map[string]any{"variable": "damage", "document": docs[2].Key, "start": 40}); got != http.StatusNoContent {
		t.Errorf("keeping a place answers %d", got)
	}
	shows(false, false, true)
	if got := anna.get(page); !strings.Contains(got.body, fmt.Sprintf(`"place":{"variable":"damage","document":%d,"start":40}`, docs[2].Key)) {
		t.Error("the page does not say where she left")
	}
	elsewhere, err := s.Store.Documents(ctx, other.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct {
		in   map[string]any
		want int
	}{
		{map[string]any{"document": elsewhere[0].Key}, http.StatusNotFound},
		{map[string]any{"variable": "nothing"}, http.StatusNotFound},
		{map[string]any{"start": -1}, http.StatusUnprocessableEntity},
	} {
		if got := put(bad.in); got != bad.want {
			t.Errorf("the place %v answers %d, want %d", bad.in, got, bad.want)
		}
	}
	if got := s.visit(t, "bert").get(api + "/texts"); got.status != http.StatusNotFound || strings.Contains(got.body, "Part") {
		t.Errorf("the texts of anna's case answer bert %d", got.status)
	}
	read := map[string]int{}
	for r, err := range s.Store.Records(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		if r.Act == "case.read" && r.Case == "R-01" {
			read[r.Object]++
		}
	}
	if read[fmt.Sprintf("assignment %d", a.ID)] != 4 { // three pages, the texts once
		t.Errorf("the log has the readings %v", read)
	}
}
