package estimate

// A Reliability is a judgement on whether an estimate may be published. It
// comes after disclosure control and never instead of it.
type Reliability string

// The judgements.
const (
	Good         Reliability = "good"
	Limited      Reliability = "limited"       // published with a mark and a footnote
	NotPublished Reliability = "not published" // replaced by a dot
)

// A Shortfall is what keeps an estimate from a better judgement.
type Shortfall string

// The shortfalls.
const (
	NoInterval   Shortfall = "no interval"
	FewUnits     Shortfall = "too few units"
	WideInterval Shortfall = "interval too wide"
	FewDegrees   Shortfall = "too few degrees of freedom"
)

// A Standard is what an estimate needs: at least N units and DF degrees of
// freedom and, for a share, a recommended interval of at most Width.
type Standard struct {
	N     int
	Width float64
	DF    int
}

// Thresholds are the standards of a publication.
type Thresholds struct {
	Level     float64  // of the interval, such as 0.95
	Good      Standard // to be good
	Published Standard // to be published at all; a share of this Width is not
}

// DefaultThresholds are after the presentation standards for proportions of
// the U.S. National Center for Health Statistics (Vital and Health Statistics,
// series 2, number 175), with a grade for what is published with care.
var DefaultThresholds = Thresholds{
	Level:     0.95,
	Good:      Standard{N: 50, Width: 0.20, DF: 8},
	Published: Standard{N: 30, Width: 0.30, DF: 2},
}

// Grade judges e and tells what keeps it from the next better judgement. An
// estimate without an interval is not published.
func (t Thresholds) Grade(e Estimate) (Reliability, []Shortfall) {
	i := e.Recommended(t.Level)
	if i.Undefined != "" {
		return NotPublished, []Shortfall{NoInterval}
	}
	if short := t.Published.lacks(e, e.share && i.Width() >= t.Published.Width); len(short) > 0 {
		return NotPublished, short
	}
	if short := t.Good.lacks(e, e.share && i.Width() > t.Good.Width); len(short) > 0 {
		return Limited, short
	}
	return Good, nil
}

func (s Standard) lacks(e Estimate, wide bool) (short []Shortfall) {
	if e.N < s.N {
		short = append(short, FewUnits)
	}
	if wide {
		short = append(short, WideInterval)
	}
	if e.DF < s.DF {
		short = append(short, FewDegrees)
	}
	return short
}
