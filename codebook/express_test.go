package codebook_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"pgregory.net/rapid"
)

// another is a program that knows answers in its own way and works a condition
// out while it is written: a term is "true", "false" or a comparison of
// numbers. The missing code of a variable stands apart from its value.
type another struct{ given codebook.Answers }

func (d another) Chosen(v *codebook.Variable, code string) string {
	return strconv.FormatBool(slices.Contains(strings.Split(d.given[v.ID].Value, "|"), code))
}

func (d another) Unchosen(v *codebook.Variable, code string) string {
	return strconv.FormatBool(d.Chosen(v, code) == "false")
}

func (d another) Given(v *codebook.Variable) string {
	return strconv.FormatBool(d.given[v.ID].Value != "")
}

func (d another) Absent(v *codebook.Variable) string {
	return strconv.FormatBool(d.given[v.ID].Value == "")
}

func (d another) Missing(v *codebook.Variable) string {
	return strconv.FormatBool(d.given[v.ID].Missing != "")
}

func (d another) Value(v *codebook.Variable) string {
	if d.given[v.ID].Value == "" {
		return "0"
	}
	return d.given[v.ID].Value
}

func (d another) Count(v *codebook.Variable, codes []string) string {
	n := 0
	for _, code := range codes {
		if d.Chosen(v, code) == "true" {
			n++
		}
	}
	return strconv.Itoa(n)
}

func (d another) Join(op string, terms []string) string {
	any, all := false, true
	for _, t := range terms {
		yes := decide(t)
		any, all = any || yes, all && yes
	}
	return strconv.FormatBool(op == "and" && all || op == "or" && any)
}

// decide works out a term. Nothing at all is always true.
func decide(term string) bool {
	if term == "" || term == "true" || term == "false" {
		return term != "false"
	}
	for _, op := range []string{" <= ", " >= ", " != ", " < ", " > ", " = "} {
		if left, right, ok := strings.Cut(term, op); ok {
			l, r := amount(left), amount(right)
			return map[string]bool{" <= ": l <= r, " >= ": l >= r, " != ": l != r, " < ": l < r, " > ": l > r, " = ": l == r}[op]
		}
	}
	panic("not a term: " + term)
}

// amount works out a number, or two with a sign between in parentheses.
func amount(s string) float64 {
	if inner, ok := strings.CutPrefix(s, "("); ok {
		inner = strings.TrimSuffix(inner, ")")
		if l, r, ok := strings.Cut(inner, " + "); ok {
			return amount(l) + amount(r)
		}
		l, r, _ := strings.Cut(inner, " * ")
		return amount(l) * amount(r)
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("%q is no number", s))
	}
	return n
}

// asked is letters with one more variable, asked on a condition.
func asked(t interface{ Fatalf(string, ...any) }, condition string, whenUnknown bool) *codebook.Codebook {
	quoted := strconv.Quote(condition)
	child := fmt.Sprintf("      - {id: child, type: text, label: {en: Child}, ask_if: %s, ask_when_unknown: %v}\nderived:", quoted, whenUnknown)
	src := strings.Replace(letters("all"), "derived:", child, 1)
	src = strings.ReplaceAll(src, ", UC, NA]", ", UC]") // then every question applies
	c, err := codebook.Parse([]byte(src), "letters.yaml")
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	return c
}

// What another program is told shows a question exactly where routing asks it.
func TestConditionsInAnotherLanguageMeanTheSame(t *testing.T) {
	expressed := 0
	rapid.Check(t, func(t *rapid.T) {
		condition := strings.ReplaceAll(expressions(2).Draw(t, "condition"), "yes_a", "s in (a)")
		condition = strings.ReplaceAll(condition, "attr_any(l, level, strong)", "l has_any (emdr)") // routing cannot rest on attributes
		c := asked(t, condition, false)
		given := answers(missing...).Draw(t, "answers")
		got, err := c.Express(c.Variable("child"), another{given})
		if errors.Is(err, codebook.ErrInexpressible) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		expressed++
		if want := c.Route(given)["child"].Asked; decide(got) != want {
			t.Fatalf("%s is %v, and the question is asked: %v, with %v", condition, decide(got), want, given)
		}
	})
	if expressed == 0 {
		t.Error("no condition was expressed")
	}
}

func TestConditionsOnWhatIsUnknown(t *testing.T) {
	for _, row := range []struct {
		condition string
		answer    codebook.Answer
		want      bool
	}{
		{"not s in (a)", codebook.Answer{Value: "a"}, false},
		{"not s in (a)", codebook.Answer{Value: "b"}, true},
		{"not s in (a)", codebook.Answer{Missing: codebook.NR}, true},
		{"s in (a)", codebook.Answer{Missing: codebook.UC}, true},
		{"s in (a)", codebook.Answer{Value: "c"}, false},
	} {
		c := asked(t, row.condition, true)
		given := codebook.Answers{"s": row.answer}
		got, err := c.Express(c.Variable("child"), another{given})
		if err != nil {
			t.Fatal(err)
		}
		if decide(got) != row.want || c.Route(given)["child"].Asked != row.want {
			t.Errorf("%s with %v: %v, want %v", row.condition, row.answer, decide(got), row.want)
		}
	}
}

func TestWhatTwoValuesCannotSay(t *testing.T) {
	for _, condition := range []string{"t < u", "not (n > 0 and t == 2021)"} {
		c := asked(t, condition, false)
		if got, err := c.Express(c.Variable("child"), another{}); !errors.Is(err, codebook.ErrInexpressible) {
			t.Errorf("%s became %q, %v", condition, got, err)
		}
	}
	c := asked(t, "s in (a) or n > 0", true)
	if got, err := c.Express(c.Variable("child"), another{}); !errors.Is(err, codebook.ErrInexpressible) {
		t.Errorf("ask_when_unknown over two questions became %q, %v", got, err)
	}
}
