package codebook_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
	"pgregory.net/rapid"
)

// values are answers to choose from, by variable of letters.
var values = map[string][]string{
	"s": {"a", "b", "c"},
	"r": {"low", "high"},
	"m": {"x", "y|z", "nothing"},
	"n": {"-1", "0", "2", "7.5"},
	"k": {"0", "3"},
	"t": {"2020", "2021-03", "2021-03-05"},
	"u": {"2021", "2021-03-04"},
	"l": {"emdr", "talk|walk", "walk"},
}

var missing = []string{codebook.NR, codebook.DM, codebook.UC}

// expressions draws expressions of which no part asks whether an answer is
// given: answered and share_missing are meant to change when one comes in.
func expressions(depth int) *rapid.Generator[string] {
	condition := rapid.SampledFrom([]string{
		"all", "yes_a", "s in (a, b)", "r in (high)", "m has_any (x, y)", "m has_all (y, z)", "count(m, nothing) >= 1",
		"n > 0", "n + k < 3", "n * 2 == k + 1", "t < u", "t == 2021-03", "attr_any(l, level, strong)",
	})
	if depth == 0 {
		return condition
	}
	part := expressions(depth - 1)
	return rapid.OneOf(
		condition,
		rapid.Custom(func(t *rapid.T) string { return "not " + "(" + part.Draw(t, "term") + ")" }),
		rapid.Custom(func(t *rapid.T) string {
			word := rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "word")
			return "(" + strings.Join(rapid.SliceOfN(part, 2, 3).Draw(t, "terms"), word) + ")"
		}),
	)
}

// answers draws a value, a missing code or nothing for each variable.
func answers(codes ...string) *rapid.Generator[codebook.Answers] {
	return rapid.Custom(func(t *rapid.T) codebook.Answers {
		drawn := codebook.Answers{}
		for _, id := range slices.Sorted(maps.Keys(values)) {
			all := slices.Concat(values[id], codes, []string{""})
			text := rapid.SampledFrom(all).Draw(t, id)
			switch {
			case text == "":
			case slices.Contains(codes, text):
				drawn[id] = codebook.Answer{Missing: text}
			default:
				drawn[id] = codebook.Answer{Value: text}
			}
		}
		return drawn
	})
}

func derive(t *rapid.T, expression string, given codebook.Answers) codebook.Truth {
	c, err := codebook.Parse([]byte(letters(expression)), "letters.yaml")
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return c.Derive("d", given)
}

// What is decided stays so, whatever answers are still to come.
func TestAnAnswerMoreNeverChangesWhatIsDecided(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expression := expressions(3).Draw(t, "expression")
		before := answers(append(missing, codebook.NA)...).Draw(t, "answers")
		after := answers(append(missing, codebook.NA)...).Draw(t, "more answers")
		maps.Copy(after, before)
		was, is := derive(t, expression, before), derive(t, expression, after)
		if was.Kind != codebook.Unknown && was != is {
			t.Fatalf("%s was %s with %v and is %s with %v", expression, was, before, is, after)
		}
	})
}

// A result is unknown because of codes, and of no code that no answer has.
func TestReasonsComeFromAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expression := expressions(3).Draw(t, "expression")
		given := answers(append(missing, codebook.NA)...).Draw(t, "answers")
		got := derive(t, expression, given)
		if (got.Kind == codebook.Unknown) != (got.Codes != 0) {
			t.Fatalf("%s is %v with codes %q", expression, got.Kind, got.Codes)
		}
		carried := codebook.CodesOf(codebook.OPEN, codebook.LIST, codebook.UC) // UC also of a partial date
		for _, a := range given {
			carried |= codebook.CodesOf(a.Missing)
		}
		if got.Codes&^carried != 0 {
			t.Fatalf("%s is %s, and no answer of %v has the code", expression, got, given)
		}
	})
}

// Kleene's laws hold with reasons; those of De Morgan only where no answer is
// NA, for na stands below yes in "and" and below no in "or".
func TestLawsOfLogic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := expressions(2)
		a, b, c := part.Draw(t, "a"), part.Draw(t, "b"), part.Draw(t, "c")
		same := func(given codebook.Answers, x, y string) {
			t.Helper()
			x = strings.NewReplacer("A", "("+a+")", "B", "("+b+")", "C", "("+c+")").Replace(x)
			y = strings.NewReplacer("A", "("+a+")", "B", "("+b+")", "C", "("+c+")").Replace(y)
			if l, r := derive(t, x, given), derive(t, y, given); l != r {
				t.Fatalf("%s is %s and %s is %s, with %v", x, l, y, r, given)
			}
		}
		given := answers(append(missing, codebook.NA)...).Draw(t, "answers")
		same(given, "not not A", "A")
		for _, word := range []string{"and", "or"} {
			same(given, "A "+word+" B", "B "+word+" A")
			same(given, "(A "+word+" B) "+word+" C", "A "+word+" (B "+word+" C)")
			same(given, "A "+word+" A", "A")
		}
		applicable := answers(missing...).Draw(t, "answers without NA")
		same(applicable, "not (A and B)", "not A or not B")
		same(applicable, "not (A or B)", "not A and not B")
	})
}
