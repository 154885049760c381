package annotations

import (
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/dossierlens/dossierlens/codebook"
)

// DriftCases is how many of a coder's cases make a point of a control chart.
// What is left at the end is a block of its own from half of that.
const DriftCases = 20

// driftTail is the chance to fall below three standard deviations of a normal
// distribution.
const driftTail = 0.001349898

// A CoderChart shows how a coder's answers to one variable hold over time, on
// cases that others coded as well, in the order in which they were handed in.
type CoderChart struct {
	Coder   int64
	Settled DriftSeries // against the settled answer
	Others  DriftSeries // against each other coder of the case
}

// A DriftSeries is a p chart: the share that is the same, block by block, with
// limits around the share of all coders together (Montgomery 2013,
// Introduction to Statistical Quality Control, 7th ed., section 7.2). Blocks are
// small and shares near 1, where three standard deviations would raise many
// false alarms; limits are those of the binomial distribution itself, beyond
// which a block falls with the chance that three standard deviations leave.
type DriftSeries struct {
	Same, N int
	Center  float64 // of all coders; 0 without blocks
	Blocks  []DriftBlock
}

// A DriftBlock is one point of a [DriftSeries]. N is not zero.
type DriftBlock struct {
	From, To     time.Time // of the first and the last hand-in
	Same, N      int
	Lower, Upper float64
}

// Share is the share that is the same.
func (b DriftBlock) Share() float64 { return float64(b.Same) / float64(b.N) }

// Outside reports whether the block lies below its limit. A coder who agrees
// more than others is no ground for alarm.
func (b DriftBlock) Outside() bool { return b.Share() < b.Lower-1e-12 }

// Share is the share that is the same over all blocks; ok is false when
// nothing was compared.
func (s DriftSeries) Share() (share float64, ok bool) {
	if s.N == 0 {
		return 0, false
	}
	return float64(s.Same) / float64(s.N), true
}

// Alarm returns the time in which the coder was outside the limits of either
// series, from the first block outside to the last. Its end is zero when the
// newest block is outside. ok is false when the coder never was.
func (c CoderChart) Alarm() (from, to time.Time, ok bool) {
	newest := false
	for _, s := range []DriftSeries{c.Settled, c.Others} {
		for i, b := range s.Blocks {
			if !b.Outside() {
				continue
			}
			if !ok || b.From.Before(from) {
				from = b.From
			}
			if b.To.After(to) {
				to = b.To
			}
			newest = newest || i == len(s.Blocks)-1
			ok = true
		}
	}
	if newest {
		to = time.Time{}
	}
	return from, to, ok
}

// compared is a coder's answer beside the settled one and those of others.
type compared struct {
	at                   time.Time
	settledSame, settled int
	othersSame, others   int
}

// CoderCharts returns a chart for each coder with answers to a variable that
// can be compared, in the order of [Ratings.Coders].
func (r *Ratings) CoderCharts(variable string) []CoderChart {
	col := r.columns[variable]
	if col == nil {
		return nil
	}
	byCoder := map[int64][]compared{}
	for i, u := range r.units {
		for k, coder := range u.coders {
			own := col.at(u.first + k)
			if !own.wasGiven() {
				continue
			}
			c := compared{at: u.times[k]}
			if settled := col.settled[i]; settled.wasGiven() {
				c.settled = 1
				c.settledSame = count(col.same(own, settled))
			}
			for l := range u.coders {
				if other := col.at(u.first + l); l != k && other.wasGiven() {
					c.others++
					c.othersSame += count(col.same(own, other))
				}
			}
			byCoder[coder] = append(byCoder[coder], c)
		}
	}
	var charts []CoderChart
	for _, coder := range r.Coders() {
		list := byCoder[coder]
		slices.SortStableFunc(list, func(a, b compared) int { return a.at.Compare(b.at) })
		c := CoderChart{Coder: coder, Settled: series(list, func(x compared) (int, int) { return x.settledSame, x.settled }),
			Others: series(list, func(x compared) (int, int) { return x.othersSame, x.others })}
		if c.Settled.N+c.Others.N > 0 {
			charts = append(charts, c)
		}
	}
	setLimits(charts, func(c *CoderChart) *DriftSeries { return &c.Settled })
	setLimits(charts, func(c *CoderChart) *DriftSeries { return &c.Others })
	return charts
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// series cuts what was compared into blocks of cases.
func series(list []compared, of func(compared) (same, n int)) DriftSeries {
	list = slices.DeleteFunc(slices.Clone(list), func(c compared) bool { _, n := of(c); return n == 0 })
	var s DriftSeries
	for len(list) > 0 {
		size := min(DriftCases, len(list))
		if rest := len(list) - size; rest < DriftCases/2 {
			size = len(list)
		}
		b := DriftBlock{From: list[0].at, To: list[size-1].at}
		for _, c := range list[:size] {
			same, n := of(c)
			b.Same, b.N = b.Same+same, b.N+n
		}
		s.Same, s.N = s.Same+b.Same, s.N+b.N
		s.Blocks = append(s.Blocks, b)
		list = list[size:]
	}
	return s
}

// setLimits draws the line of all coders and the limits around it.
func setLimits(charts []CoderChart, of func(*CoderChart) *DriftSeries) {
	same, n := 0, 0
	for i := range charts {
		s := of(&charts[i])
		same, n = same+s.Same, n+s.N
	}
	if n == 0 {
		return
	}
	center := float64(same) / float64(n)
	known := map[int][2]float64{}
	for i := range charts {
		s := of(&charts[i])
		s.Center = center
		for j := range s.Blocks {
			b := &s.Blocks[j]
			limits, ok := known[b.N]
			if !ok {
				limits = shareLimits(b.N, center)
				known[b.N] = limits
			}
			b.Lower, b.Upper = limits[0], limits[1]
		}
	}
}

// shareLimits are the smallest and the largest share of n that are not
// further out than three standard deviations would be.
func shareLimits(n int, center float64) [2]float64 {
	if center <= 0 || center >= 1 {
		return [2]float64{center, center}
	}
	d := distuv.Binomial{N: float64(n), P: center}
	lower, upper := 0, n
	for lower < n && d.CDF(float64(lower)) < driftTail {
		lower++
	}
	for upper > lower && 1-d.CDF(float64(upper-1)) < driftTail {
		upper--
	}
	return [2]float64{float64(lower) / float64(n), float64(upper) / float64(n)}
}

// settle is the settled answer to a variable, as a rating: what was decided,
// else what all codings say alike; without either there is none.
func (c *column) settle(decided codebook.Answer, ratings []rating) rating {
	if decided != (codebook.Answer{}) {
		return c.rate(codebook.Route{Asked: true}, decided)
	}
	for _, x := range ratings[1:] {
		if x != ratings[0] {
			return notGiven
		}
	}
	return ratings[0]
}
