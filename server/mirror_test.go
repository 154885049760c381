package server_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// Of two codings one did not find when the bicycle was received: half in all,
// none of anna's and all of bert's.
func TestMirror(t *testing.T) {
	s := open(t)
	lena := s.visit(t, "lena")
	if got := lena.get(studyPath + "/mirror"); got.status != http.StatusOK || !strings.Contains(got.body, "Nothing to mirror yet") {
		t.Errorf("without codings the page answers %d", got.status)
	}
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-03", "bert", map[string]string{"received": "NR", "damage": "yes_slight"})
	s.Assign(t, "B-02", "bert")
	received := func(query string) string {
		t.Helper()
		got := lena.get(studyPath + "/mirror?" + query)
		if got.status != http.StatusOK {
			t.Fatalf("%s answers %d", query, got.status)
		}
		return strings.ReplaceAll(between(got.body, ">Received on<", "</tr>"), "\u00a0", " ")
	}
	for query, want := range map[string]string{
		"":                   `<td class="n">50 %</td><td class="n">50 %</td>`,
		"by=coder&name=anna": `100 % <span class="quiet">(50 %)</span></td><td class="n">0 %`,
		"by=coder&name=bert": `0 % <span class="quiet">(50 %)</span></td><td class="n">100 %`,
	} {
		if got := received(query); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	// Where all are shown, no shares of all stand beside them.
	if got := lena.get(studyPath + "/mirror").body; strings.Contains(got, "In brackets") || strings.Contains(got, "(50") {
		t.Error("the mirror of all compares it with itself")
	}
	damage := strings.ReplaceAll(lena.get(studyPath+"/mirror").body, "\u00a0", " ")
	if !strings.Contains(damage, "Yes, clearly 50 %, Yes, slightly 50 %") {
		t.Errorf("the answers that were given are not shown: %s", between(damage, ">Damage<", "</tr>"))
	}
	got := lena.get(studyPath + "/mirror/csv?by=coder").body
	for _, want := range []string{"bert,1,missing,received,NR,1\n", "anna,1,filled,received,,1\n", "anna,1,value,parts_hit,wheel,1\n", "bert,1,value,damage,yes_slight,1\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the file does not have %q: %s", want, got)
		}
	}
}

// While all codings are read for the first time the page says so and does not
// wait; a file does. After that a coding that is handed in is read by itself.
func TestMirrorSaysThatItIsReading(t *testing.T) {
	s := openWith(t, func(o *server.Options) { o.Patience = -1 })
	s.Code(t, "B-01", "anna", nil)
	lena := s.visit(t, "lena")
	first := lena.do("GET", studyPath+"/mirror", "", "")
	first.want(t, "the first page", http.StatusOK, "The codings are being read", `http-equiv="refresh"`, "<progress")
	if first.header.Get("Figures-State") != "pending" {
		t.Errorf("the page says %q of its figures", first.header.Get("Figures-State"))
	}
	if got := lena.get(studyPath + "/mirror/csv?by=coder").body; !strings.Contains(got, "anna,1,filled,received,,1\n") {
		t.Errorf("the file did not wait: %.200s", got)
	}
	s.Code(t, "B-03", "bert", map[string]string{"received": "NR"})
	now := lena.do("GET", studyPath+"/mirror", "", "")
	now.want(t, "the page after a change", http.StatusOK, "2 codings were handed in")
}

// A lead who codes too sees nothing of cases that may still be theirs to code.
func TestMirrorIsBlind(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	if err := s.Store.AddMember(context.Background(), auth.Actor{}, storetest.Study, s.People["bert"].ID, auth.Lead); err != nil {
		t.Fatal(err)
	}
	if got := s.visit(t, "bert").get(studyPath + "/mirror"); got.status != http.StatusOK || !strings.Contains(got.body, "Nothing to mirror yet") {
		t.Errorf("a coder sees the coding of another: %d", got.status)
	}
}

// The workbook has the same numbers, for all groups or for the one to whom it
// is handed.
func TestMirrorWorkbook(t *testing.T) {
	s := open(t)
	s.Code(t, "B-01", "anna", nil)
	s.Code(t, "B-03", "bert", map[string]string{"received": "NR", "damage": "yes_slight"})
	lena := s.visit(t, "lena")
	rows := func(query string) (all []string) {
		t.Helper()
		got := lena.get(studyPath + "/mirror/xlsx?" + query)
		if got.status != http.StatusOK {
			t.Fatalf("%s answers %d: %s", query, got.status, got.body)
		}
		f, err := excelize.OpenReader(strings.NewReader(got.body))
		if err != nil {
			t.Fatal(err)
		}
		for _, sheet := range f.GetSheetList() {
			list, err := f.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range list {
				all = append(all, strings.ReplaceAll(strings.Join(row, "|"), "| ", "|")) // whole numbers have a space for thousands
			}
		}
		return all
	}
	all := rows("by=coder")
	for _, want := range []string{
		"anna|1", "bert|1",
		"anna|received|Received on|1|100.0|50.0|0.0|50.0|0.0|0.0|0.0|0.0|0",
		"bert|received|Received on|1|0.0|50.0|100.0|50.0|0.0|0.0|0.0|0.0|0",
		"bert|damage|Damage|Yes, slightly|1|100.0|50.0", "bert|damage|Damage|Yes, clearly|0|0.0|50.0",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("the workbook does not have %q:\n%s", want, strings.Join(all, "\n"))
		}
	}
	if one := strings.Join(rows("by=coder&name=anna"), "\n"); strings.Contains(one, "bert") || !strings.Contains(one, "anna|received") {
		t.Errorf("the workbook of anna tells of bert, or not of anna")
	}
	if got := lena.get(studyPath + "/mirror/xlsx?by=coder&name=nobody").status; got != http.StatusNotFound {
		t.Errorf("the workbook of nobody answers %d", got)
	}
}
