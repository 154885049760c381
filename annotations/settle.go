package annotations

import (
	"time"

	"github.com/dossierlens/dossierlens/codebook"
)

// A Provenance says where a settled answer comes from.
type Provenance string

const (
	Single      Provenance = "single"      // one coder answered
	Agreed      Provenance = "agreed"      // all coders gave the same answer
	Adjudicated Provenance = "adjudicated" // one of the coders' answers was chosen
	Third       Provenance = "third"       // another answer was set
	Reopened    Provenance = "reopened"    // decided anew after it had been settled
	Imported    Provenance = "imported"    // settled elsewhere
	Routed      Provenance = "routed"      // routing closed the question
)

// Causes are the reasons why codings differ, as an adjudicator names them.
var Causes = []string{"reading_error", "rule_unclear", "file_contradictory", "interpretation", "routing"}

// A Decision is one settled answer to one variable of a case, with why. A
// later revision follows an earlier one; neither changes a coding.
type Decision struct {
	Variable   string
	Revision   int // counted from 1
	Answer     codebook.Answer
	Provenance Provenance
	Cause      string // one of [Causes], may be empty
	Reason     string
	By         int64
	At         time.Time
}

// RuleUnclear is the cause that opens a [Proposal] for the codebook.
const RuleUnclear = "rule_unclear"

// A Settlement is what a case says after its codings and decisions are joined.
type Settlement struct {
	Answers    codebook.Answers      // settled, as routing leaves them
	Provenance map[string]Provenance // of every variable in Answers
	Open       []string              // variables that still wait for a decision, in codebook order
}

// Done reports whether nothing is open.
func (s Settlement) Done() bool { return len(s.Open) == 0 }

// Settle joins the codings of a case, as submitted, and the newest decisions.
// A decision stands above the codings; where all coders who were asked gave the
// same answer it is agreed, where one was asked it is single. What the settled
// answers route away is closed whatever the coders had said below it, so that a
// difference on a parent is settled once and not again on each of its children.
// A question that the settled answers ask and that nobody answered is open.
//
// Core names the variables to be settled; nil means all.
func Settle(c *codebook.Codebook, codings []codebook.Answers, decisions map[string]Decision, core func(*codebook.Variable) bool) Settlement {
	asked := make([]map[string]codebook.Route, len(codings))
	for i, stated := range codings {
		asked[i] = c.Route(stated)
	}
	stated := codebook.Answers{}
	from := map[string]Provenance{}
	for _, v := range c.Variables() {
		if d, ok := decisions[v.ID]; ok {
			stated[v.ID], from[v.ID] = d.Answer, d.Provenance
			continue
		}
		var given []codebook.Answer
		for i, answers := range codings {
			if a, ok := answers[v.ID]; ok && asked[i][v.ID].Asked {
				given = append(given, a)
			}
		}
		if len(given) > 0 && allEqual(given) {
			stated[v.ID], from[v.ID] = given[0], Agreed
			if len(given) == 1 {
				from[v.ID] = Single
			}
		}
	}
	s := Settlement{Answers: c.Effective(stated), Provenance: from}
	route := c.Route(stated)
	for _, v := range c.Variables() {
		if !route[v.ID].Asked {
			if _, ok := s.Answers[v.ID]; ok {
				from[v.ID] = Routed
			}
			continue
		}
		if _, ok := stated[v.ID]; !ok && (core == nil || core(v)) {
			s.Open = append(s.Open, v.ID)
		}
	}
	return s
}

func allEqual(answers []codebook.Answer) bool {
	for _, a := range answers[1:] {
		if a != answers[0] {
			return false
		}
	}
	return true
}

// Only keeps the core variables of a coding that was asked for no more.
func Only(v *codebook.Variable) bool { return v.Core }
