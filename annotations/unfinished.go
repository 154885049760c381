package annotations

import (
	"maps"

	"github.com/dossierlens/dossierlens/codebook"
)

// Copies returns the answers to those variables that copy a column of the
// case, as the codebook marks them. They are not the coder's to give.
func Copies(book *codebook.Codebook, c Case) codebook.Answers {
	copies := codebook.Answers{}
	for _, v := range book.Variables() {
		var value string
		switch v.CopyOf {
		case "":
			continue
		case "region":
			value = c.Region
		case "period":
			value = c.Period
		default:
			value = c.Attributes[v.CopyOf]
		}
		if value != "" {
			copies[v.ID] = codebook.Answer{Value: value}
		}
	}
	return copies
}

// Given returns all answers of a coding of c as they stand: what the coder
// stated and what is copied from the case.
func (k Coding) Given(book *codebook.Codebook, c Case) codebook.Answers {
	stated := k.Stated()
	for id, a := range Copies(book, c) {
		stated[id] = a
	}
	return stated
}

// An Unfinished says what keeps a coding from being handed in. Lists are in
// codebook order; findings are those of severity error, and those of severity
// explain that no note explains.
type Unfinished struct {
	Open     []string           // asked and not answered
	Evidence []string           // a value without the passage that is required
	Notes    []string           // a missing code that needs a note
	Searched []string           // core, not recorded, and not said where it was looked for
	Findings []codebook.Finding // checks
	Comments []int64            // the lead's comments that are not resolved; filled in by the store
}

// Done reports whether nothing keeps the coding from being handed in.
func (u Unfinished) Done() bool {
	return len(u.Open)+len(u.Evidence)+len(u.Notes)+len(u.Searched)+len(u.Findings)+len(u.Comments) == 0
}

// Unfinished returns what is still to be done in the coding of a.
func (k Coding) Unfinished(book *codebook.Codebook, a Assignment) Unfinished {
	var u Unfinished
	stated := k.Given(book, a.Case)
	wanted := func(v *codebook.Variable) bool { return v.Core || !a.CoreOnly }
	for _, id := range book.Open(stated) {
		if wanted(book.Variable(id)) {
			u.Open = append(u.Open, id)
		}
	}
	evidence := map[string]bool{}
	for _, p := range k.Passages {
		if !p.Removed {
			evidence[p.Variable] = true
		}
	}
	needsNote := map[string]bool{}
	for _, m := range book.Missing {
		needsNote[m.Code] = m.NeedsNote
	}
	route := book.Route(stated)
	for _, v := range book.Variables() {
		e := k.Entries[v.ID]
		if !route[v.ID].Asked || !wanted(v) || v.CopyOf != "" && stated[v.ID] != e.Answer {
			continue
		}
		if v.Evidence == codebook.EvidenceRequired && e.Answer.Value != "" && !evidence[v.ID] {
			u.Evidence = append(u.Evidence, v.ID)
		}
		if needsNote[e.Answer.Missing] && e.Note == "" {
			u.Notes = append(u.Notes, v.ID)
		}
		if v.Core && e.Answer.Missing == codebook.NR && len(e.Searched) == 0 && len(book.DocumentTypes) > 0 {
			u.Searched = append(u.Searched, v.ID)
		}
	}
	for _, f := range book.Findings(book.Effective(stated)) {
		switch f.Check.Severity {
		case codebook.SeverityError:
			u.Findings = append(u.Findings, f)
		case codebook.SeverityExplain:
			explained := false
			for _, id := range f.Variables {
				explained = explained || k.Entries[id].Note != ""
			}
			if !explained {
				u.Findings = append(u.Findings, f)
			}
		}
	}
	return u
}

// Progress counts the questions that are asked of a as its coder has stated so
// far, without those that the case answers itself, and how many of them have
// an answer.
func Progress(book *codebook.Codebook, a Assignment, stated codebook.Answers) (asked, answered int) {
	copies := Copies(book, a.Case)
	given := maps.Clone(copies)
	maps.Copy(given, stated)
	for id, r := range book.Route(given) {
		if _, copied := copies[id]; copied || !r.Asked || a.CoreOnly && !book.Variable(id).Core {
			continue
		}
		asked++
		if stated[id] != (codebook.Answer{}) {
			answered++
		}
	}
	return asked, answered
}
