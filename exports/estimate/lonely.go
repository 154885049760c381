package estimate

import (
	"fmt"
	"strings"
)

// Lonely is what to do with a stratum that has a single sampled cluster of
// several in the population: it tells nothing of its own variance. The names
// are those of the option survey.lonely.psu of R's survey package.
type Lonely string

// The treatments of a lonely stratum. The empty Lonely is LonelyFail.
const (
	LonelyFail      Lonely = "fail"      // the variance is undefined
	LonelyAdjust    Lonely = "adjust"    // centred at the mean of all clusters: conservative
	LonelyAverage   Lonely = "average"   // the mean variance of the other strata
	LonelyRemove    Lonely = "remove"    // contributes 0: too small a variance
	LonelyCertainty Lonely = "certainty" // contributes 0: for units drawn for certain
)

// ParseLonely returns the treatment named s.
func ParseLonely(s string) (Lonely, error) {
	switch l := Lonely(s); l {
	case LonelyFail, LonelyAdjust, LonelyAverage, LonelyRemove, LonelyCertainty:
		return l, nil
	}
	return "", fmt.Errorf("lonely strata %q: use fail, adjust, average, remove or certainty", s)
}

// A LonelyError names the lonely strata of a domain and how they were
// treated. It is a warning of an [Estimate].
type LonelyError struct {
	Strata    []string // in order of appearance
	Treatment Lonely
}

func (e *LonelyError) Error() string {
	return fmt.Sprintf("single sampled cluster in stratum %s (%s); better join strata before drawing", strings.Join(e.Strata, ", "), e.Treatment)
}

// WithLonely returns d with its lonely strata treated as l.
func (d *Design) WithLonely(l Lonely) *Design {
	e := *d
	e.lonely = l
	return &e
}
