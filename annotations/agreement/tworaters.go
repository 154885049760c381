package agreement

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A crossing is the table of two raters over the units that both rated.
type crossing struct {
	cells   []cell // those with units, by row and column
	n       int64
	rows    []int64 // ratings of the first rater
	columns []int64 // ratings of the second
	same    int64
}

type cell struct {
	row, column int
	n           int64
}

func (r *Ratings) cross(s sample, a, b int) *crossing {
	q := len(r.scale.Labels)
	c := &crossing{rows: make([]int64, q), columns: make([]int64, q)}
	for p, n := range s.patterns {
		k, l := r.patterns[p].ratings[a], r.patterns[p].ratings[b]
		if n > 0 && k != Missing && l != Missing {
			c.cells = append(c.cells, cell{int(k), int(l), n})
		}
	}
	if r.raters > 2 { // the patterns of two raters are cells already
		c.cells = merged(c.cells)
	}
	for _, cell := range c.cells {
		c.rows[cell.row] += cell.n
		c.columns[cell.column] += cell.n
		c.n += cell.n
		if cell.row == cell.column {
			c.same += cell.n
		}
	}
	return c
}

// merged sorts cells and adds up those of the same place.
func merged(cells []cell) []cell {
	slices.SortFunc(cells, func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	})
	var sums []cell
	for _, c := range cells {
		if last := len(sums) - 1; last >= 0 && sums[last].row == c.row && sums[last].column == c.column {
			sums[last].n += c.n
			continue
		}
		sums = append(sums, c)
	}
	return sums
}

// at is the number of units in row k and column l.
func (c *crossing) at(k, l int) int64 {
	for _, cell := range c.cells {
		if cell.row == k && cell.column == l {
			return cell.n
		}
	}
	return 0
}

// twoRaters checks that the table has two raters; with a pairable unit they
// share one.
func (e *evaluation) twoRaters() error {
	if e.r.raters != 2 {
		return ErrNotTwoRaters
	}
	return nil
}

// cohenKappa: see [CohenKappa].
func (e *evaluation) cohenKappa(interval bool) Result {
	if err := e.twoRaters(); err != nil {
		return undefined(e.counts, err)
	}
	c := e.r.cross(e.s, 0, 1)
	res := c.kappa(e.weight, c.rows, c.columns, interval)
	res.Counts = e.counts
	return res
}

// scottPi: see [ScottPi].
func (e *evaluation) scottPi(interval bool) Result {
	if err := e.twoRaters(); err != nil {
		return undefined(e.counts, err)
	}
	c := e.r.cross(e.s, 0, 1)
	both := make([]int64, len(c.rows))
	for k := range both {
		both[k] = c.rows[k] + c.columns[k]
	}
	res := c.kappa(e.weight, both, both, interval)
	res.Counts = e.counts
	return res
}

// kappa is (pa - pe) / (1 - pe) with chance from two sets of margins. Its
// variance is that of Fleiss, Cohen & Everitt (1969), eq. 14, written as the
// mean square of what one unit adds: for cell k, l
//
//	(w_kl - pe) / (1-pe) - 2 (1-kappa) (pe_kl - pe) / (1-pe),
//
// pe_kl = (sum_m w_km q_m + sum_m w_ml p_m) / 2, with symmetric weights.
func (c *crossing) kappa(weight func(k, l int) float64, rows, columns []int64, interval bool) Result {
	p, q := proportions(rows), proportions(columns)
	byRow, byColumn := make([]float64, len(p)), make([]float64, len(q))
	pe := 0.0
	occurs := func(k int) bool { return rows[k] > 0 || columns[k] > 0 }
	for k := range p {
		if !occurs(k) {
			continue
		}
		for l := range q {
			if occurs(l) {
				w := weight(k, l)
				byRow[k] += float64(w * q[l])
				byColumn[k] += float64(w * p[l])
			}
		}
		pe += float64(p[k] * byRow[k])
	}
	differing := 0.0
	for _, cell := range c.cells {
		if cell.row != cell.column {
			differing += float64(weight(cell.row, cell.column) * float64(cell.n))
		}
	}
	n := float64(c.n)
	pa := (float64(c.same) + differing) / n
	value, err := corrected(pa, pe)
	if err != nil {
		return Result{Undefined: err}
	}
	res := Result{Value: value, Chance: &Chance{PA: pa, PE: pe}}
	if !interval {
		return res
	}
	sum := 0.0
	for _, cell := range c.cells {
		expected := float64((byRow[cell.row] + byColumn[cell.column]) / 2)
		unit := (weight(cell.row, cell.column)-pe)/(1-pe) - float64(2*(1-value)*(expected-pe))/(1-pe)
		sum += float64(float64(cell.n) * square(unit-value))
	}
	res.Interval = intervalOf(value, sum/float64(n*n), c.n-1)
	return res
}

