package estimate

import "math"

// A Draw is what is to be drawn from one stratum.
type Draw struct {
	Stratum    string
	Population int // units in the stratum, N_h
	Sampled    int // units to be drawn, n_h
}

// Expect returns the recommended interval that a planned sample will give
// around a share that is the same in every stratum, if all units drawn belong
// to the domain. Real samples scatter around it, and units outside the domain
// widen it. Strata from which nothing is drawn are left out, as their share
// would then not be estimated. The interval is undefined when nothing is drawn
// or the share is not between 0 and 1.
func Expect(draws []Draw, share, level float64) Interval {
	var cells Cells
	units := 0
	for _, d := range draws {
		if d.Sampled == 0 {
			continue
		}
		sum := share * float64(d.Sampled)
		cells = append(cells, Cell{Stratum: d.Stratum, Population: float64(d.Population), Sampled: d.Sampled, N: d.Sampled, Sum: sum, SumSquares: sum})
		units += d.Sampled
	}
	if !(share > 0 && share < 1) {
		return Interval{Level: level, Undefined: SameValue}
	}
	// Whole events only tell apart from the ends; of a planned share at least
	// one unit has and one has not what is counted.
	events := max(1, min(units-1, int(math.Round(share*float64(units)))))
	return cells.Mean(LonelyAdjust).asShare(events).Recommended(level)
}
