package agreement

import (
	"slices"
	"strings"
)

// A section is a stretch of the continuum of one rater: a unit or a gap.
type section struct {
	start, end int64
	unit       bool
}

func (s section) length() float64 { return float64(s.end - s.start) }

// sections divides the continuum of a rater into the units of the categories
// for which include holds and the gaps between them.
func (c *Continuum) sections(rater int, include func(category int) bool) ([]section, error) {
	var list []section
	at := c.begin
	for _, s := range c.raters[rater] {
		if !include(s.Category) {
			continue
		}
		if s.Start < at {
			return nil, ErrOverlap
		}
		if s.Start > at {
			list = append(list, section{at, s.Start, false})
		}
		list = append(list, section{s.Start, s.End, true})
		at = s.End
	}
	if end := c.begin + c.length; at < end {
		list = append(list, section{at, end, false})
	}
	return list, nil
}

// alphaU: see [AlphaU1995].
func (c *Continuum) alphaU(variant string) (Result, error) {
	observed, expected := 0.0, 0.0
	for k, category := range c.categories {
		if variant != "joint" && variant != category {
			continue
		}
		o, e, err := c.unitizing(k)
		if err != nil {
			return Result{}, err
		}
		observed += o
		expected += e
	}
	if expected == 0 {
		return Result{}, ErrNoSpans
	}
	return Result{Value: 1 - observed/expected}, nil
}

// unitizing returns the observed and the expected disagreement about one
// category: Krippendorff (1995), eq. 7 and 9.
func (c *Continuum) unitizing(category int) (observed, expected float64, err error) {
	raters := make([][]section, len(c.raters))
	units := 0.0
	for i := range raters {
		raters[i], err = c.sections(i, func(k int) bool { return k == category })
		if err != nil {
			return 0, 0, err
		}
		for _, s := range raters[i] {
			if s.unit {
				units++
			}
		}
	}
	if units == 0 {
		return 0, 0, nil
	}
	m, length := float64(len(raters)), float64(c.length)
	for i := range raters {
		for j := range i {
			observed += 2 * disagreement(raters[i], raters[j])
		}
	}
	observed /= float64(m*(m-1)) * float64(length*length)
	gaps := newGaps(raters)
	less := 0.0 // sum of l (l - 1)
	for _, sections := range raters {
		for _, s := range sections {
			if !s.unit {
				continue
			}
			l := s.length()
			among := float64((units - 1) / 3 * (float64(2*l*l*l) - float64(3*l*l) + l))
			expected += among + float64(float64(l*l)*gaps.room(l))
			less += float64(l * (l - 1))
		}
	}
	all := float64(m * length)
	return observed, float64(2/length) * expected / (float64(all*(all-1)) - less), nil
}

// disagreement sums the squared differences of the overlapping units of two
// raters, and the squared lengths of units that lie in a gap of the other.
func disagreement(a, b []section) float64 {
	sum := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		g, h := a[i], b[j]
		switch {
		case g.unit && h.unit:
			sum += square(float64(g.start-h.start)) + square(float64(g.end-h.end))
		case g.unit && h.start <= g.start && g.end <= h.end:
			sum += square(g.length())
		case h.unit && !g.unit && g.start <= h.start && h.end <= g.end:
			sum += square(h.length())
		}
		// Sections of both raters cover the continuum: step past the first end.
		if g.end <= h.end {
			i++
		}
		if h.end <= g.end {
			j++
		}
	}
	return sum
}

// gaps holds the lengths of all gaps, ascending, and their sums from the end.
type gaps struct{ lengths, sums []float64 }

func newGaps(raters [][]section) gaps {
	var g gaps
	for _, sections := range raters {
		for _, s := range sections {
			if !s.unit {
				g.lengths = append(g.lengths, s.length())
			}
		}
	}
	slices.Sort(g.lengths)
	g.sums = make([]float64, len(g.lengths)+1)
	for i := len(g.lengths) - 1; i >= 0; i-- {
		g.sums[i] = g.sums[i+1] + g.lengths[i]
	}
	return g
}

// room is the number of places where a unit of length l fits into a gap.
func (g gaps) room(l float64) float64 {
	i, _ := slices.BinarySearch(g.lengths, l)
	return g.sums[i] - float64(float64(len(g.lengths)-i)*(l-1))
}

// uAlpha: see [UAlpha2016].
func (c *Continuum) uAlpha(variant string) (Result, error) {
	if variant == "nominal" || variant == "binary" {
		return c.uAlphaAll(variant == "binary")
	}
	in, err := c.intersections()
	if err != nil {
		return Result{}, err
	}
	if variant == "cu" {
		return in.all()
	}
	category := slices.Index(c.categories, strings.TrimPrefix(variant, perValue))
	if category < 0 {
		return Result{}, ErrUnknownMeasure
	}
	return in.value(category)
}

