package screening

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// traits are what a word may be; a word may be several things.
type traits uint32

const (
	firstName     traits = 1 << iota // is a first name, and nothing else
	firstOrWord                      // first name or an ordinary word: needs a capital that says something
	surname                          // is a surname, and nothing else
	surnameOrWord                    // surname or an ordinary word
	particle                         // van, der, el: between the parts of a name
	title                            // mevrouw, dhr: a capital after it begins a name
	role                             // oom, zoon, huisarts: a capital after it mostly does
	common                           // never a name, also with a capital
	placeHead                        // first word of a place
	placeOrWord                      // first word of a place, or an ordinary word
	abbreviation                     // a full stop after it ends no sentence
	month                            // name of a month
	nameLabel                        // naam, achternaam: before a colon and a name
	streetLike                       // ends like a street and is none: onderweg
	thingHead                        // first word of a thing that looks like a person
	thing                            // brand or medicine: no name unless a title or the like tells one
	proper                           // has a capital in the Dutch word list: mostly a surname, sometimes a hamlet
)

func (t traits) has(any traits) bool { return t&any != 0 }

// A cue is what a word says about what stands near it.
type cue uint8

const (
	noCue         cue = iota
	cueBirth          // geboren
	cueBSN            // burgerservicenummer
	cueOther          // factuurnummer: the number after it is none of ours
	cueUnit           // euro: the number before it is an amount
	cuePhone          // mobiel
	cueIP             // ip-adres
	cuePlate          // kenteken
	cueV              // vreemdelingennummer
	cueDocument       // paspoort
	cueBIG            // BIG-registratie
	cueSKJ            // register of youth workers
	cueAGB            // AGB-code
	cueCase           // dossiernummer
	cueNumber         // nummer: of a file, when the word before says so
	cueFile           // melding: a long number after it is that of a file
	cuePostcode       // postcode
	cueAccount        // instagram
	cueSchool         // basisschool
	cueCompany        // stichting
	cueCompanyEnd     // bv
	cueStreet         // laan, as a word of its own
	cueAddress        // woonachtig
	cueClosing        // groetjes
	cueGreeting       // beste
)

// A lexicon is what the built-in lists say about words.
type lexicon struct {
	words   map[string]entry // while the lists are read
	table   wordTable
	phrases map[string][][]string // places, by their first word, longest first
	things  map[string][][]string // things that look like people, in the same way
}

type entry struct {
	traits traits
	cue    cue
}

//go:embed lists/*.txt
var lists embed.FS

// builtin reads the lists once for the life of the program.
var builtin = sync.OnceValue(func() *lexicon {
	lex := &lexicon{words: make(map[string]entry, 40960), phrases: map[string][][]string{}, things: map[string][][]string{}}
	for _, w := range append(listed("first_names"), listed("faker_first_names")...) {
		lex.learn(w, firstName, firstOrWord)
	}
	for _, w := range append(listed("surnames"), listed("faker_surnames")...) {
		lex.learn(w, surname, surnameOrWord)
	}
	for _, w := range listed("opentaal_first_names") {
		lex.learn(w, firstOrWord, firstOrWord)
	}
	for _, w := range listed("opentaal_surnames") {
		lex.learn(w, surnameOrWord|proper, surnameOrWord|proper)
	}
	for _, w := range listed("medicines") {
		lex.learn(w, thing, thing)
	}
	for l := range lines("nsi_brands") {
		if strings.Contains(l, " ") {
			lex.learnPhrase(lex.things, l, thingHead)
		} else {
			lex.learn(l, thing, thing)
		}
	}
	for _, w := range append(listed("common"), listed("brands")...) {
		lex.learn(w, common, common)
	}
	for _, list := range []string{"places", "faker_places"} {
		for l := range lines(list) {
			name, doubtful := strings.CutSuffix(l, "?")
			is := placeHead
			if doubtful {
				is = placeOrWord
			}
			lex.learnPhrase(lex.phrases, name, is)
		}
	}
	for l := range lines("things") {
		lex.learnPhrase(lex.things, l, thingHead)
	}
	for l := range lines("words") {
		name, words, _ := strings.Cut(l, ":")
		is, ok := named[name]
		if !ok {
			panic(fmt.Sprintf("screening: lists/words.txt: %q is no trait or cue", name))
		}
		for _, w := range strings.Fields(words) {
			e := lex.words[fold(w)]
			e.traits |= is.traits
			if is.cue != noCue {
				e.cue = is.cue
			}
			lex.words[fold(w)] = e
		}
	}
	lex.table = newWordTable(lex.words)
	lex.words = nil // two megabytes that nobody reads any more
	return lex
})

