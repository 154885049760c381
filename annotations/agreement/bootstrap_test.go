package agreement_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// TestBootstrapOracle compares limits with those of scipy and of R's boot,
// which drew other samples, to five of their Monte Carlo errors, and one unit
// more where a measure moves in steps of one unit. BCa limits depend on the
// estimated bias as well and are allowed twice as much.
func TestBootstrapOracle(t *testing.T) {
	for _, s := range studies(t) {
		if len(s.Bootstrap) == 0 {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			r := s.ratings(t)
			for _, want := range s.Bootstrap {
				got := agreement.Bootstrap(r, 10000, 2026, agreement.Measure(want.Measure))[0]
				if got.Undefined != nil {
					t.Errorf("%s: %v", want.Measure, got.Undefined)
					continue
				}
				step := 0.0
				if c, _ := got.Measure.Split(); c == agreement.PercentAgreement || c == agreement.BrennanPrediger {
					chance := agreement.Compute(r, got.Measure)[0].Chance.PE
					step = 1 / float64(r.Counts().Units) / (1 - chance)
				}
				for i, limit := range want.CI95 {
					if d := math.Abs(got.Percentile[i] - limit); d > 5*want.MonteCarlo[i]+step+1e-9 {
						t.Errorf("%s: limit %d = %.4f, want %.4f within 5 x %.4f of %s", want.Measure, i, got.Percentile[i], limit, want.MonteCarlo[i], want.By)
					}
				}
				for i, limit := range want.CI95BCa {
					if d := math.Abs(got.BCa[i] - limit); d > 10*want.MonteCarlo[i]+1e-9 {
						t.Errorf("%s: BCa limit %d = %.4f, want %.4f within 10 x %.4f of %s", want.Measure, i, got.BCa[i], limit, want.MonteCarlo[i], want.By)
					}
				}
			}
		})
	}
}

func TestBootstrapSeed(t *testing.T) {
	var r *agreement.Ratings
	for _, s := range studies(t) {
		if s.Name == "krippendorff2011_c_missing_4x12" {
			r = s.ratings(t)
		}
	}
	m := agreement.KrippendorffAlpha.Of("nominal")
	once, again := agreement.Bootstrap(r, 200, 7, m), agreement.Bootstrap(r, 200, 7, m)
	if !reflect.DeepEqual(once, again) {
		t.Errorf("seed 7 gave %v, then %v", once, again)
	}
	if other := agreement.Bootstrap(r, 200, 8, m); other[0].Mean == once[0].Mean {
		t.Errorf("seeds 7 and 8 both gave mean %v", other[0].Mean)
	}
}

// TestBootstrapEverywhere pins what one seed draws, to the last digit: it must
// not depend on the machine.
func TestBootstrapEverywhere(t *testing.T) {
	for _, s := range studies(t) {
		if s.Name != "krippendorff2011_c_missing_4x12" {
			continue
		}
		got := agreement.Bootstrap(s.ratings(t), 1000, 20260101, "gwet_ac:unweighted")[0]
		want := agreement.Bootstrapped{
			Measure: "gwet_ac:unweighted", Value: 0.775444068126995, SE: 0.11372043423171206, Mean: 0.7868113417642192,
			Percentile: [2]float64{0.54409269606832, 1}, BCa: &[2]float64{0.38138366680369895, 0.9392155730708}, Replicates: 1000,
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v %v, want %+v %v", got, *got.BCa, want, *want.BCa)
		}
	}
}
