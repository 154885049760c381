package main

import (
	"hash/fnv"
	"slices"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// The answers of the cases that were read on site are put together from those
// of the written cases, so that what goes together there goes together here.
// Nothing in this file knows a variable by its name.

// invent returns the truth about a case that nobody wrote: that of a written
// one, with about a quarter of its answers taken from others.
func (d *demo) invent(c annotations.Case) codebook.Answers {
	donor := d.truths[d.random.IntN(len(d.truths))]
	return d.draw(c, func(v *codebook.Variable) codebook.Answer {
		if a, ok := donor.Answers[v.ID]; ok && d.random.Float64() < 0.74 {
			return a.answer()
		}
		return d.any(v, c)
	})
}

// Each coder differs from the truth in their own measure.
var demoCarelessness = []float64{0.8, 1, 1.2, 1.5}

// vary returns what coder k makes of a case of which base is the truth, with
// the notes that some answers need.
func (d *demo) vary(c annotations.Case, base codebook.Answers, k int) (codebook.Answers, map[string]string) {
	answers := d.draw(c, func(v *codebook.Variable) codebook.Answer {
		slip := 0.03
		if v.Burden == codebook.Judgement {
			slip = 0.12
		}
		slip *= difficulty(v.ID)
		truth, ok := base[v.ID]
		switch {
		case ok && d.random.Float64() >= slip*demoCarelessness[k]:
			return truth
		case slices.Contains(v.Missing, codebook.NR) && d.random.Float64() < 0.35:
			return codebook.Answer{Missing: codebook.NR}
		}
		return d.any(v, c)
	})
	notes := map[string]string{}
	for _, m := range d.book.Missing {
		if !m.NeedsNote {
			continue
		}
		for id, a := range answers {
			if a.Missing == m.Code {
				notes[id] = "Twee stukken spreken elkaar tegen."
			}
		}
	}
	for _, f := range d.book.Findings(d.book.Effective(answers)) {
		if f.Check.Severity == codebook.SeverityExplain {
			notes[f.Variables[0]] = "Nagelezen, het staat er zo."
		}
	}
	return answers, notes
}

// difficulty is how much harder than others a question is, from 0.5 to 2: some
// questions divide coders and some do not, and which is made up here.
func difficulty(id string) float64 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return 0.5 + 1.5*float64(h.Sum32()%100)/99
}

// draw answers the questions that are asked, in their order, by choose. An
// answer with which a check of severity error fires is drawn again.
func (d *demo) draw(c annotations.Case, choose func(*codebook.Variable) codebook.Answer) codebook.Answers {
	var answers codebook.Answers
	for range 30 {
		answers = annotations.Copies(d.book, c)
		for _, v := range d.book.Variables() {
			if v.CopyOf != "" || v.AskIf != "" && !d.book.Route(answers)[v.ID].Asked {
				continue
			}
			a, err := d.book.Accept(v, choose(v), c.Period)
			if err != nil {
				a = d.any(v, c)
			}
			answers[v.ID] = a
		}
		wrong := slices.ContainsFunc(d.book.Findings(d.book.Effective(answers)), func(f codebook.Finding) bool {
			return f.Check.Severity == codebook.SeverityError
		})
		if !wrong {
			break
		}
	}
	for id := range annotations.Copies(d.book, c) {
		delete(answers, id)
	}
	return answers
}

// any returns an answer to v that some written case has, or else whatever the
// codebook accepts.
func (d *demo) any(v *codebook.Variable, c annotations.Case) codebook.Answer {
	for range 12 {
		if a, ok := d.truths[d.random.IntN(len(d.truths))].Answers[v.ID]; ok {
			if accepted, err := d.book.Accept(v, a.answer(), c.Period); err == nil {
				return accepted
			}
		}
	}
	if len(v.Missing) > 0 {
		return codebook.Answer{Missing: v.Missing[0]}
	}
	if options := d.book.Options(v, c.Period); len(options) > 0 {
		return codebook.Answer{Value: options[d.random.IntN(len(options))].Code}
	}
	return codebook.Answer{Value: "1"}
}
