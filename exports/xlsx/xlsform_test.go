package xlsx_test

import (
	"archive/zip"
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/xlsx"
)

func TestXLSForm(t *testing.T) {
	book := publication(t, "").Book
	var b bytes.Buffer
	notes, err := xlsx.WriteXLSForm(&b, book, "en", submitted)
	if err != nil || len(notes) > 0 {
		t.Fatalf("notes %q, %v", notes, err)
	}
	f := reopen(t, b.Bytes())
	survey, err := f.GetRows("survey")
	if err != nil {
		t.Fatal(err)
	}
	choices, err := f.GetRows("choices")
	if err != nil {
		t.Fatal(err)
	}
	lists, names := map[string]int{}, map[string][]string{}
	for _, r := range choices[1:] {
		lists[r[0]]++
	}
	for _, r := range survey[1:] {
		if r[0] != "end_group" && names[r[1]] != nil {
			t.Errorf("%s stands twice", r[1])
		}
		names[r[1]] = r
	}
	reference := regexp.MustCompile(`\$\{(\w+)\}`)
	for _, r := range survey[1:] {
		if kind, list, ok := strings.Cut(r[0], " "); ok && lists[list] == 0 {
			t.Errorf("%s %s: there is no list %s", kind, r[1], list)
		}
		for _, field := range r {
			for _, m := range reference.FindAllStringSubmatch(field, -1) {
				if names[m[1]] == nil {
					t.Errorf("%s refers to %s, which is not there", r[1], m[1])
				}
			}
		}
	}
	for name, want := range map[string]string{
		"parts_hit":       "select_multiple parts_hit|(${damage} = 'yes_clear' or ${damage} = 'yes_slight')|not(selected(., 'unknown_part') and count-selected(.) > 1)",
		"minutes":         "decimal|${repaired} = 'yes'|. >= 0 and . <= 600",
		"minutes_missing": "select_one missing_NR_DM_UC|${repaired} = 'yes'|",
		"workshop":        "select_one workshop||",
	} {
		r := append(names[name], make([]string, 10)...)
		if got := r[0] + "|" + r[6] + "|" + r[7]; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if lists["missing_NR_DM_UC"] != 3 || lists["workshop"] != 3 {
		t.Errorf("lists: %v", lists)
	}
}

// Some readers believe a sheet when it says how large it is, and the library
// would say one cell.
func TestSheetsDoNotSayTheyAreOneCell(t *testing.T) {
	var b bytes.Buffer
	if _, err := xlsx.WriteXLSForm(&b, publication(t, "").Book, "en", submitted); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	sheets := 0
	for _, part := range z.File {
		if !strings.HasPrefix(part.Name, "xl/worksheets/") {
			continue
		}
		sheets++
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `<dimension ref="A1"`) {
			t.Errorf("%s says that it is one cell", part.Name)
		}
	}
	if sheets != 3 {
		t.Errorf("%d sheets, want 3", sheets)
	}
}
