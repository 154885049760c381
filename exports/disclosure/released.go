package disclosure

import (
	"iter"
	"math"
	"slices"
)

// A Released is an indicator table that has passed a [Rule]. Its fields are
// unexported and [Rule.Apply] is the only way to make one, so a writer that
// takes a Released cannot be handed an unprotected table by mistake. The zero
// Released holds no cells.
type Released struct {
	rule        Rule
	cells       []ReleasedCell
	audit       []Hidden
	notes       []string
	warnings    []Warning
	ledger      Ledger
	certificate Certificate
}

// A ReleasedCell is a cell as anyone may see it.
type ReleasedCell struct {
	Key
	// Hidden is set if nothing of the cell is published. The reason is not
	// public; see [Released.Audit].
	Hidden  bool
	Figures []PublishedFigure // in the order of the table; nil if hidden
	Process Process           // zero if hidden
}

// A PublishedFigure is a figure rounded as the rule says. NaN stands for what
// is not published or not defined.
type PublishedFigure struct {
	Variant      Variant
	Value        float64
	SE           float64
	Lower, Upper float64
	Deff         float64
	// Numerator, Denominator and Cases are rounded counts of cases. Means and
	// medians have no numerator; it is 0 then.
	Numerator, Denominator, Cases int
}

// A Process is how many of the cases of a cell have neither yes nor no, in
// whole percents of all its cases.
type Process struct {
	Cases                                 int // all of them, rounded
	UnknownDM, UnknownNR, UnknownUC       int
	DenominatorUnknown, Outside, Excluded int
}

// A Hidden is a cell that was hidden, and why. It is for inside use only.
type Hidden struct {
	Key
	Reason Reason `json:"reason"`
}

// Cells yields every cell, hidden ones too, in the order of the table.
func (r Released) Cells() iter.Seq[ReleasedCell] {
	return func(yield func(ReleasedCell) bool) {
		for _, c := range r.cells {
			c.Figures = slices.Clone(c.Figures)
			if !yield(c) {
				return
			}
		}
	}
}

// Rule returns the rule that was applied.
func (r Released) Rule() Rule { return r.rule }

// Notes returns what every reader must be told about the release.
func (r Released) Notes() []string { return slices.Clone(r.notes) }

// Warnings returns what those who decide on the release should know. They must
// stay inside.
func (r Released) Warnings() []Warning { return slices.Clone(r.warnings) }

// Audit returns why each hidden cell is hidden. It must stay inside.
func (r Released) Audit() []Hidden { return slices.Clone(r.audit) }

// Certificate returns the proof that sensitive counts cannot be worked out. It
// holds true counts and must stay inside.
func (r Released) Certificate() Certificate { return r.certificate }

// Ledger returns everything that has been released up to and including this
// release. It holds true counts and must stay inside.
func (r Released) Ledger() Ledger { return r.ledger }

// publish rounds a cell.
func (r Rule) publish(m Measure, c Cell) ReleasedCell {
	out := ReleasedCell{Key: c.Key, Process: r.processShares(c.Outcomes)}
	for _, f := range c.Figures {
		p := PublishedFigure{Variant: f.Variant, Value: f.Value, SE: math.NaN(), Lower: f.Lower, Upper: f.Upper, Deff: math.NaN()}
		if r.Precision {
			p.SE, p.Deff = f.SE, f.Deff
		}
		switch m.Kind {
		case Share:
			num, den := c.Outcomes.Fraction(f.Variant)
			p.Numerator, p.Denominator, p.Cases = r.round(num), r.round(den), r.round(den)
			if r.FromRounded {
				p.Value, p.Lower, p.Upper = 100*float64(p.Numerator)/float64(p.Denominator), math.NaN(), math.NaN()
			}
			p.Value, p.Lower, p.Upper = decimals(p.Value, r.Decimals), decimals(p.Lower, r.Decimals), decimals(p.Upper, r.Decimals)
			// Whole percents must not put a value outside its own interval.
			p.Lower, p.Upper = min(p.Lower, p.Value), max(p.Upper, p.Value)
		case Count:
			p.Numerator, p.Denominator, p.Cases = r.round(c.Outcomes.Yes), r.round(c.Outcomes.Cases()), r.round(c.Outcomes.Cases())
			p.Value, p.Lower, p.Upper = r.toBase(f.Value), r.toBase(f.Lower), r.toBase(f.Upper)
			if r.FromRounded {
				p.Value, p.Lower, p.Upper = float64(p.Numerator), math.NaN(), math.NaN()
			}
		default:
			p.Denominator, p.Cases = r.round(c.Outcomes.Yes), r.round(c.Outcomes.Yes)
			p.Value, p.Lower, p.Upper = decimals(f.Value, r.MeanDecimals), decimals(f.Lower, r.MeanDecimals), decimals(f.Upper, r.MeanDecimals)
		}
		out.Figures = append(out.Figures, p)
	}
	return out
}

// decimals rounds half up to n decimals.
func decimals(v float64, n int) float64 {
	scale := math.Pow10(n)
	return math.Floor(v*scale+0.5) / scale
}

func (r Rule) toBase(v float64) float64 {
	b := float64(r.RoundingBase)
	return math.Floor(v/b+0.5) * b
}

func (r Rule) processShares(o Outcomes) Process {
	n := o.Cases()
	if n == 0 {
		return Process{}
	}
	share := func(k int) int { return (200*k + n) / (2 * n) }
	return Process{
		Cases:     r.round(n),
		UnknownDM: share(o.UnknownDM), UnknownNR: share(o.UnknownNR), UnknownUC: share(o.UnknownUC),
		DenominatorUnknown: share(o.DenominatorUnknown), Outside: share(o.Outside), Excluded: share(o.Excluded),
	}
}
