package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// What a coder waits for on opening a case of 60 documents, 2 MB of text and
// 1,000 passages with 97 questions: the page, and the texts that it asks for
// when it has been shown.
func BenchmarkThickCase(b *testing.B) {
	ctx := context.Background()
	w := storetest.Open(b)
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(w.Store.CreateStudy(ctx, auth.Actor{}, "wide", "Wide", wide(97)))
	must(w.Store.AddMember(ctx, auth.Actor{}, "wide", w.People["lena"].ID, auth.Lead))
	must(w.Store.AddMember(ctx, auth.Actor{}, "wide", w.People["anna"].ID, auth.Coder))
	anna, err := w.Store.Actor(ctx, w.People["anna"].ID)
	must(err)
	lena, err := w.Store.Actor(ctx, w.People["lena"].ID)
	must(err)
	texts := make([]string, 60)
	for i := range texts {
		var t strings.Builder
		for k := 0; t.Len() < 34_000; k++ {
			fmt.Fprintf(&t, "Paragraph %d of document %d: the wheel was bent, the chain was loose, and née was told by phone 🚲 what it would cost.\n\n", k, i)
		}
		texts[i] = t.String()
	}
	w.Import(b, "wide", w.Case(b, "T-01", "", texts...))
	must(w.Store.Assign(ctx, lena, "wide", []store.NewAssignment{{Case: "T-01", Coder: anna.ID, Round: "1"}}))
	mine, err := w.Store.MyAssignments(ctx, anna, "wide")
	must(err)
	id := mine[0].ID
	docs, err := w.Store.Documents(ctx, mine[0].Case.Key)
	must(err)
	for i := range 1000 {
		d := docs[i%60]
		start := 40 + 7*i
		_, err := w.Store.AddPassage(ctx, anna, id, annotations.Passage{Variable: fmt.Sprintf("v%03d", i%97), Document: d.Key, Start: start, End: start + 60, Quote: string([]rune(d.Text)[start : start+60])})
		must(err)
	}
	s, err := server.New(w.Store, server.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: w.Clock.Now})
	must(err)
	h := httptest.NewServer(s)
	b.Cleanup(h.Close)
	jar, err := cookiejar.New(nil)
	must(err)
	client := &http.Client{Jar: jar}
	res, err := client.PostForm(h.URL+"/login", url.Values{"username": {"anna"}, "password": {storetest.Password}})
	must(err)
	res.Body.Close()
	for name, path := range map[string]string{"page": fmt.Sprintf("/code/%d", id), "texts": fmt.Sprintf("/api/v1/assignments/%d/texts", id)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				res, err := client.Get(h.URL + path)
				must(err)
				n, err := io.Copy(io.Discard, res.Body)
				must(err)
				res.Body.Close()
				if res.StatusCode != http.StatusOK || n < 1e5 {
					b.Fatalf("%s answers %d with %d bytes", path, res.StatusCode, n)
				}
				b.SetBytes(n)
			}
		})
	}
}