// named maps the words of lists/words.txt that head a line.
var named = map[string]entry{
	"particle": {traits: particle}, "title": {traits: title}, "role": {traits: role},
	"abbreviation": {traits: abbreviation}, "month": {traits: month},
	"label": {traits: nameLabel}, "thing": {traits: thing}, "street-like": {traits: streetLike},
	"birth": {cue: cueBirth}, "bsn": {cue: cueBSN}, "other-number": {cue: cueOther},
	"unit": {cue: cueUnit}, "phone": {cue: cuePhone}, "ip": {cue: cueIP},
	"plate": {cue: cuePlate}, "v-number": {cue: cueV}, "document": {cue: cueDocument},
	"big": {cue: cueBIG}, "skj": {cue: cueSKJ}, "agb": {cue: cueAGB},
	"case": {cue: cueCase}, "number": {cue: cueNumber}, "file": {cue: cueFile}, "postcode": {cue: cuePostcode}, "account": {cue: cueAccount},
	"school": {cue: cueSchool}, "company": {cue: cueCompany},
	"company-end": {cue: cueCompanyEnd}, "street": {cue: cueStreet}, "address": {cue: cueAddress},
	"closing": {cue: cueClosing}, "greeting": {cue: cueGreeting},
}

// lines gives the lines of a list that are neither empty nor remarks.
func lines(list string) func(yield func(string) bool) {
	src, err := lists.ReadFile("lists/" + list + ".txt")
	if err != nil {
		panic(err)
	}
	return func(yield func(string) bool) {
		for l := range strings.Lines(string(src)) {
			l = strings.TrimSpace(l)
			if l != "" && l[0] != '#' && !yield(l) {
				return
			}
		}
	}
}

// listed gives the words of a list.
func listed(list string) []string {
	var words []string
	for l := range lines(list) {
		words = append(words, strings.Fields(l)...)
	}
	return words
}

// learn adds a word as plain, or as doubtful when a ? stands behind it.
func (lex *lexicon) learn(w string, plain, doubtful traits) {
	is := plain
	if bare, ok := strings.CutSuffix(w, "?"); ok {
		w, is = bare, doubtful
	}
	for _, part := range strings.FieldsFunc(w, func(r rune) bool { return isHyphen(r) || isBlank(r) }) {
		e := lex.words[fold(part)]
		e.traits |= is
		lex.words[fold(part)] = e
	}
}

// learnPhrase adds one or more words to phrases, and is to what is known of
// the first of them.
func (lex *lexicon) learnPhrase(phrases map[string][][]string, name string, is traits) {
	parts := strings.FieldsFunc(fold(name), func(r rune) bool { return !isLetter(r) })
	if parts[0] == "s" { // 's-Gravenhage
		parts = parts[1:]
	}
	head := parts[0]
	e := lex.words[head]
	e.traits |= is
	lex.words[head] = e
	all := phrases[head]
	at := 0
	for at < len(all) && len(all[at]) >= len(parts) {
		at++
	}
	phrases[head] = append(all[:at:at], append([][]string{parts}, all[at:]...)...)
}

// words makes a set.
func words(all ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range all {
		m[w] = true
	}
	return m
}

// maxWord is the length in bytes of the longest folded word that is looked up.
const maxWord = 40

// fold returns w in lower case without diacritics, as the lists are keyed.
func fold(w string) string { return string(appendFolded(make([]byte, 0, 2*len(w)+utf8.UTFMax), w)) }

// appendFolded appends the folded w while it fits; it returns nil when not.
func appendFolded(dst []byte, w string) []byte {
	for i := 0; i < len(w); {
		if cap(dst)-len(dst) < utf8.UTFMax {
			return nil
		}
		c := w[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(w[i:])
		i += size
		switch {
		case unicode.Is(unicode.Mn, r):
		case isApostrophe(r):
			dst = append(dst, '\'')
		default:
			r = unicode.ToLower(r)
			if base, ok := bases[r]; ok {
				r = base
			}
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// bases maps letters of Latin-1 and Latin Extended-A to their base letters,
// as far as names in the Netherlands have them.
var bases = func() map[rune]rune {
	m := map[rune]rune{}
	for _, row := range []string{
		"aàáâãäåāăą", "cçćč", "dďđ", "eèéêëēėęě", "gğģ", "iìíîïīıį", "kķ", "lłľļ", "nñńňņ",
		"oòóôõöøōő", "rřŕ", "sśşšș", "tťţț", "uùúûüūůűų", "yýÿ", "zźżž",
	} {
		base, size := utf8.DecodeRuneInString(row)
		for _, r := range row[size:] {
			m[r] = base
		}
	}
	return m
}()
