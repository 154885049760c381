package exports_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

// handed is two cases: one with two codings and what was settled, one whose
// only coder recorded codes in place of values.
func handed() iter.Seq2[annotations.Handed, error] {
	entries := func(answers codebook.Answers) map[string]annotations.Entry {
		m := map[string]annotations.Entry{}
		for id, a := range answers {
			m[id] = annotations.Entry{Variable: id, Answer: a}
		}
		return m
	}
	coding := func(coder int64, login string, answers codebook.Answers) annotations.HandedCoding {
		k := annotations.HandedCoding{Login: login, SubmittedAt: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
		k.Coder, k.Entries = coder, entries(answers)
		return k
	}
	full := codebook.Answers{"received": {Value: "2025-02"}, "damage": {Value: "yes_slight"}, "parts_hit": {Value: "wheel|light"},
		"repaired": {Value: "yes"}, "minutes": {Value: "40.5"}, "quality": {Value: "good"}, "remark": {Value: "=1+1; \"né\"; " + strings.Repeat("🚲 long ", 60)}}
	codes := codebook.Answers{"received": {Missing: codebook.DM}, "damage": {Value: "yes_clear"}, "parts_hit": {Missing: codebook.NR},
		"repaired": {Value: "yes"}, "minutes": {Missing: codebook.UC}, "quality": {Missing: codebook.NR}}
	return func(yield func(annotations.Handed, error) bool) {
		c := annotations.Case{ID: "B-01", Region: "W1", Period: "2025-H1", Stratum: "W1 2025-H1", Weight: 2.5, FrameN: 10}
		settlement := &annotations.Settlement{Answers: codebook.Answers{"damage": {Value: "none"}, "parts_hit": {Missing: codebook.NA}}}
		if yield(annotations.Handed{Case: c, Codings: []annotations.HandedCoding{coding(7, "anna", full), coding(8, "bert", codes)}, Settlement: settlement}, nil) {
			yield(annotations.Handed{Case: annotations.Case{ID: "B-02", Region: "W3", Period: "2025-H1"}, Codings: []annotations.HandedCoding{coding(7, "anna", codes)}}, nil)
		}
	}
}

// dataset returns the dataset of handed by name of the column, a text a row.
func dataset(t *testing.T) (*exports.Dataset, map[string][]string) {
	t.Helper()
	d := exports.NewDataset(bicycles(t), "en")
	columns := map[string][]string{}
	for row, err := range d.Rows(handed(), exports.Pseudonyms()) {
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range row {
			text := ""
			switch {
			case x.Given && d.Columns[i].Text:
				text = x.Text
			case x.Given:
				text = strconv.FormatFloat(x.Number, 'f', -1, 64)
			}
			columns[d.Columns[i].Name] = append(columns[d.Columns[i].Name], text)
		}
	}
	return d, columns
}

func TestDataset(t *testing.T) {
	_, got := dataset(t)
	for column, want := range map[string][]string{
		"case_id":                {"B-01", "B-01", "B-01", "B-02"},
		"coder":                  {"coder 1", "coder 2", "consensus", "coder 1"},
		"weight":                 {"2.5", "2.5", "2.5", ""},
		"received":               {"2025-02", "", "", ""},
		"received_missing":       {"", "-6", "", "-6"},
		"damage":                 {"1", "2", "0", "2"},
		"parts_hit_wheel":        {"1", "-7", "-8", "-7"},
		"parts_hit_frame":        {"0", "-7", "-8", "-7"},
		"minutes":                {"40.5", "-9", "", "-9"},
		"quality":                {"3", "-7", "", "-7"},
		"workshop":               {"W1", "W1", "", "W3"},
		"remark_missing":         {"", "", "", ""},
		"parts_hit_light":        {"1", "-7", "-8", "-7"},
		"codebook_version":       {"1.0.0", "1.0.0", "1.0.0", "1.0.0"},
		"ready_missing":          {"", "", "", ""},
		"parts_new_chain":        {"", "", "", ""},
		"frame_n":                {"10", "10", "10", ""},
		"parts_hit_unknown_part": {"0", "-7", "-8", "-7"},
	} {
		if !slices.Equal(got[column], want) {
			t.Errorf("%s = %q, want %q", column, got[column], want)
		}
	}
}

// A number that can be as low as a missing code keeps the codes apart.
func TestMissingCodesNeverLookLikeValues(t *testing.T) {
	src, err := codebook.Parse([]byte(strings.Replace(string(bicycles(t).Canonical()), `"min":0`, `"min":-20`, 1)), "bicycles.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range exports.NewDataset(src, "en").Columns {
		if c.Name == "minutes" && len(c.Missing) > 0 {
			t.Error("minutes may be -7 and declares -7 missing")
		}
	}
	names := map[string]bool{}
	for _, c := range exports.NewDataset(src, "en").Columns {
		if names[c.Name] || len(c.Name) > 64 {
			t.Errorf("column %q is not unique or too long", c.Name)
		}
		names[c.Name] = true
	}
	if !names["minutes_missing"] {
		t.Error("minutes has no column for its missing codes")
	}
}

func TestPackageForStatisticalPrograms(t *testing.T) {
	write := func() []byte {
		var b bytes.Buffer
		d := exports.NewDataset(bicycles(t), "nl")
		if err := exports.WriteR(&b, d, d.Rows(handed(), exports.Pseudonyms()), "Fietsen & meer", time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	first := write()
	if !bytes.Equal(first, write()) {
		t.Error("the same codings gave other bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(b)
	}
	rows, err := csv.NewReader(strings.NewReader(parts["data.csv"])).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("data.csv has %d rows, %v", len(rows), err)
	}
	if i := slices.Index(rows[0], "remark"); !strings.HasPrefix(rows[1][i], "'=1+1") {
		t.Errorf("a formula is not guarded: %.20q", rows[1][i])
	}
	for part, want := range map[string]string{
		"read.R":       `apart("minutes", c(-9, -8, -7, -6),`,
		"read.sps":     "MISSING VALUES minutes (-9 THRU -6).",
		"codebook.csv": "quality,Kwaliteit,Hoe goed is het werk?,number,3,good,Goed,false",
		"codebook.xml": `<titl>Fietsen &amp; meer</titl>`,
	} {
		if !strings.Contains(parts[part], want) {
			t.Errorf("%s lacks %q", part, want)
		}
	}
	if err := xml.Unmarshal([]byte(parts["codebook.xml"]), new(struct{})); err != nil {
		t.Errorf("codebook.xml: %v", err)
	}
}

// A row of the data for statistical programs is a line, for SPSS ends a row at
// the end of a line, whatever stands around it.
func TestARowOfDataIsALine(t *testing.T) {
	rows := func(yield func(annotations.Handed, error) bool) {
		for h, err := range handed() {
			for id, e := range h.Codings[0].Entries {
				if id == "remark" {
					e.Answer.Value = "one\ntwo"
					h.Codings[0].Entries[id] = e
				}
			}
			if !yield(h, err) {
				return
			}
		}
	}
	var b bytes.Buffer
	d := exports.NewDataset(bicycles(t), "nl")
	if err := exports.WriteR(&b, d, d.Rows(rows, exports.Pseudonyms()), "Fietsen", time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("data.csv")
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\n"); n != 5 || !strings.Contains(string(data), "one two") {
		t.Errorf("a heading and four rows are %d lines: %s", n, data)
	}
}

// What people typed comes back from a codings file as they typed it, also what
// an export keeps from being run as a formula.
func TestTextsComeBackFromACodingsFile(t *testing.T) {
	for _, text := range []string{"=1+1", "'=1+1", "''-2", "-5 graden, zei zij", "'t Hof", "'", "@huis", "+", "een\n=twee", "a \"b\"; c,d"} {
		rows := func(yield func(exports.CodingRow, error) bool) {
			yield(exports.CodingRow{Case: "B-01", Coder: "anna", Variable: "remark", Answer: codebook.Answer{Value: text}, Note: text}, nil)
		}
		var b bytes.Buffer
		if err := exports.WriteCodings(&b, rows); err != nil {
			t.Fatal(err)
		}
		got, err := annotations.ReadCodings(&b, "codings.csv")
		if err != nil || len(got) != 1 {
			t.Fatalf("%q: %v, %v", text, got, err)
		}
		if value, note := got[0].Answers["remark"].Value, got[0].Notes["remark"]; value != text || note != text {
			t.Errorf("%q comes back as %q with note %q", text, value, note)
		}
	}
}
