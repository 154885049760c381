package estimate

import (
	"errors"
	"fmt"
	"math"
)

// Rows are the sampled rows and how they were drawn, a slice an attribute and
// an element a row. A nil slice stands for what its comment says.
type Rows struct {
	// N is the number of rows.
	N int
	// Cluster is the primary sampling unit of each row; nil: every row is its
	// own. A cluster lies in one stratum.
	Cluster []string
	// Stratum is the stratum of each row; nil: one stratum.
	Stratum []string
	// Weight is the number of population units that a row stands for, above
	// 0; nil: Population divided by the sampled clusters of the stratum.
	Weight []float64
	// Population is the number of clusters that the population has in the
	// row's stratum, equal within a stratum and at least the clusters
	// sampled; nil: sampling with replacement, without correction.
	Population []float64
}

// A Design is a sample with its strata, clusters and weights. It is made by
// [NewDesign] and never changes.
type Design struct {
	weight  []float64
	cluster []int // of each row, an index into home
	home    []int // the stratum of each cluster, an index into strata
	strata  []stratum
	lonely  Lonely
	post    *postStrata // nil: not post-stratified
}

// A stratum is one stratum of a design.
type stratum struct {
	name       string
	sampled    int     // clusters
	population float64 // clusters; 0: not known, no correction
}

// open is the share of the stratum that was not drawn, the finite population
// correction 1 - n/N.
func (s stratum) open() float64 {
	if s.population == 0 {
		return 1
	}
	return 1 - float64(s.sampled)/s.population
}

// isLonely reports whether the stratum has one sampled cluster of several, so
// that it tells nothing of its own variance.
func (s stratum) isLonely() bool { return s.sampled == 1 && s.open() > 0 }

// A RowError is a problem of [Rows] and the row that has it.
type RowError struct {
	Row   int    // counted from 0; -1: of no one row
	Field string // a field of Rows in lower case, such as "weight"
	Msg   string
}

func (e *RowError) Error() string {
	if e.Row < 0 {
		return fmt.Sprintf("%s: %s", e.Field, e.Msg)
	}
	return fmt.Sprintf("%s of row %d: %s", e.Field, e.Row+1, e.Msg)
}

// NewDesign checks rows and returns their design, with lonely strata treated
// as lonely says. Its error joins a [*RowError] for every problem.
func NewDesign(rows Rows, lonely Lonely) (*Design, error) {
	if problems := rows.checkLengths(); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	d := &Design{weight: make([]float64, rows.N), cluster: make([]int, rows.N), lonely: lonely}
	problems := d.group(rows)
	problems = append(problems, d.weigh(rows)...)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return d, nil
}

func (r Rows) checkLengths() (problems []error) {
	check := func(field string, n int, isNil bool) {
		if !isNil && n != r.N {
			problems = append(problems, &RowError{-1, field, fmt.Sprintf("has %d elements for %d rows", n, r.N)})
		}
	}
	check("cluster", len(r.Cluster), r.Cluster == nil)
	check("stratum", len(r.Stratum), r.Stratum == nil)
	check("weight", len(r.Weight), r.Weight == nil)
	check("population", len(r.Population), r.Population == nil)
	if r.N <= 0 {
		problems = append(problems, &RowError{-1, "rows", "there are none"})
	}
	if r.Weight == nil && r.Population == nil {
		problems = append(problems, &RowError{-1, "weight", "give weights, or population counts to derive them from"})
	}
	return problems
}

// group numbers strata and clusters in order of appearance and checks that
// population counts and clusters agree with the strata.
func (d *Design) group(rows Rows) (problems []error) {
	strata := map[string]int{}
	clusters := map[string]int{}
	for i := range rows.N {
		name := ""
		if rows.Stratum != nil {
			name = rows.Stratum[i]
		}
		population := 0.0
		if rows.Population != nil {
			population = rows.Population[i]
			if !(population > 0) || math.IsInf(population, 0) {
				problems = append(problems, &RowError{i, "population", fmt.Sprintf("%v is not a count above 0", population)})
			}
		}
		h, ok := strata[name]
		if !ok {
			h = len(d.strata)
			strata[name] = h
			d.strata = append(d.strata, stratum{name: name, population: population})
		}
		if first := d.strata[h].population; first != population && !math.IsNaN(population) && !math.IsNaN(first) {
			problems = append(problems, &RowError{i, "population", fmt.Sprintf("%v, but earlier rows of stratum %q have %v", population, name, first)})
		}
		c := len(d.home)
		if rows.Cluster != nil {
			if known, ok := clusters[rows.Cluster[i]]; ok {
				c = known
			} else {
				clusters[rows.Cluster[i]] = c
			}
		}
		if c == len(d.home) {
			d.home = append(d.home, h)
			d.strata[h].sampled++
		} else if d.home[c] != h {
			problems = append(problems, &RowError{i, "cluster", fmt.Sprintf("%q is in stratum %q and in stratum %q; a cluster lies in one stratum", rows.Cluster[i], d.strata[d.home[c]].name, name)})
		}
		d.cluster[i] = c
	}
	for _, s := range d.strata {
		if s.population > 0 && float64(s.sampled) > s.population {
			problems = append(problems, &RowError{-1, "population", fmt.Sprintf("stratum %q has %d sampled clusters of %v", s.name, s.sampled, s.population)})
		}
	}
	return problems
}

func (d *Design) weigh(rows Rows) (problems []error) {
	for i := range rows.N {
		if rows.Weight == nil {
			s := d.strata[d.home[d.cluster[i]]]
			d.weight[i] = s.population / float64(s.sampled)
			continue
		}
		d.weight[i] = rows.Weight[i]
		if !(d.weight[i] > 0) || math.IsInf(d.weight[i], 0) {
			problems = append(problems, &RowError{i, "weight", fmt.Sprintf("%v is not above 0 and finite", d.weight[i])})
		}
	}
	return problems
}

// Rows returns the number of rows.
func (d *Design) Rows() int { return len(d.weight) }

// Weight returns the weight of a row, after post-stratification.
func (d *Design) Weight(row int) float64 { return d.weight[row] }

// DF returns the degrees of freedom of the whole design: clusters minus
// strata.
func (d *Design) DF() int { return len(d.home) - len(d.strata) }

// SumWeights returns the estimated number of units in the population.
func (d *Design) SumWeights() float64 {
	var sum float64
	for _, w := range d.weight {
		sum += w
	}
	return sum
}

// mustFit panics unless a slice of n elements fits the rows of d.
func (d *Design) mustFit(what string, n int) {
	if n != len(d.weight) {
		panic(fmt.Sprintf("estimate: %s has %d elements for %d rows", what, n, len(d.weight)))
	}
}
