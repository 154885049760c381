package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

func TestReadFrame(t *testing.T) {
	table := "Period;CASE_ID;region;stratum;taxatie\n2025-H1;C-1;VT01;VT01/2025-H1;hoog\n\n2024;C-2;VT02;;\n"
	got, err := intake.ReadFrame(strings.NewReader(table), "kader.csv", intake.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := []intake.FrameCase{
		{ID: "C-1", Region: "VT01", Period: "2025-H1", Stratum: "VT01/2025-H1", Attributes: []intake.Attribute{{Name: "taxatie", Value: "hoog"}}, Line: 2},
		{ID: "C-2", Region: "VT02", Period: "2024", Attributes: []intake.Attribute{{Name: "taxatie"}}, Line: 4},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestReadCases(t *testing.T) {
	table := "case_id,region,period,stratum,weight,frame_n\nC-1,VT01,2025-H1,a,2.5,150\nC-2,,,,,\n"
	got, err := intake.ReadCases(strings.NewReader(table), "cases.csv", intake.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := []intake.CaseRow{
		{ID: "C-1", Region: "VT01", Period: "2025-H1", Stratum: "a", Weight: 2.5, FrameN: 150, Line: 2},
		{ID: "C-2", Weight: 1, Line: 3},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestReadCodings(t *testing.T) {
	table := "variable,case_id,coder,value,missing,note,submitted_at\n" +
		"vp_aanwezig,C-1,k1,apart,,\"regel 1\r\nregel 2\",2025-03-31T14:05:00+02:00\n" +
		"vp_kind,C-1,k1,,NR,=1+1,\n" +
		"bron,C-1,k1,a|b,,,2025-03-31\n"
	var got []intake.CodingRow
	for row, err := range intake.ReadCodings(strings.NewReader(table), "codings.csv") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	want := []intake.CodingRow{
		{Case: "C-1", Coder: "k1", Variable: "vp_aanwezig", Value: "apart", Note: "regel 1\nregel 2",
			SubmittedAt: time.Date(2025, 3, 31, 12, 5, 0, 0, time.UTC), Line: 2},
		{Case: "C-1", Coder: "k1", Variable: "vp_kind", Missing: "NR", Note: "=1+1", Line: 4},
		{Case: "C-1", Coder: "k1", Variable: "bron", Value: "a|b", SubmittedAt: time.Date(2025, 3, 31, 0, 0, 0, 0, time.UTC), Line: 5},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestReadCodingsGoesOnAfterABadRow(t *testing.T) {
	table := "case_id,coder,variable,value,missing,submitted_at\n" +
		"C-1,k1,a,ja,NR,\n" + // both
		"C-1,k1,a,,,\n" + // neither
		"C-1,k1,a,,XX,\n" + // no missing code
		"C-1,,a,ja,,\n" + // no coder
		"C-1,k1,a,ja,,gisteren\n" +
		"C-1,k1,a,ja,,\n"
	var rows, problems []string
	for row, err := range intake.ReadCodings(strings.NewReader(table), "codings.csv") {
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		rows = append(rows, fmt.Sprintf("%d %s", row.Line, row.Value))
	}
	if want := []string{"7 ja"}; !cmp.Equal(rows, want) {
		t.Errorf("rows = %q, want %q", rows, want)
	}
	want := []string{
		"codings.csv:2: value: exactly one of value and missing must be filled",
		"codings.csv:3: value: exactly one of value and missing must be filled",
		`codings.csv:4: missing: "XX" is not a missing code (NR, DM, NA or UC)`,
		"codings.csv:5: coder: a value is needed here",
		`codings.csv:6: submitted_at: "gisteren" is not a time such as 2025-03-31T14:05:00Z`,
	}
	if diff := cmp.Diff(problems, want); diff != "" {
		t.Errorf("problems (-got +want):\n%s", diff)
	}
}

func TestMalformedTables(t *testing.T) {
	frame := func(table string) error {
		_, err := intake.ReadFrame(strings.NewReader(table), "t.csv", intake.DefaultLimits())
		return err
	}
	cases := func(table string) error {
		_, err := intake.ReadCases(strings.NewReader(table), "t.csv", intake.DefaultLimits())
		return err
	}
	codings := func(table string) error {
		for _, err := range intake.ReadCodings(strings.NewReader(table), "t.csv") {
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, c := range []struct {
		what string
		err  error
		want fault
	}{
		{"frame of nothing", frame(""), fault{"t.csv", intake.ErrEmpty, "0 bytes"}},
		{"frame without cases", frame("case_id,region,period\n"), fault{"t.csv", intake.ErrNoRows, "no rows"}},
		{"frame without region", frame("case_id;period\nC-1;2025\n"), fault{"t.csv:1: region", intake.ErrNoColumn, "case_id, period"}},
		{"frame with a case twice", frame("case_id,region,period\nC-1,VT01,2025\nC-1,VT01,2025\n"), fault{"t.csv:3: case_id", intake.ErrCaseTwice, "also t.csv:2"}},
		{"frame with an empty period", frame("case_id,region,period\nC-1,VT01,\n"), fault{"t.csv:2: period", intake.ErrValueMissing, "needed"}},
		{"cases with a weight below 0", cases("case_id,weight\nC-1,-1\n"), fault{"t.csv:2: weight", intake.ErrWeight, `"-1"`}},
		{"cases with half a frame", cases("case_id,frame_n\nC-1,10.5\n"), fault{"t.csv:2: frame_n", intake.ErrFrameN, `"10.5"`}},
		{"codings without missing", codings("case_id,coder,variable,value\n"), fault{"t.csv:1: missing", intake.ErrNoColumn, "missing"}},
		{"codings with a broken quote", codings("case_id,coder,variable,value,missing\nC-1,k,v,\"x\" y,\n"), fault{"t.csv:2", intake.ErrQuote, "quotes"}},
		{"codings in one endless row", codings("case_id,coder,variable,value,missing\n\"" + strings.Repeat("x", 5<<20)), fault{"t.csv", intake.ErrRowTooLong, "quote"}},
	} {
		c.want.told(t, c.what, c.err)
	}
}

func TestEncodingsOfTables(t *testing.T) {
	for what, table := range map[string]string{
		"UTF-8":            "case_id,region,period\nC-1,Zaïre,2025\n",
		"UTF-8 with mark":  "\ufeffcase_id,region,period\nC-1,Zaïre,2025\n",
		"decomposed":       "case_id,region,period\nC-1,Zai\u0308re,2025\n",
		"Windows-1252":     "case_id,region,period\nC-1,Za\xefre,2025\n",
		"UTF-16 with mark": utf16LE("\ufeffcase_id,region,period\nC-1,Zaïre,2025\n"),
		"UTF-16":           utf16LE("case_id,region,period\nC-1,Zaïre,2025\n"),
		"tabs":             "case_id\tregion\tperiod\r\nC-1\tZaïre\t2025\r\n",
	} {
		got, err := intake.ReadFrame(strings.NewReader(table), "t.csv", intake.DefaultLimits())
		if err != nil || len(got) != 1 || got[0].Region != "Zaïre" {
			t.Errorf("%s: got %+v, %v", what, got, err)
		}
	}
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

func BenchmarkReadCodings(b *testing.B) {
	var table strings.Builder
	table.WriteString("case_id,coder,variable,value,missing,note,submitted_at\n")
	for i := range 1000 {
		fmt.Fprintf(&table, "C-%04d,k1,vp_aanwezig,apart,,,2025-03-31T14:05:00Z\n", i)
	}
	b.SetBytes(int64(table.Len()))
	for b.Loop() {
		for _, err := range intake.ReadCodings(strings.NewReader(table.String()), "t.csv") {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
