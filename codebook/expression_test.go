package codebook_test

import (
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

func TestExpressions(t *testing.T) {
	for _, row := range []struct{ expression, answers, want string }{
		{"all", "", "yes"},
		{"not all", "", "no"},

		// One answer.
		{"s in (a, b)", "s=a", "yes"},
		{"s in (a, b)", "s=c", "no"},
		{"s in (a)", "s=NR", "unknown (NR)"},
		{"s in (a)", "s=DM", "unknown (DM)"},
		{"s in (a)", "s=UC", "unknown (UC)"},
		{"s in (a)", "s=NA", "na"},
		{"s in (a)", "", "unknown (OPEN)"},
		{"s in (a)", "s=nonsense", "unknown (OPEN)"},
		{"not s in (a)", "s=a", "no"},
		{"not s in (a)", "s=NR", "unknown (NR)"},
		{"not s in (a)", "s=NA", "na"},
		{"not not s in (a)", "s=a", "yes"},
		{"r in (high)", "r=high", "yes"},

		// Multi.
		{"m has_any (x, y)", "m=y|z", "yes"},
		{"m has_any (x, y)", "m=z", "no"},
		{"m has_all (x, y)", "m=x|y|z", "yes"},
		{"m has_all (x, y)", "m=x", "no"},
		{"m has_all (x, y)", "m=NR", "unknown (NR)"},
		{"m has_any (x)", "m=x|nonsense", "unknown (OPEN)"},
		{"count(m) == 2", "m=x|y", "yes"},
		{"count(m, nothing) == 0", "m=nothing", "yes"},
		{"count(m, nothing, x) >= 2", "m=x|y|z", "yes"},
		{"count(m) >= 1", "m=NA", "na"},
		{"count(m) == 1", "m=x|x", "yes"},

		// Numbers.
		{"n > 0", "n=0", "no"},
		{"n >= 0", "n=0", "yes"},
		{"n < 0.5", "n=0.25", "yes"},
		{"n <= -3", "n=-3", "yes"},
		{"n == 3", "n=3.0", "yes"},
		{"3 == n", "n=4", "no"},
		{"n > (k + 1) * 31", "n=63 k=1", "yes"},
		{"n > k + 1 * 31", "n=32 k=1", "no"},
		{"n > 2 * (k + 1)", "n=7 k=2", "yes"},
		{"(n + k) * 2 == 10", "n=2 k=3", "yes"},
		{"(n) > 1 and ((k > 1))", "n=2 k=3", "yes"},
		{"n < k", "n=NR k=UC", "unknown (NR|UC)"},
		{"n < k", "n=NR k=NA", "na"},
		{"n + k > 3", "n=NA k=DM", "na"},
		{"n * k > 3", "n=1", "unknown (OPEN)"},
		{"n > 1", "n=1.000,5", "unknown (OPEN)"},

		// Dates. A partial date is all days that it may be.
		{"t < u", "t=2021-03-01 u=2021-03-02", "yes"},
		{"t < u", "t=2021-03-02 u=2021-03-02", "no"},
		{"t <= u", "t=2021-03-02 u=2021-03-02", "yes"},
		{"t == u", "t=2021-03-02 u=2021-03-02", "yes"},
		{"t < u", "t=2021-03 u=2021-04-01", "yes"},
		{"t < u", "t=2021-03 u=2021-03-31", "unknown (UC)"},
		{"t < u", "t=2021-03 u=2021-03-01", "no"},
		{"t <= u", "t=2021-03 u=2021-03-31", "yes"},
		{"t < u", "t=2020 u=2021", "yes"},
		{"t < u", "t=2021 u=2021", "unknown (UC)"},
		{"t == u", "t=2021 u=2021", "unknown (UC)"},
		{"t == u", "t=2021 u=2022-01", "no"},
		{"t > 2021-06-30", "t=2021-07-01", "yes"},
		{"t >= 2021-06", "t=2021-06-10", "unknown (UC)"},
		{"t >= 2021", "t=2021-01-01", "unknown (UC)"},
		{"t > 2020", "t=2021-01", "yes"},
		{"2020 < t", "t=2021", "yes"},
		{"t < u", "t=2021-02-29 u=2022", "unknown (OPEN)"},
		{"t < u", "t=NR u=2022", "unknown (NR)"},

		// answered is never unknown.
		{"answered(w)", "w=something", "yes"},
		{"answered(w)", "w=NR", "no"},
		{"answered(w)", "w=NA", "no"},
		{"answered(w)", "", "no"},

		// Attributes.
		{"attr_any(l, level, strong)", "l=emdr|talk", "yes"},
		{"attr_any(l, level, strong)", "l=talk", "no"},
		{"attr_any(l, level, strong)", "l=talk|walk", "unknown (LIST)"},
		{"attr_any(l, level, strong)", "l=emdr|walk", "yes"},
		{"attr_any(l, level, strong, weak)", "l=talk", "yes"},
		{"attr_any(l, level, strong)", "l=NR", "unknown (NR)"},
		{"attr_any(l, level, strong)", "l=NA", "na"},

		// share_missing is taken of the answers other than NA.
		{"share_missing(NR, UC) > 0.4", "s=NR n=UC m=x w=NA r=low", "yes"},
		{"share_missing(NR, UC) == 0.5", "s=NR n=UC m=x w=NA r=low", "yes"},
		{"share_missing(DM) > 0", "s=NR m=x", "no"},
		{"share_missing(NR) > 0", "", "unknown (OPEN)"},
		{"share_missing(NR) > 0", "s=NA", "unknown (OPEN)"},

		// Names, and how strongly words bind.
		{"yes_a and n > 1", "s=a n=2", "yes"},
		{"s in (a) or s in (b) and n > 1", "s=a n=0", "yes"},
		{"(s in (a) or s in (b)) and n > 1", "s=a n=0", "no"},
		{"not s in (a) and n > 1", "s=b n=2", "yes"},
		{"not (s in (a) and n > 1)", "s=a n=0", "yes"},
		{"s in (a) and\n\tn > 1", "s=a n=2", "yes"},

		// Reasons are united, a certain answer outweighs them.
		{"s in (a) and n > 1", "s=NR n=DM", "unknown (DM|NR)"},
		{"s in (a) and n > 1", "s=NR n=0", "no"},
		{"s in (a) and n > 1", "s=NR n=NA", "unknown (NR)"},
		{"s in (a) and n > 1", "s=a n=NA", "na"},
		{"s in (a) and n > 1", "s=b n=NA", "no"},
		{"s in (a) or n > 1", "s=NR n=2", "yes"},
		{"s in (a) or n > 1", "s=NR n=NA", "unknown (NR)"},
		{"s in (a) or n > 1", "s=b n=NA", "no"},
		{"s in (a) or n > 1", "s=NA n=NA", "na"},
	} {
		c := parse(t, letters(row.expression))
		if got := c.Derive("d", given(row.answers)).String(); got != row.want {
			t.Errorf("%s, with %s: %s, want %s", row.expression, row.answers, got, row.want)
		}
	}
}

func TestDerivedThatDoesNotExistIsUnknown(t *testing.T) {
	if got, want := bicycles(t).Derive("d_nothing", nil).String(), "unknown (OPEN)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Each row is an expression and its mistakes, with the character from which
// they are.
func TestMistakesInExpressions(t *testing.T) {
	for _, row := range []struct {
		expression string
		want       []string
	}{
		{"s in (a, q)", []string{"10 s has no category q"}},
		{"s in (a, q) and n > x", []string{"10 s has no category q", "21 there is no variable x"}},
		{"s in a", []string{`6 "(" is expected after in, not "a"`}},
		{"s in ()", []string{`7 a category code is expected, not ")"`}},
		{"s in (a", []string{`8 ")" is expected after the last of the list, but the expression ends`}},
		{"s in (a b)", []string{`9 ")" is expected after the last of the list, not "b"`}},
		{"s in (a, a)", []string{"10 a is named twice"}},
		{"s has_any (a)", []string{"1 has_any cannot be used with s, which is of type single"}},
		{"m in (x)", []string{"1 in cannot be used with m, which is of type multi"}},
		{"n in (1)", []string{"1 in cannot be used with n, which is of type number"}},
		{"count(s) > 1", []string{"7 count cannot be used with s, which is of type single"}},
		{"count(m, q) > 1", []string{"10 m has no category q"}},
		{"s > 1", []string{"1 a comparison cannot be used with s, which is of type single"}},
		{"w == 1", []string{"1 a comparison cannot be used with w, which is of type text"}},
		{"t > 3", []string{"1 a date cannot be compared with a number"}},
		{"t > n", []string{"1 a date cannot be compared with a number"}},
		{"t + 1 > u", []string{"1 + is for numbers, not for dates"}},
		{"n + t > 1", []string{"3 + is for numbers, not for dates"}},
		{"n > 1.2.3", []string{"5 1.2.3 is neither a number nor a date"}},
		{"t > 2021-02-30", []string{"5 2021-02-30 is neither a number nor a date"}},
		{"n = 1", []string{"3 equality is written =="}},
		{"n", []string{"1 n is a variable; say what is asked of it"}},
		{"yes_b", []string{"1 there is no derived variable yes_b; did you mean yes_a?"}},
		{"d", []string{"1 derived variable d is defined further down"}},
		{"yes_a > 1", []string{"1 yes_a is a derived variable and has no answer of its own"}},
		{"answered(n, k)", []string{"13 answered takes one variable"}},
		{"answered n", []string{`10 "(" is expected after answered`}},
		{"share_missing(NA) > 1", []string{"15 share_missing takes NR, DM and UC, not NA"}},
		{"share_missing(NR)", []string{"18 one of < <= == >= > is expected, but the expression ends"}},
		{"attr_any(l, level)", []string{"1 attr_any takes a variable, an attribute and at least one level"}},
		{"attr_any(l, levle, strong)", []string{"13 no entry of code list treatment has an attribute levle; did you mean level?"}},
		{"attr_any(m, level, strong)", []string{"10 attr_any asks for a variable with a code list"}},
		{"s in (a) and", []string{"13 a condition is expected, but the expression ends"}},
		{"s in (a) n > 1", []string{`10 "n" is not expected here`}},
		{"(s in (a)", []string{`10 ")" is expected to close the parenthesis`}},
		{"s in (a))", []string{`9 ")" is not expected here`}},
		{"s in (é)", []string{`7 a category code is expected, not "é"`}},
		{"n > 1 & k > 1", []string{`7 "&" is not expected here`}},
		{"and", []string{`1 a condition is expected, not "and"`}},
		{"not", []string{"4 a condition is expected, but the expression ends"}},
		{strings.Repeat("(", 200) + "all" + strings.Repeat(")", 200), []string{"102 too deeply nested"}},
		{strings.Repeat("not ", 200) + "all", []string{"401 too deeply nested"}},
	} {
		src := letters(row.expression)
		_, err := codebook.Parse([]byte(src), "test.yaml")
		problems := codebook.Problems(err)
		if len(problems) != len(row.want) {
			t.Errorf("%s: %d problems, want %d: %v", row.expression, len(problems), len(row.want), err)
			continue
		}
		line, column := placeOf(src, "expression: "+`"`+row.expression[:1])
		for i, p := range problems {
			at, what, _ := strings.Cut(row.want[i], " ")
			if !strings.HasPrefix(p.Err.Error(), what) {
				t.Errorf("%s: %v, want %s", row.expression, p.Err, what)
			}
			if got, want := p.Column-column+1, number(at); p.Line != line || got != want {
				t.Errorf("%s: %s: at line %d, character %d, want line %d, character %d", row.expression, what, p.Line, got, line, want)
			}
		}
	}
}

// placeOf returns the line of the last line of src that holds text, and the
// column of the end of text, which is the first character of an expression.
func placeOf(src, text string) (line, column int) {
	for i, s := range strings.Split(src, "\n") {
		if at := strings.Index(s, text); at >= 0 {
			line, column = i+1, len([]rune(s[:at+len(text)]))
		}
	}
	return line, column
}

func number(digits string) (n int) {
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}
