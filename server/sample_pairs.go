package server

import (
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/exports"
)

// pairsPlan says how many cases to code twice: the interval of kappa to be
// expected at an assumed agreement.
type pairsPlan struct {
	Kappa, Prevalence, Half string // as typed
	Wrong                   bool   // what was typed is none of these
	Lines                   []agreement.Expected
	Now                     agreement.Expected // with the pairs that there are
	Needed                  int
	Enough                  bool
}

// planPairs reads the form from the address; without one it assumes what is
// customary in the field.
func (c *call) planPairs() (pairsPlan, error) {
	typed := func(name, standard string) (string, float64) {
		text, given := c.GetQuery(name)
		if !given {
			if text = standard; c.lang == "nl" {
				text = strings.Replace(text, ".", ",", 1)
			}
		}
		x, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
		if err != nil {
			x = -1
		}
		return text, x
	}
	var p pairsPlan
	var kappa, prevalence, half float64
	p.Kappa, kappa = typed("kappa", "0.7")
	p.Prevalence, prevalence = typed("prevalence", "30")
	p.Half, half = typed("half", "0.2")
	var ok bool
	if p.Needed, ok = agreement.PairsFor(kappa, prevalence/100, half, exports.Level); !ok {
		p.Wrong = true
		return p, nil
	}
	counts, err := c.store.CaseCounts(c.ctx(), c.study.ID)
	if err != nil {
		return p, err
	}
	pairs := 0
	for _, n := range counts {
		pairs += n.Double
	}
	p.Now, _ = agreement.ExpectKappa(kappa, prevalence/100, pairs, exports.Level)
	p.Enough = pairs >= p.Needed
	for _, n := range []int{20, 30, 50, 100, 200, 400} {
		e, _ := agreement.ExpectKappa(kappa, prevalence/100, n, exports.Level)
		p.Lines = append(p.Lines, e)
	}
	return p, nil
}
