// Package screening looks in a text for what may identify a person, and
// holds the proof that somebody looked. Files that come in as anonymized
// seldom are: a number, a surname or a street is left somewhere, and this
// package is the last to see it before coders do.
//
// It finds forms (numbers with a checksum, telephone numbers, addresses on
// the internet, dates, file numbers), and it finds names, places, schools and
// organisations by the words around them and by lists. A [Finding] has a
// [Kind], a [Severity] and the rule that found it; a person decides what it
// is. Roles and day numbers in brackets, such as [MOEDER] or [dag 14], are
// never findings.
//
// # Order of use
//
// The zero [Screener] knows the built-in rules; [New] adds those of a
// project, [Screener.ForCase] the names that other documents of a case tell.
// [Screener.Scan] gives the findings of a text, for pages and for typed notes.
// [Screener.Clear] takes a decision on each and returns a [Cleared], the only
// thing of which a document can be made.
//
// # What is left out
//
// The package reads no files and stores nothing; it knows no study. It does
// not see what is rare about a family (twins, six children, an incident in the
// news): no word shows it. A name that no list has is found by its capital in
// the middle of a sentence, not at the start of one. Pictures are not read.
// That a scan finds nothing is no proof that a text is anonymous.
//
// # How it works
//
// The text is cut into tokens once, each word is looked up once, and every
// detector starts from a token that can begin its form, without backtracking:
// the cost grows with the length of the text. Where findings overlap a
// checksum beats a form, a form a label, and a label a list, so that the
// digits in an IBAN are not a telephone number as well.
//
// The lists in folder lists are of two kinds. Some come from others, each with
// its licence beside it: those whose names begin with faker are first names,
// surnames and places of the Netherlands and Flanders from the library Faker,
// opentaal is the Dutch word list of OpenTaal, which tells a capital that no
// list knows from an ordinary word, with its proper names apart, nsi_brands are
// brands and services from OpenStreetMap's name-suggestion-index, and medicines
// are those of drug-named-entity-recognition. The others are our own and hold
// common knowledge: further names of every community, municipalities and larger
// towns, brands and titles, words of the field. A ? marks what is an ordinary
// word as well; such a word counts only where its capital says something.
//
// # References
//
// Besluit BSN and the Logisch Ontwerp BRP for the test of citizen service
// numbers; ISO 13616 and ISO 7064 for IBAN; ITU-T E.164 for telephone
// numbers; the vehicle authority (RDW) for licence plates. How well each kind
// is found is measured on a corpus: go test -run Screening -v.
package screening
