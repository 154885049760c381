package estimate

import (
	"errors"
	"fmt"
)

func (s *Study) binomialProportion(r *Request) (object, error) {
	if r.X == nil || r.N == nil {
		return nil, errors.New("binomial_proportion needs x and n")
	}
	x, n := *r.X, *r.N
	if why := checkCounts(x, n); why != "" {
		return nil, fmt.Errorf("x is %d, n is %d: %s", x, n, why)
	}
	var ci object
	for _, i := range []Interval{ClopperPearson(x, n, r.Level), Wilson(x, n, r.Level), WilsonAdjusted(x, n, r.Level)} {
		ci.interval(string(i.Method), i)
	}
	return object{{"estimate", float64(x) / float64(n)}, {"ci", ci}}, nil
}

func (s *Study) binomialDifference(r *Request) (object, error) {
	if r.X1 == nil || r.N1 == nil || r.X2 == nil || r.N2 == nil {
		return nil, errors.New("binomial_difference needs x1, n1, x2 and n2")
	}
	x1, n1, x2, n2 := *r.X1, *r.N1, *r.X2, *r.N2
	if why := checkGroups(x1, n1, x2, n2); why != "" {
		return nil, fmt.Errorf("%d of %d and %d of %d: %s", x1, n1, x2, n2, why)
	}
	var ci, chisq, fisher object
	for _, i := range []Interval{NewcombeDifference(x1, n1, x2, n2, r.Level), WaldDifference(x1, n1, x2, n2, r.Level)} {
		ci.interval(string(i.Method), i)
	}
	stat, p := PearsonChiSquare(x1, n1, x2, n2)
	chisq.number("x2", stat)
	chisq.number("p", p)
	fisher.number("p", FisherExact(x1, n1, x2, n2))
	return object{
		{"estimate", float64(x1)/float64(n1) - float64(x2)/float64(n2)},
		{"ci", ci}, {"pooled_chisq", chisq}, {"fisher", fisher},
	}, nil
}
