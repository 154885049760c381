package builtin_test

import (
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

// texts yields every wording of c with the place it stands at. That a wording
// may be absent is not known here: what is yielded must be there.
func texts(c *codebook.Codebook) iter.Seq2[string, codebook.Text] {
	return func(yield func(string, codebook.Text) bool) {
		more := true
		put := func(place string, t codebook.Text) {
			if more {
				more = yield(place, t)
			}
		}
		put("title", c.Title)
		for _, m := range c.Missing {
			put(m.Code+" label", m.Label)
			put(m.Code+" rule", m.Rule)
		}
		for _, d := range c.DocumentTypes {
			put("document type "+d.Code, d.Label)
		}
		for _, l := range c.CodeLists {
			for _, e := range l.Entries {
				put(l.ID+"/"+e.Code, e.Label)
			}
		}
		for _, s := range c.Sections {
			put("section "+s.ID, s.Label)
		}
		for _, v := range c.Variables() {
			put(v.ID+" label", v.Label)
			put(v.ID+" question", v.Question)
			put(v.ID+" instruction", v.Instruction)
			put(v.ID+" example", v.Example)
			if v.Type == codebook.TypeNumber {
				put(v.ID+" unit", v.Unit)
			}
			for _, k := range v.Categories {
				put(v.ID+"/"+k.Code, k.Label)
			}
		}
		for _, d := range c.Derived {
			put(d.ID+" label", d.Label)
			if d.Note != (codebook.Text{}) {
				put(d.ID+" note", d.Note)
			}
		}
		for _, k := range c.Checks {
			put(k.ID, k.Message)
		}
		for _, i := range c.Indicators {
			put(i.ID+" label", i.Label)
			put(i.ID+" unit", i.Unit)
			put(i.ID+" note", i.Note)
		}
		for _, m := range c.Measures {
			put(m.ID+" label", m.Label)
		}
		for _, r := range c.Catalogue {
			put(r.ID+" theme", r.Theme)
			put(r.ID+" label", r.Label)
			put(r.ID+" source", r.Source)
			put(r.ID+" frequency", r.Frequency)
			put(r.ID+" level", r.Level)
		}
	}
}

// sameInBoth are the wordings that are one and the same in Dutch and English:
// names of instruments, treatments and organisations.
var sameInBoth = []string{
	"Veilig Thuis", "MDA++", "Open",
	"LIRIK", "CFRV", "KJTS", "TSCC / TSCYC", "CAPS-CA(-5) / KIBS", "CRIES-13 / CRIES-8", "LEC-5", "PCL-5", "CAPS-5", "TSQ / SPAN",
	"EMDR", "HORIZON", "(KID)NET", "NET", "BEPP", "WRITEjunior", "MST-CAN", "MDFT", "FFT", "Families First", "PMTO", "Triple P",
	"Incredible Years", "PCIT", "VIPP-SD", "NIKA", "Ouderschap Blijft", "KIES", "Dappere Dino's", "En nu ik...!",
	"Let op de kleintjes", "VoorZorg", "Stevig Ouderschap", "BORG", "Krachtwerk",
}

func TestEveryTextStandsInBothLanguages(t *testing.T) {
	unused := slices.Clone(sameInBoth)
	for place, text := range texts(book(t)) {
		if text.NL == "" || text.EN == "" {
			t.Errorf("%s: nl %q, en %q, want both", place, text.NL, text.EN)
		}
		name := strings.HasPrefix(place, "vt_regio/") || slices.Contains(sameInBoth, text.NL)
		if text.NL == text.EN && !name {
			t.Errorf("%s: %q is the text in both languages", place, text.NL)
		}
		unused = slices.DeleteFunc(unused, func(same string) bool { return same == text.EN })
	}
	if len(unused) > 0 {
		t.Errorf("no English text is %q", unused)
	}
}

// Words that are frequent in one language and do not exist in the other.
const (
	dutch = `aan alle alleen als bij blijft casus de deel dit een eigen en geen gezin gezinnen hebben heeft het hoe hulp ` +
		`ja kind kinderen maanden maar meer met moeder naar nee niet niets nog onder ook ouders tot uit vader van ` +
		`veiligheid veiligheidsplan voor waar wat wel welke werd wie wijkteam wordt worden zijn zonder`
	english = `and any because but by each family for from have how if itself not only other than that the their there ` +
		`they this to were when where which who with without yes`
)

// borrowed are Dutch names that English texts use as they are.
var borrowed = strings.NewReplacer(
	"Veilig Thuis", "", "Zorg- en Veiligheidshuis", "",
	"Beleidsinformatie VT", "", "Beleidsinformatie Jeugd", "", "Beleidsinformatie", "",
	"visie gefaseerde ketenzorg", "", "complexe casuïstiek", "", "eerste aanwijzingen", "", "De facto", "",
)

var (
	word   = regexp.MustCompile(`\pL[\pL\pN_]*`)
	quoted = regexp.MustCompile(`'([a-z0-9_]+)'`)
)

func TestNoTextIsInTheOtherLanguage(t *testing.T) {
	c := book(t)
	strange := func(place, text, words string) {
		for _, w := range word.FindAllString(strings.ToLower(text), -1) {
			if slices.Contains(strings.Fields(words), w) {
				t.Errorf("%s: %q in %q", place, w, text)
			}
		}
	}
	for place, text := range texts(c) {
		if text.NL == text.EN {
			continue // TestEveryTextStandsInBothLanguages answers for these
		}
		en, nl := quoted.ReplaceAllString(borrowed.Replace(text.EN), ""), text.NL
		if strings.HasSuffix(place, " example") {
			en = strings.TrimSuffix(en, answerOf(en)+".")
			nl = strings.TrimSuffix(nl, answerOf(nl)+".")
		}
		en = expression.ReplaceAllString(en, "")
		strange(place+" en", en, dutch)
		strange(place+" nl", nl, english)
	}
}

// expression finds what notes quote of the expression language.
var expression = regexp.MustCompile(`[a-z_0-9]+ in \([a-z_, ]+\)`)

// answerOf returns the answer that an example ends in.
func answerOf(example string) string {
	parts := strings.Split(strings.TrimSuffix(example, "."), ": ")
	return parts[len(parts)-1]
}

func TestExamplesEndInAnAnswerThatTheVariableTakes(t *testing.T) {
	c := book(t)
	for _, v := range c.Variables() {
		got := answerOf(v.Example.NL)
		if en := answerOf(v.Example.EN); en != got {
			t.Errorf("%s: the example ends in %q in Dutch and in %q in English", v.ID, got, en)
		}
		if v.Type == codebook.TypeNumber {
			n, err := strconv.ParseFloat(got, 64)
			if err != nil || n < *v.Min || n > *v.Max {
				t.Errorf("%s: the example ends in %q, want a number from %v to %v", v.ID, got, *v.Min, *v.Max)
			}
			continue
		}
		codes := codesOf(c, v)
		answer := strings.Split(got, " + ")
		for _, code := range answer {
			if !codes[code] {
				t.Errorf("%s: the example ends in %q, which is none of its codes", v.ID, code)
			}
		}
		if len(answer) > 1 && v.Type != codebook.TypeMulti {
			t.Errorf("%s: the example ends in %q, but one answer is asked", v.ID, got)
		}
	}
}

func TestInstructionsNameTheSameCodesInBothLanguages(t *testing.T) {
	c := book(t)
	for _, v := range c.Variables() {
		codes := codesOf(c, v)
		named := func(text string) []string {
			set := map[string]bool{}
			for _, m := range quoted.FindAllStringSubmatch(text, -1) {
				if codes[m[1]] {
					set[m[1]] = true
				}
			}
			return slices.Sorted(maps.Keys(set))
		}
		if nl, en := named(v.Instruction.NL), named(v.Instruction.EN); !slices.Equal(nl, en) {
			t.Errorf("%s: the instruction names %q in Dutch and %q in English", v.ID, nl, en)
		}
	}
}

// codesOf returns the codes of the answer options of v.
func codesOf(c *codebook.Codebook, v *codebook.Variable) map[string]bool {
	codes := map[string]bool{}
	for _, k := range v.Categories {
		codes[k.Code] = true
	}
	list, _ := c.List(v.CodeList)
	for _, e := range list.Entries {
		codes[e.Code] = true
	}
	return codes
}

func TestEqualTextsAreTranslatedEqually(t *testing.T) {
	first := map[string]codebook.Text{}
	for place, text := range texts(book(t)) {
		was, seen := first[text.NL]
		if !seen {
			first[text.NL] = text
		} else if was.EN != text.EN {
			t.Errorf("%s: %q is %q here and %q elsewhere", place, text.NL, text.EN, was.EN)
		}
	}
}
