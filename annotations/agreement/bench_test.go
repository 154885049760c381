package agreement_test

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// synthetic makes ratings of a true category that each rater sees with
// probability 0.8, of which missing are absent.
func synthetic(tb testing.TB, raters, units, q int, missing float64, seed uint64) (agreement.Scale, [][]int16) {
	tb.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	var scale agreement.Scale
	for k := range q {
		scale.Labels = append(scale.Labels, strconv.Itoa(k+1))
		scale.Values = append(scale.Values, float64(k+1))
	}
	columns := make([][]int16, raters)
	for g := range columns {
		columns[g] = make([]int16, units)
	}
	for i := range units {
		truth := int16(random.IntN(q))
		for g := range columns {
			switch {
			case random.Float64() < missing:
				columns[g][i] = agreement.Missing
			case random.Float64() < 0.8:
				columns[g][i] = truth
			default:
				columns[g][i] = int16(random.IntN(q))
			}
		}
	}
	return scale, columns
}

// BenchmarkMillion is alpha, kappa and AC1 with their analytic intervals from
// 1,000,000 ratings in memory.
func BenchmarkMillion(b *testing.B) {
	scale, columns := synthetic(b, 5, 200_000, 5, 0.1, 1)
	for b.Loop() {
		r, err := agreement.New(scale, columns)
		if err != nil {
			b.Fatal(err)
		}
		agreement.Compute(r, "krippendorff_alpha:nominal", "fleiss_kappa:unweighted", "conger_kappa:unweighted", "gwet_ac:unweighted")
	}
}

// BenchmarkBootstrap is 1,000 replicates by case on 10,000 cases of 100
// variables, two coders each, on two cores.
func BenchmarkBootstrap(b *testing.B) {
	const variables, workers = 100, 2
	tables := make([]*agreement.Ratings, variables)
	for v := range tables {
		scale, columns := synthetic(b, 2, 10_000, 4, 0.05, uint64(v))
		r, err := agreement.New(scale, columns)
		if err != nil {
			b.Fatal(err)
		}
		tables[v] = r
	}
	for b.Loop() {
		var group sync.WaitGroup
		for worker := range workers {
			group.Go(func() {
				for v := worker; v < variables; v += workers {
					agreement.Bootstrap(tables[v], 1000, 1, "krippendorff_alpha:nominal", "gwet_ac:unweighted", "cohen_kappa:unweighted")
				}
			})
		}
		group.Wait()
	}
}