func proportions(counts []int64) []float64 {
	total := int64(0)
	for _, n := range counts {
		total += n
	}
	shares := make([]float64, len(counts))
	for k, n := range counts {
		shares[k] = float64(n) / float64(total)
	}
	return shares
}

// lightKappa: see [LightKappaPairwise].
func (e *evaluation) lightKappa() Result {
	sum, pairs := 0.0, 0
	for a := range e.r.raters {
		for b := a + 1; b < e.r.raters; b++ {
			c := e.r.cross(e.s, a, b)
			if c.n == 0 {
				return undefined(e.counts, ErrNoSharedUnits)
			}
			k := c.kappa(e.weight, c.rows, c.columns, false)
			if k.Undefined != nil {
				return undefined(e.counts, k.Undefined)
			}
			sum += k.Value
			pairs++
		}
	}
	return Result{Value: sum / float64(pairs), Counts: e.counts}
}

// percentAllAgree: see [PercentAllAgree].
func (e *evaluation) percentAllAgree() Result {
	if e.counts.Complete == 0 {
		return undefined(e.counts, ErrIncomplete)
	}
	same := int64(0)
	for i, n := range e.s.tallies {
		if t := &e.r.tallies[i]; t.ratings == int64(e.r.raters) && len(t.categories) == 1 {
			same += n
		}
	}
	return Result{Value: float64(100*same) / float64(e.counts.Complete), Counts: e.counts}
}

// twoByTwo is the table of two raters and two categories.
func (e *evaluation) twoByTwo() (*crossing, error) {
	if err := e.twoRaters(); err != nil {
		return nil, err
	}
	if len(e.r.scale.Labels) != 2 {
		return nil, ErrNotTwoCategories
	}
	return e.r.cross(e.s, 0, 1), nil
}

// pabak: see [PABAK].
func (e *evaluation) pabak(interval bool) Result {
	c, err := e.twoByTwo()
	if err != nil {
		return undefined(e.counts, err)
	}
	pa := float64(c.same) / float64(c.n)
	res := Result{Value: float64(2*pa) - 1, Chance: &Chance{PA: pa, PE: 0.5}, Counts: e.counts}
	if interval {
		lower, upper := exactShare(c.same, c.n)
		res.Interval = &Interval{SE: 2 * math.Sqrt(float64(pa*(1-pa))/float64(c.n)), Lower: 2*lower - 1, Upper: 2*upper - 1, UncutUpper: 2*upper - 1}
	}
	return res
}

// exactShare is the 95 % interval of a share by Clopper & Pearson (1934).
func exactShare(x, n int64) (lower, upper float64) {
	upper = 1
	if x > 0 {
		lower = rounded(distuv.Beta{Alpha: float64(x), Beta: float64(n - x + 1)}.Quantile(0.025))
	}
	if x < n {
		upper = rounded(distuv.Beta{Alpha: float64(x + 1), Beta: float64(n - x)}.Quantile(0.975))
	}
	return lower, upper
}

// prevalenceIndex: see [PrevalenceIndex].
func (e *evaluation) prevalenceIndex() Result {
	c, err := e.twoByTwo()
	if err != nil {
		return undefined(e.counts, err)
	}
	return Result{Value: math.Abs(float64(c.at(0, 0)-c.at(1, 1))) / float64(c.n), Counts: e.counts}
}

// biasIndex: see [BiasIndex].
func (e *evaluation) biasIndex() Result {
	c, err := e.twoByTwo()
	if err != nil {
		return undefined(e.counts, err)
	}
	return Result{Value: math.Abs(float64(c.at(0, 1)-c.at(1, 0))) / float64(c.n), Counts: e.counts}
}

// maxKappa: see [MaxKappa].
func (e *evaluation) maxKappa() Result {
	if err := e.twoRaters(); err != nil {
		return undefined(e.counts, err)
	}
	c := e.r.cross(e.s, 0, 1)
	same, chance := int64(0), int64(0)
	for k := range c.rows {
		same += min(c.rows[k], c.columns[k])
		chance += c.rows[k] * c.columns[k]
	}
	n := float64(c.n)
	value, err := corrected(float64(same)/n, float64(chance)/float64(n*n))
	if err != nil {
		return undefined(e.counts, err)
	}
	return Result{Value: value, Counts: e.counts}
}
