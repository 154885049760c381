package estimate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// postStrata are the classes to whose known totals the weights were scaled.
type postStrata struct {
	class []int     // of each row
	base  []float64 // design weight of each row, before scaling
	sums  []float64 // of base per class
}

// PostStratify returns d with its weights scaled so that the rows of each
// class add up to the class's known total in the population. Variances are
// then those of the residuals from the class means, scaled with the weights
// (Särndal et al. 1992). Every class of a row needs a total
// above 0 and every total a row; the error joins all that do not.
func (d *Design) PostStratify(class []string, totals map[string]float64) (*Design, error) {
	d.mustFit("class", len(class))
	names := slices.Sorted(maps.Keys(totals))
	index := map[string]int{}
	for i, name := range names {
		index[name] = i
	}
	post := &postStrata{class: make([]int, len(class)), base: d.weight, sums: make([]float64, len(names))}
	var problems []error
	for i, name := range class {
		c, ok := index[name]
		if !ok {
			problems = append(problems, &RowError{i, "class", fmt.Sprintf("%q has no total", name)})
			continue
		}
		post.class[i] = c
		post.sums[c] += d.weight[i]
	}
	for c, name := range names {
		if !(totals[name] > 0) {
			problems = append(problems, &RowError{-1, "class", fmt.Sprintf("the total of %q is %v, not above 0", name, totals[name])})
		}
		if post.sums[c] == 0 {
			problems = append(problems, &RowError{-1, "class", fmt.Sprintf("%q has a total and no row; join it with another class", name)})
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	e := *d
	e.post = post
	e.weight = make([]float64, len(class))
	for i, c := range post.class {
		e.weight[i] = d.weight[i] * totals[names[c]] / post.sums[c]
	}
	return &e, nil
}

// residuals takes from each u, a value times weight, the weighted mean of the
// values in its class.
func (p *postStrata) residuals(u, weight []float64) []float64 {
	means := make([]float64, len(p.sums))
	for i, c := range p.class {
		means[c] += p.base[i] * u[i] / weight[i]
	}
	for c := range means {
		means[c] /= p.sums[c]
	}
	out := make([]float64, len(u))
	for i, c := range p.class {
		out[i] = u[i] - weight[i]*means[c]
	}
	return out
}
