package server_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// formula is what a spreadsheet would run, and formulaID a shorter one. Pseudonyms
// of cases cannot be either: intake refuses them.
const (
	formula   = `=HYPERLINK("http://example.org","x")`
	formulaID = "@SUM(1)"
)

// Whatever people, lists and files are called, no table that anybody can take
// out begins a cell with what a spreadsheet would run.
func TestNoTableRunsInASpreadsheet(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	setPolicy(t, s, func(p *store.AccessPolicy) { p.ConfirmMinutes = 240 })
	u, err := s.Store.CreateUser(ctx, auth.Actor{}, store.User{Login: "evil", Name: formula, Password: storetest.Cost.Hash(storetest.Password), Language: "en"})
	must(err)
	must(s.Store.AddMember(ctx, auth.Actor{}, storetest.Study, u.ID, auth.Coder))
	s.People["evil"], err = s.Store.Actor(ctx, u.ID)
	must(err)
	must(s.Store.CreateRound(ctx, s.People["lena"], storetest.Study, annotations.Round{Name: formulaID, Kind: annotations.Production}))
	var frame []annotations.FrameCase
	for i := range 12 {
		in := s.Case(t, annotations.CaseID(fmt.Sprintf("X-%02d", i)), "W1", fmt.Sprintf("The bicycle came in, note %d.\n", i))
		in.Case.Source, in.Case.Stratum = formula, formula
		in.Documents[0].Title = formula
		s.Import(t, storetest.Study, in)
		frame = append(frame, annotations.FrameCase{ID: in.Case.ID, Region: "W1", Period: "2025-H1"})
	}
	for i := range 12 {
		id := frame[i].ID
		s.Code(t, id, "evil", map[string]string{"remark": formula, "quality": []string{"good", "poor"}[i%2]})
		s.Code(t, id, "anna", map[string]string{"remark": "-" + formula})
		must(s.Store.OpenComparison(ctx, s.People["lena"], storetest.Study, id))
	}
	files, cells := map[string]bool{}, 0
	for _, login := range []string{"lena", "daan", "mona"} {
		v := s.visit(t, login)
		for _, r := range s.server.Routes() {
			if r.Method != "GET" || r.Path == "/logout" {
				continue
			}
			for _, variable := range []string{"remark", "quality"} {
				for _, query := range []string{"", "?format=csv", "?by=coder"} {
					if query != "" && !slices.ContainsFunc([]string{"agreement", "coders", "reliability", "mirror", "compare"}, func(part string) bool { return strings.Contains(r.Path, part) }) {
						continue
					}
					path := fill(r.Path, 1, variable) + query
					got := v.get(path)
					paths := []string{path}
					for _, part := range strings.Split(got.body, `href="`)[1:] { // tables of a page
						if link, _, _ := strings.Cut(part, `"`); strings.Contains(link, "table=") || strings.Contains(link, "csv") {
							paths = append(paths, strings.ReplaceAll(link, "&amp;", "&"))
						}
					}
					for _, at := range paths {
						if files[login+at] {
							continue
						}
						files[login+at] = true
						if at != path {
							got = v.get(at)
						}
						if !strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") {
							continue
						}
						rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
						if err != nil {
							t.Errorf("%s: %s: %v", login, at, err)
						}
						for _, row := range rows {
							for _, cell := range row {
								cells++
								if cell == "" || !strings.ContainsAny(cell[:1], "=+-@\t\r") {
									continue
								}
								if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "-" {
									t.Fatalf("%s: %s has a cell %q", login, at, cell)
								}
							}
						}
					}
				}
			}
		}
	}
	if cells < 500 {
		t.Errorf("only %d cells were looked at", cells)
	}
	t.Logf("%d cells were looked at", cells)
}
