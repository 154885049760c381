package codebook_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

func TestAccept(t *testing.T) {
	c := parse(t, letters("all"))
	for _, row := range []struct{ variable, value, want string }{
		{"s", "a", "a"},
		{"s", " a ", "a"},
		{"m", "x", "x"},
		{"m", "z|x", "x|z"}, // codebook order
		{"m", "z | x | z", "x|z"},
		{"m", "nothing", "nothing"},
		{"n", "3", "3"},
		{"n", "03.50", "3.5"},
		{"n", "-0", "0"},
		{"n", "-2.25", "-2.25"},
		{"k", "100000000000000000000000", "100000000000000000000000"},
		{"t", "2021", "2021"},
		{"t", "2021-03", "2021-03"},
		{"t", "2024-02-29", "2024-02-29"},
		{"w", " two\r\nlines\rand a third ", "two\nlines\nand a third"},
		{"l", "walk|emdr", "emdr|walk"},
		{"s", "", ""},
	} {
		got, err := c.Accept(c.Variable(row.variable), codebook.Answer{Value: row.value}, "")
		if err != nil || got != (codebook.Answer{Value: row.want}) {
			t.Errorf("%s %q: %v, %v, want %q", row.variable, row.value, got, err, row.want)
		}
		again, err := c.Accept(c.Variable(row.variable), got, "")
		if err != nil || again != got {
			t.Errorf("%s %q: accepted again it is %v, %v", row.variable, row.value, again, err)
		}
	}
}

func TestAcceptRefuses(t *testing.T) {
	c := parse(t, letters("all"))
	for _, row := range []struct {
		variable, value, missing string
		kind                     error
		detail                   string
	}{
		{"s", "q", "", codebook.ErrCategory, "q"},
		{"s", "A", "", codebook.ErrCategory, "A; did you mean a?"},
		{"s", "a|b", "", codebook.ErrCategory, "a|b"},
		{"s", "NR", "", codebook.ErrCategory, "NR"},
		{"r", "hihg", "", codebook.ErrCategory, "hihg; did you mean high?"},
		{"m", "x|q", "", codebook.ErrCategory, "q"},
		{"m", "|", "", codebook.ErrNoCategory, ""},
		{"m", "x|nothing", "", codebook.ErrExclusive, "nothing"},
		{"n", "three", "", codebook.ErrNotNumber, "three"},
		{"n", "1,5", "", codebook.ErrNotNumber, "1,5"},
		{"n", "1e3", "", codebook.ErrNotNumber, "1e3"},
		{"n", "1.", "", codebook.ErrNotNumber, "1."},
		{"n", ".5", "", codebook.ErrNotNumber, ".5"},
		{"n", "--1", "", codebook.ErrNotNumber, "--1"},
		{"n", "NaN", "", codebook.ErrNotNumber, "NaN"},
		{"n", "0x10", "", codebook.ErrNotNumber, "0x10"},
		{"n", "100.5", "", codebook.ErrOutOfRange, "100.5 is above 100"},
		{"n", "-11", "", codebook.ErrOutOfRange, "-11 is below -10"},
		{"t", "2021-3", "", codebook.ErrNotDate, "2021-3"},
		{"t", "2021-02-29", "", codebook.ErrNotDate, "2021-02-29"},
		{"t", "2021-13", "", codebook.ErrNotDate, "2021-13"},
		{"t", "2021-00", "", codebook.ErrNotDate, "2021-00"},
		{"t", "0000", "", codebook.ErrNotDate, "0000"},
		{"t", "05-03-2021", "", codebook.ErrNotDate, "05-03-2021"},
		{"w", "bell\a", "", codebook.ErrNotText, "U+0007"},
		{"w", "\xff", "", codebook.ErrNotText, "not UTF-8"},
		{"w", strings.Repeat("é", codebook.MaxText+1), "", codebook.ErrTextTooLong, "4001 characters, at most 4000"},
		{"s", "a", "NR", codebook.ErrTwofold, "a and NR"},
		{"s", "", "XX", codebook.ErrMissingCode, "XX; choose one of NR, DM, UC, NA"},
		{"s", "", "OPEN", codebook.ErrMissingCode, "OPEN; choose one of NR, DM, UC, NA"},
	} {
		got, err := c.Accept(c.Variable(row.variable), codebook.Answer{Value: row.value, Missing: row.missing}, "")
		e, ok := errors.AsType[*codebook.AnswerError](err)
		if !ok || !errors.Is(err, row.kind) || e.Variable != row.variable || e.Detail.Error() != row.detail {
			t.Errorf("%s %q%s: %v, want %v: %s", row.variable, row.value, row.missing, err, row.kind, row.detail)
		}
		if got != (codebook.Answer{}) {
			t.Errorf("%s %q%s: refused and yet %v", row.variable, row.value, row.missing, got)
		}
	}
}

func TestMissingCodesThatMayBeChosen(t *testing.T) {
	c := bicycles(t)
	check := func(variable, code string, want error) {
		t.Helper()
		got, err := c.Accept(c.Variable(variable), codebook.Answer{Missing: code}, "")
		if !errors.Is(err, want) || err == nil && got.Missing != code {
			t.Errorf("%s %s: %v, %v, want %v", variable, code, got, err, want)
		}
	}
	check("damage", "NR", nil)
	check("damage", "NA", codebook.ErrMissingCode)
	check("parts_new", "NA", nil)
	check("quality", "DM", codebook.ErrMissingCode)
	check("workshop", "NR", codebook.ErrMissingCode)
}

func TestDatesAreNoMorePreciseThanIsRecorded(t *testing.T) {
	for _, row := range []struct{ precision, value, want string }{
		{"day", "2021-03-05", ""},
		{"month", "2021-03", ""},
		{"month", "2021", ""},
		{"month", "2021-03-05", "2021-03-05; record the month only"},
		{"year", "2021", ""},
		{"year", "2021-03", "2021-03; record the year only"},
	} {
		c := parse(t, strings.Replace(letters("all"), "{id: t, type: date,", "{id: t, type: date, precision: "+row.precision+",", 1))
		_, err := c.Accept(c.Variable("t"), codebook.Answer{Value: row.value}, "")
		e, _ := errors.AsType[*codebook.AnswerError](err)
		if row.want == "" && err != nil || row.want != "" && (e == nil || e.Detail.Error() != row.want || !errors.Is(err, codebook.ErrTooPrecise)) {
			t.Errorf("%s of precision %s: %v, want %q", row.value, row.precision, err, row.want)
		}
	}
}

func TestOptionsOfAPeriod(t *testing.T) {
	c := bicycles(t)
	v := c.Variable("workshop")
	check := func(period, want string) {
		t.Helper()
		var codes []string
		for _, o := range c.Options(v, period) {
			codes = append(codes, o.Code)
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("in %q: %s, want %s", period, got, want)
		}
	}
	check("", "W1 W2 W3")
	check("2019", "")
	check("2020-H1", "W1 W2")
	check("2023-H2", "W1 W2")
	check("2024-H1", "W1 W3")
	check("unknown", "W1 W2 W3")

	accept := func(value, period string) error {
		_, err := c.Accept(v, codebook.Answer{Value: value}, period)
		return err
	}
	if err := accept("W2", "2023-H1"); err != nil {
		t.Errorf("W2 in 2023: %v", err)
	}
	want := "workshop: the category is not valid in the period of the case: W2 in 2024; its successor is W3"
	if err := accept("W2", "2024-H1"); !errors.Is(err, codebook.ErrOutOfPeriod) || err.Error() != want {
		t.Errorf("W2 in 2024: %v, want %s", err, want)
	}
}
