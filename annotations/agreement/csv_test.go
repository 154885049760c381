package agreement_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// wide and long hold Krippendorff (2011), example C: nominal alpha 0.743,
// interval 0.849.
const wide = `unit,A,B,C,D
1,1,1,,1
2,2,2,3,2
3,3,3,3,3
4,3,3,3,3
5,2,2,2,2
6,1,2,3,4
7,4,4,4,4
8,1,1,2,1
9,2,2,2,2
10,,5,5,5
11,,,1,1
12,,3,,
`

func long(wide string) string {
	var b strings.Builder
	b.WriteString("Unit,Rater,Value\n")
	lines := strings.Split(strings.TrimSpace(wide), "\n")
	raters := strings.Split(lines[0], ",")[1:]
	for _, line := range lines[1:] {
		fields := strings.Split(line, ",")
		for g, v := range fields[1:] {
			fmt.Fprintf(&b, "%s,%s,%s\n", fields[0], raters[g], v)
		}
	}
	return b.String()
}

func TestReadCSV(t *testing.T) {
	check := func(name, file string, o agreement.Reading, m agreement.Measure, want float64) {
		t.Helper()
		tables, err := o.ReadCSV(strings.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		got := agreement.Compute(tables[0].Ratings, m)[0]
		if got.Undefined != nil || math.Abs(got.Value-want) > 0.0005 {
			t.Errorf("%s: %s = %.4f (%v), want %.3f", name, m, got.Value, got.Undefined, want)
		}
	}
	var none agreement.Reading
	check("wide", wide, none, "krippendorff_alpha:nominal", 0.743)
	check("long", long(wide), none, "krippendorff_alpha:nominal", 0.743)
	check("numbers in order", long(wide), none, "krippendorff_alpha:interval", 0.849)
	check("semicolons", strings.ReplaceAll(wide, ",", ";"), none, "krippendorff_alpha:interval", 0.849)
	check("byte order mark", "\ufeff"+wide, none, "krippendorff_alpha:interval", 0.849)
	check("CRLF", strings.ReplaceAll(wide, "\n", "\r\n"), none, "krippendorff_alpha:interval", 0.849)
	check("decimal comma", "unit;A;B\n1;0,5;0,5\n2;1,5;1,5\n", none, "krippendorff_alpha:interval", 1)
	check("1 is 1.0", "unit,A,B\n1,1,1.0\n2,2,2\n", none, "percent_agreement:unweighted", 1)
	check("a is not A", "unit,A,B\n1,a,A\n2,b,b\n", none, "percent_agreement:unweighted", 0.5)
	check("declared categories count", "unit,A,B\n1,a,a\n2,a,b\n", agreement.Reading{Order: []string{"a", "b", "c", "d"}}, "brennan_prediger:unweighted", 1.0/3)
	check("text in declared order", "unit,A,B\n1,low,mid\n2,high,high\n", agreement.Reading{Order: []string{"low", "mid", "high"}}, "percent_agreement:linear", 0.75)
}

func TestReadCSVTables(t *testing.T) {
	file := "unit,variable,A,B,round\n1,x,1,1,pilot\n1,y,2,2,pilot\n2,x,1,2,main\n2,y,1,1,main\n"
	tables, err := agreement.Reading{By: "round"}.ReadCSV(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, table := range tables {
		got = append(got, table.Variable+" "+table.Group)
	}
	if want := []string{"x pilot", "y pilot", "x main", "y main"}; !slices.Equal(got, want) {
		t.Errorf("tables = %q, want %q", got, want)
	}
	if got, want := tables[0].Raters, []string{"A", "B"}; !slices.Equal(got, want) {
		t.Errorf("raters = %q, want %q", got, want)
	}
}

func TestTextWithoutOrder(t *testing.T) {
	tables, err := agreement.Reading{}.ReadCSV(strings.NewReader("unit,A,B\n1,high,low\n2,low,low\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []agreement.Measure{"gwet_ac:linear", "krippendorff_alpha:ordinal", "krippendorff_alpha:interval", "icc_2_1:interval"} {
		if got := agreement.Compute(tables[0].Ratings, m)[0]; !errors.Is(got.Undefined, agreement.ErrNoOrder) {
			t.Errorf("%s = %v (%v), want undefined: %v", m, got.Value, got.Undefined, agreement.ErrNoOrder)
		}
	}
}

func TestReadCSVErrors(t *testing.T) {
	check := func(file string, o agreement.Reading, want ...string) {
		t.Helper()
		_, err := o.ReadCSV(strings.NewReader(file))
		got := strings.Split(fmt.Sprint(err), "\n")
		if !slices.Equal(got, want) {
			t.Errorf("%q:\ngot  %q\nwant %q", file, got, want)
		}
	}
	var none agreement.Reading
	check("", none, "line 1: the file is empty: its first line must name the columns, unit first")
	check("case,A,B\n", none, "line 1: no column is called unit: a file of ratings has the columns unit and one per rater, or unit, rater and value")
	check("unit\n1\n", none, "line 1: no column holds ratings: a file of ratings has the columns unit and one per rater, or unit, rater and value")
	check("unit,A,,A\n", none, "line 1: column 3 has no heading", "line 1: two columns are called A")
	check("unit,A,B\n1,x\n,x,x\n2,x,x\n2,y,y\n", none,
		"line 2: 2 fields, where the header has 3",
		"line 3, column unit: no unit is named",
		"line 5, column unit: unit 2 stands in a line before")
	check("unit,rater,value\n1,a,x\n1,a,y\n1,,y\n", none,
		"line 3, column value: the rater has a rating of this unit in a line before",
		"line 4, column rater: no rater is named")
	check("unit,A,B\n1,x,z\n2,q,y\n", agreement.Reading{Order: []string{"x", "y"}},
		`line 2, column B: "z" is none of the categories x, y`,
		`line 3, column A: "q" is none of the categories x, y`)
	check("unit,A,B\n1,\"x,y\n", none, `line 2: extraneous or missing " in quoted-field`)
	check("unit,A,B\n1,\xff,y\n", none, "line 2, column A: the value is not UTF-8 text: save the file as UTF-8")
	check("unit,A,B\n1,x,y\n", agreement.Reading{By: "round"}, "line 1: no column is called round, by which to divide")
	check("unit,rater,value,round\n1,a,x,r1\n1,b,x,r2\n", agreement.Reading{By: "round"},
		`line 3, column round: unit 1 has "r2" here and "r1" in a line before`)
	check("unit,A,B\n"+strings.Repeat("1,x\n", 1002), none, append(func() (all []string) {
		for i := range 1000 {
			all = append(all, fmt.Sprintf("line %d: 2 fields, where the header has 3", i+2))
		}
		return all
	}(), "and 2 more problems")...)
}

// FuzzReadCSV reads whatever comes; what is read must have a finite value or
// a reason for every measure.
func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{wide, long(wide), "unit;A;B\n1;0,5;x\n", "\ufeffunit,variable,A\n1,v,2\n", "unit,A\n1,\"", "unit,A,B\n1,-1,1e308\n2,-1e308,0\n", "unit,A,B\n1,inf,nan\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tables, err := agreement.Reading{}.ReadCSV(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, table := range tables {
			measures := append(agreement.Measures(table.Ratings.Scale(), agreement.RatioLevel), agreement.NumberMeasures(0.5)...)
			for _, res := range agreement.Compute(table.Ratings, measures...) {
				if res.Undefined == nil && (math.IsNaN(res.Value) || math.IsInf(res.Value, 0)) {
					t.Errorf("%s = %v of %q", res.Measure, res.Value, data)
				}
				if i := res.Interval; i != nil && (math.IsNaN(i.SE+i.Lower+i.Upper) || math.IsInf(i.SE+i.Lower+i.Upper, 0)) {
					t.Errorf("%s: interval %v of %q", res.Measure, *i, data)
				}
			}
		}
	})
}

// BenchmarkCSV is BenchmarkMillion from a wide CSV.
func BenchmarkCSV(b *testing.B) {
	scale, columns := synthetic(b, 5, 200_000, 5, 0.1, 1)
	var file bytes.Buffer
	file.WriteString("unit,A,B,C,D,E\n")
	for i := range columns[0] {
		fmt.Fprintf(&file, "case-%06d", i)
		for _, column := range columns {
			file.WriteByte(',')
			if k := column[i]; k != agreement.Missing {
				file.WriteString(scale.Labels[k])
			}
		}
		file.WriteByte('\n')
	}
	for b.Loop() {
		tables, err := agreement.Reading{}.ReadCSV(bytes.NewReader(file.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		agreement.Compute(tables[0].Ratings, "krippendorff_alpha:nominal", "fleiss_kappa:unweighted", "conger_kappa:unweighted", "gwet_ac:unweighted")
	}
}
