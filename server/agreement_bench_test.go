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
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// wide is a codebook of n variables with three categories each, every fifth
// asked only after a yes to the one before.
func wide(n int) []byte {
	var b strings.Builder
	b.WriteString("format: dossierlens-codebook/1\nid: wide\nversion: 1.0.0\ntitle: {en: Wide}\nmissing:\n")
	for i, code := range []string{"NR", "DM", "NA", "UC"} {
		fmt.Fprintf(&b, "  - {code: %s, value: -%d, label: {en: %s}}\n", code, i+1, code)
	}
	b.WriteString("document_types: [{code: slip, label: {en: Slip}}]\nsections:\n  - id: one\n    label: {en: All}\n    variables:\n")
	for i := range n {
		fmt.Fprintf(&b, "      - {id: v%03d, type: single, label: {en: Variable %d}, agreement: true, missing: [NR], categories: [{code: a, value: 1, label: {en: A}}, {code: b, value: 2, label: {en: B}}, {code: c, value: 3, label: {en: C}}]", i, i)
		if i%5 == 4 {
			fmt.Fprintf(&b, ", ask_if: \"v%03d in (a, b, c)\"", i-1)
		}
		b.WriteString("}\n")
	}
	return []byte(b.String())
}

// The page of 120 variables and 2,000 cases that were coded twice, of a server
// that has computed nothing yet and of one that has.
func BenchmarkAgreementPage(b *testing.B) { benchmarkWide(b, "agreement", 2000, 2) }

// The mirror of 1,000 codings of 120 variables, of a server that has read none
// of them yet and of one that has.
func BenchmarkMirrorPage(b *testing.B) { benchmarkWide(b, "mirror", 1000, 1) }

// benchmarkWide measures a page of a study of 120 variables of which cases were
// coded by one or two coders.
func benchmarkWide(b *testing.B, page string, cases, coders int) {
	const variables = 120
	ctx := context.Background()
	w := storetest.Open(b)
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(w.Store.CreateStudy(ctx, auth.Actor{}, "wide", "Wide", wide(variables)))
	for login, role := range map[string]auth.Role{"lena": auth.Lead, "anna": auth.Coder, "bert": auth.Coder} {
		must(w.Store.AddMember(ctx, auth.Actor{}, "wide", w.People[login].ID, role))
	}
	var in []annotations.IncomingCase
	var codings []annotations.CodedElsewhere
	for i := range cases {
		id := annotations.CaseID(fmt.Sprintf("W-%04d", i))
		in = append(in, w.Case(b, id, ""))
		for g, coder := range []string{"anna", "bert"}[:coders] {
			k := annotations.CodedElsewhere{Case: id, Coder: coder, Answers: map[string]codebook.Answer{}, SubmittedAt: w.Clock.Now()}
			for v := range variables {
				k.Answers[fmt.Sprintf("v%03d", v)] = codebook.Answer{Value: []string{"a", "b", "c"}[(i*7+v*3+g*((i+v)%11/10))%3]}
			}
			codings = append(codings, k)
		}
	}
	w.Import(b, "wide", in...)
	resolved, err := w.Store.Resolve(ctx, "wide", codings)
	must(err)
	_, _, err = w.Store.ImportCodings(ctx, w.People["daan"], "wide", resolved, false, nil)
	must(err)

	visit := func() (*http.Client, string) {
		s, err := server.New(w.Store, server.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: w.Clock.Now})
		must(err)
		h := httptest.NewServer(s)
		b.Cleanup(h.Close)
		jar, err := cookiejar.New(nil)
		must(err)
		client := &http.Client{Jar: jar}
		res, err := client.PostForm(h.URL+"/login", url.Values{"username": {"lena"}, "password": {storetest.Password}})
		must(err)
		res.Body.Close()
		return client, h.URL + "/s/wide/" + page
	}
	get := func(client *http.Client, url string) {
		res, err := client.Get(url)
		must(err)
		n, err := io.Copy(io.Discard, res.Body)
		must(err)
		res.Body.Close()
		if res.StatusCode != http.StatusOK || n < 3e4 {
			b.Fatalf("the page answers %d with %d bytes", res.StatusCode, n)
		}
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			client, url := visit()
			b.StartTimer()
			get(client, url)
		}
	})
	b.Run("warm", func(b *testing.B) {
		client, url := visit()
		get(client, url)
		for b.Loop() {
			get(client, url)
		}
	})
}
