package annotations

import "github.com/dossierlens/dossierlens/annotations/agreement"

// Layers says where each pair of codings of the same case stands. Every pair
// is in exactly one of the counts:
//
//	Pairs = NotCoded + Closed + OneClosed + BothMissing + OneMissing + Values
type Layers struct {
	Pairs       int
	NotCoded    int // the question was not put to one of the two, as in a coding of core variables
	Closed      int // it applied for neither; the parent has the difference if there is one
	OneClosed   int // it applied for one only, a difference of the parent
	BothMissing int
	OneMissing  int
	Values      int // both gave a value: used by the headline
	Same        int // of Values, those that agree; of numbers, within the tolerance

	Applicable agreement.Result // AC1: did it apply?
	Recorded   agreement.Result // AC1: was it recorded, given that it applied for both?
}

// Eligible is the number of pairs in which the question was put to both.
func (l Layers) Eligible() int { return l.BothMissing + l.OneMissing + l.Values }

// layers counts where every pair of codings stands.
func (t *tabulation) layers() Layers {
	var l Layers
	for _, u := range t.units {
		for i := range u.at {
			for j := range i {
				a, b := t.col.at(u.at[i]), t.col.at(u.at[j])
				l.count(a, b)
				if a.hasValue() && b.hasValue() && t.col.same(a, b) {
					l.Same++
				}
			}
		}
	}
	l.Applicable = t.binary(func(x rating) (int16, bool) {
		if x == notGiven {
			return 0, false
		}
		if x.isClosed() {
			return 0, true
		}
		return 1, true
	}).AC
	l.Recorded = t.binary(func(x rating) (int16, bool) {
		if x.hasValue() {
			return 1, true
		}
		return 0, x.hasCode()
	}).AC
	return l
}

func (l *Layers) count(a, b rating) {
	l.Pairs++
	switch {
	case a == notGiven || b == notGiven:
		l.NotCoded++
	case a.isClosed() && b.isClosed():
		l.Closed++
	case a.isClosed() || b.isClosed():
		l.OneClosed++
	case a.hasCode() && b.hasCode():
		l.BothMissing++
	case a.hasCode() || b.hasCode():
		l.OneMissing++
	default:
		l.Values++
	}
}
