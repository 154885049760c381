package codebook

import "slices"

// An Answer is the answer to one variable: a value or a missing code, in the
// text forms of the codings file. The zero Answer is not given.
type Answer struct {
	Value   string // category code, codes joined by "|", number, date or text
	Missing string // NR, DM, NA or UC
}

// Answers are the answers of one coding by id of the variable.
type Answers map[string]Answer

// A Route says whether a variable is asked in a case.
type Route struct {
	Asked bool

	// Missing is the code that stands for the answer of a variable that is
	// not asked: NA, or an inherited code. It is empty as long as answers
	// that decide about it are not given.
	Missing   string
	Inherited bool // Missing is the code of an answer that it depends on

	// Because names the variables that decide, in codebook order. It is empty
	// for a variable that is always asked.
	Because []string
}

// Route returns for every variable whether it is asked, given the answers as
// the coder stated them. What was answered to a variable that is now closed
// plays no part; it comes back when the variable is asked again.
func (c *Codebook) Route(stated Answers) map[string]Route {
	routes := make(map[string]Route, len(c.variables))
	c.route(stated, func(i int, r Route, _ *cell) {
		for _, parent := range c.asks[i].rests.variables {
			r.Because = append(r.Because, c.variables[parent].ID)
		}
		routes[c.variables[i].ID] = r
	})
	return routes
}

// route calls visit for each variable in order, with its effective answer.
// Because is left empty.
func (c *Codebook) route(stated Answers, visit func(i int, r Route, a *cell)) {
	c.evaluate(stated, func(e *evaluation) {
		for i, v := range c.variables {
			r := Route{Asked: true}
			if ask := c.asks[i]; ask.expr != nil {
				switch t := ask.eval(e); {
				case t.Kind == No || t.Kind == NotApplicable:
					r = Route{Missing: NA}
				case t.Kind == Unknown && !v.AskWhenUnknown:
					r = Route{}
					if t.Codes&hasOPEN == 0 {
						r.Missing, r.Inherited = t.Codes.first(), true
					}
				}
			}
			if !r.Asked {
				e.load(&e.cells[i], i, Answer{Missing: r.Missing})
			}
			visit(i, r, e.cell(i))
		}
	})
}

// Effective returns the answers that count: those that are asked as stated,
// NA or the inherited code for those that are not. Answers to closed
// variables are left out; they stay in stated.
func (c *Codebook) Effective(stated Answers) Answers {
	effective := make(Answers, len(c.variables))
	c.route(stated, func(i int, r Route, _ *cell) {
		id := c.variables[i].ID
		if r.Asked {
			if a := stated[id]; a != (Answer{}) {
				effective[id] = a
			}
		} else if r.Missing != "" {
			effective[id] = Answer{Missing: r.Missing}
		}
	})
	return effective
}

// Open returns the variables that are asked and not answered, in codebook
// order. An answer that this codebook does not know is none.
func (c *Codebook) Open(stated Answers) []string {
	var open []string
	c.route(stated, func(i int, r Route, a *cell) {
		if r.Asked && a.codes == hasOPEN {
			open = append(open, c.variables[i].ID)
		}
	})
	return open
}

// A Finding is a check that fires.
type Finding struct {
	Check     *Check
	Variables []string // that it looks at, in codebook order
}

// Findings returns the checks that are true of effective answers.
func (c *Codebook) Findings(eff Answers) []Finding {
	var findings []Finding
	for i, fires := range c.Fires(eff) {
		if fires {
			findings = append(findings, Finding{c.Checks[i], c.names(c.checkExprs[i].rests)})
		}
	}
	return findings
}

// Fires returns for every check whether it is true of effective answers.
func (c *Codebook) Fires(eff Answers) []bool {
	fires := make([]bool, len(c.Checks))
	c.evaluate(eff, func(e *evaluation) {
		for i := range c.Checks {
			fires[i] = c.checkExprs[i].eval(e).Kind == Yes
		}
	})
	return fires
}

// names returns the variables of r in codebook order.
func (c *Codebook) names(r rests) []string {
	var ids []string
	if r.share {
		for _, v := range c.variables {
			ids = append(ids, v.ID)
		}
		return ids
	}
	for _, i := range r.variables {
		ids = append(ids, c.variables[i].ID)
	}
	return slices.Clip(ids)
}