// uAlphaAll compares what is marked and what is not: with l_ck the lengths of
// the intersections of c and k over ordered pairs of raters, divided by m-1,
// and S the squared lengths of units and the lengths of gaps, 1 - sum l_ck /
// sum e_ck over c other than k, e_ck = l (l_c l_k) / (l^2 - S).
func (c *Continuum) uAlphaAll(binary bool) (Result, error) {
	categories := len(c.categories)
	lengths := make([]int64, categories+1) // marked with each; the last is gaps
	blocks := 0.0                          // S
	for i, spans := range c.raters {
		sections, err := c.sections(i, func(int) bool { return true })
		if err != nil {
			return Result{}, err
		}
		for _, s := range sections {
			if s.unit {
				blocks += square(s.length())
			} else {
				blocks += s.length()
				lengths[categories] += s.end - s.start
			}
		}
		for _, s := range spans {
			lengths[s.Category] += s.End - s.Start
		}
	}
	pieces, columns, err := c.pieces()
	if err != nil {
		return Result{}, err
	}
	if binary {
		for k := 1; k < categories; k++ {
			lengths[0] += lengths[k]
			lengths[k] = 0
		}
		for _, column := range columns {
			for i, k := range column {
				if int(k) < categories {
					column[i] = 0
				}
			}
		}
	}
	differ := int64(0) // over unordered pairs
	for i, column := range columns {
		for _, other := range columns[:i] {
			for p, length := range pieces {
				if column[p] != other[p] {
					differ += length
				}
			}
		}
	}
	total := float64(int64(len(c.raters)) * c.length)
	expected := float64(total * total)
	for _, l := range lengths {
		expected -= square(float64(l))
	}
	if expected == 0 {
		if lengths[categories] > 0 {
			return Result{}, ErrNoSpans
		}
		return Result{}, ErrOneCategory
	}
	observed := float64(2*differ) / float64(len(c.raters)-1)
	expected *= total / (float64(total*total) - blocks)
	return Result{Value: 1 - observed/expected}, nil
}

// intersections holds what raters marked where another rater marked too.
type intersections struct {
	n       [][]float64 // by category and category
	totals  []float64
	total   float64
	blocks  []float64 // squared lengths of units as far as others marked them
	differs float64
}

func (c *Continuum) intersections() (*intersections, error) {
	pieces, columns, err := c.pieces()
	if err != nil {
		return nil, err
	}
	q, gap := len(c.categories), int16(len(c.categories))
	in := &intersections{n: make([][]float64, q), totals: make([]float64, q), blocks: make([]float64, q)}
	counts := make([][]int64, q)
	for k := range counts {
		counts[k], in.n[k] = make([]int64, q), make([]float64, q)
	}
	for i, column := range columns {
		for j, other := range columns {
			for p, length := range pieces {
				if i != j && column[p] != gap && other[p] != gap {
					counts[column[p]][other[p]] += length
				}
			}
		}
		if err := c.addBlocks(in, i, pieces, columns, gap); err != nil {
			return nil, err
		}
	}
	for k := range counts {
		for l, n := range counts[k] {
			in.n[k][l] = float64(n) / float64(len(columns)-1)
			in.totals[k] += in.n[k][l]
			if k != l {
				in.differs += in.n[k][l]
			}
		}
		in.total += in.totals[k]
	}
	return in, nil
}

// addBlocks adds, for each unit of a rater, the square of the length that any
// other rater marked.
func (c *Continuum) addBlocks(in *intersections, rater int, pieces []int64, columns [][]int16, gap int16) error {
	if _, err := c.sections(rater, func(int) bool { return true }); err != nil {
		return err
	}
	at, p := c.begin, 0
	for _, s := range c.raters[rater] {
		covered := int64(0)
		for ; p < len(pieces) && at < s.End; p++ {
			if at >= s.Start && slices.ContainsFunc(columns, markedBesides(columns, rater, p, gap)) {
				covered += pieces[p]
			}
			at += pieces[p]
		}
		in.blocks[s.Category] += square(float64(covered))
	}
	return nil
}

// markedBesides reports of a column whether it is another rater's and marked
// at piece p.
func markedBesides(columns [][]int16, rater, p int, gap int16) func([]int16) bool {
	return func(column []int16) bool { return &column[0] != &columns[rater][0] && column[p] != gap }
}

// all is the variant cu.
func (in *intersections) all() (Result, error) {
	if in.total == 0 {
		return Result{}, ErrNoOverlap
	}
	expected, blocks := float64(in.total*in.total), 0.0
	for k, n := range in.totals {
		expected -= square(n)
		blocks += in.blocks[k]
	}
	if in.differs == 0 {
		return sure(expected == 0), nil
	}
	expected /= float64(in.total*in.total) - blocks
	return Result{Value: 1 - float64(in.differs/in.total)/expected}, nil
}

// value is the variant per_value.
func (in *intersections) value(k int) (Result, error) {
	n := in.totals[k]
	if n == 0 {
		return Result{}, ErrNoOverlap
	}
	differs := n - in.n[k][k]
	if differs == 0 {
		return sure(n == in.total), nil
	}
	expected := float64(n*(in.total-n)) / (float64(n*in.total) - in.blocks[k])
	return Result{Value: 1 - float64(differs/n)/expected}, nil
}

// sure is the value 1, with a warning when nothing else was possible.
func sure(oneCategory bool) Result {
	res := Result{Value: 1}
	if oneCategory {
		res.Warnings = []error{ErrCannotFail}
	}
	return res
}
