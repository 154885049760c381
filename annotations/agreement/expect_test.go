package agreement_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// With equally frequent categories the variance at kappa 0.7 is 0.51 / n: by
// hand, 0.3 (0.3 (-0.4) + 0.7 1.3 / 0.5).
func TestExpectKappaByHand(t *testing.T) {
	for _, test := range []struct {
		kappa, prevalence float64
		pairs             int
		want              float64 // half the width
	}{
		{0.7, 0.5, 20, 1.959964 * math.Sqrt(0.51/20)},
		{0.7, 0.5, 100, 1.959964 * math.Sqrt(0.51/100)},
		{0, 0.5, 100, 1.959964 * 0.1}, // chance: variance 1 / n
		{0.5, 0.1, 200, 1.959964 * math.Sqrt(0.5*(0.75/0.18)/200)},
	} {
		got, ok := agreement.ExpectKappa(test.kappa, test.prevalence, test.pairs, 0.95)
		if !ok || math.Abs(got.Half()-test.want) > 1e-6 {
			t.Errorf("kappa %v, prevalence %v, %d pairs: half width %.6f (%v), want %.6f", test.kappa, test.prevalence, test.pairs, got.Half(), ok, test.want)
		}
	}
}

func TestPairsFor(t *testing.T) {
	for _, half := range []float64{0.1, 0.15, 0.2} {
		n, ok := agreement.PairsFor(0.7, 0.3, half, 0.95)
		if !ok {
			t.Fatal("no number of pairs")
		}
		enough, _ := agreement.ExpectKappa(0.7, 0.3, n, 0.95)
		few, _ := agreement.ExpectKappa(0.7, 0.3, n-1, 0.95)
		if enough.Half() > half+1e-9 || few.Half() <= half {
			t.Errorf("%d pairs give %.4f and %d give %.4f, want %v between", n, enough.Half(), n-1, few.Half(), half)
		}
	}
}

func TestExpectKappaRefuses(t *testing.T) {
	nan := math.NaN()
	for _, a := range [][3]float64{{-0.1, 0.5, 10}, {1, 0.5, 10}, {0.7, 0, 10}, {0.7, 1, 10}, {0.7, 0.5, 0}, {nan, 0.5, 10}, {0.7, nan, 10}} {
		if got, ok := agreement.ExpectKappa(a[0], a[1], int(a[2]), 0.95); ok {
			t.Errorf("%v gives %v, want nothing", a, got)
		}
	}
	if n, ok := agreement.PairsFor(0.7, 0.5, 0, 0.95); ok {
		t.Errorf("a width of 0 needs %d pairs, want no answer", n)
	}
}

// The formula against what two raters do who both know the truth of a case
// with the same chance: kappa of simulated samples scatters as it says.
func TestExpectKappaAgainstSimulation(t *testing.T) {
	const kappa, prevalence, pairs, samples = 0.7, 0.3, 200, 4000
	random := rand.New(rand.NewPCG(1, 2))
	both := prevalence*prevalence + kappa*prevalence*(1-prevalence)
	one := 2 * (1 - kappa) * prevalence * (1 - prevalence)
	var sum, squares float64
	for range samples {
		var yes, mixed float64
		for range pairs {
			switch u := random.Float64(); {
			case u < both:
				yes++
			case u < both+one:
				mixed++
			}
		}
		p := (yes + mixed/2) / pairs
		k := 1 - mixed/pairs/(2*p*(1-p))
		sum, squares = sum+k, squares+k*k
	}
	mean := sum / samples
	got := 1.959964 * math.Sqrt(squares/samples-mean*mean)
	want, _ := agreement.ExpectKappa(kappa, prevalence, pairs, 0.95)
	if math.Abs(got/want.Half()-1) > 0.05 {
		t.Errorf("kappa scatters by ±%.4f, the formula says ±%.4f", got, want.Half())
	}
}
