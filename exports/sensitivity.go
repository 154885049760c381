package exports

import (
	"crypto/sha256"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// A CoderError lays, for one share, what single coders made of case files
// beside what was settled of the same files: Counts by coder and then by what
// was settled, each yes, no or outside the denominator under the measure's own
// policy. Every independent coding of a file that two or more coded counts
// once.
type CoderError struct {
	Measure string    `json:"measure"`
	Counts  [3][3]int `json:"counts"`
}

// Codings is how many codings were laid beside what was settled.
func (e CoderError) Codings() int {
	n := 0
	for _, row := range e.Counts {
		for _, k := range row {
			n += k
		}
	}
	return n
}

// CoderErrors counts coders' statuses against settled ones.
type CoderErrors struct {
	book  *codebook.Codebook
	list  []CoderError
	at    []int // measure of each
	count int
}

// NewCoderErrors counts for the headline shares of book that are defined.
func NewCoderErrors(book *codebook.Codebook) *CoderErrors {
	e := &CoderErrors{book: book}
	for _, ind := range book.Indicators {
		m := headline(book, ind.ID)
		if m == nil || m.Kind != codebook.Share || book.Undefined(m) != "" {
			continue
		}
		e.list = append(e.list, CoderError{Measure: m.ID})
		e.at = append(e.at, slices.Index(book.Measures, m))
	}
	return e
}

// Add counts one coding of a case; both have a status for each measure.
func (e *CoderErrors) Add(coder, settled []codebook.Status) {
	left, leaves := e.book.CascadeLeaves(coder), e.book.CascadeLeaves(settled)
	for n, i := range e.at {
		policy := e.book.Measures[i].Policy
		e.list[n].Counts[placeOf(coder[i], policy, left[i])][placeOf(settled[i], policy, leaves[i])]++
	}
	e.count++
}

// List returns what was counted, in the order of indicators.
func (e *CoderErrors) List() []CoderError { return e.list }

// The places of a case in a share.
const (
	placeYes = iota
	placeNo
	placeOut
)

// placeOf is where a case stands in a share; a case that a step of the cascade
// keeps out of all its steps is outside.
func placeOf(s codebook.Status, policy codebook.Policy, leaves bool) int {
	switch part := s.Under(policy); {
	case leaves:
		return placeOut
	case part == codebook.PartYes:
		return placeYes
	case part == codebook.PartNo:
		return placeNo
	}
	return placeOut
}

// A Sensitivity is between which values a national share would lie if the
// files that one person coded had been settled as the others were.
type Sensitivity struct {
	Measure string  `json:"measure"`
	Period  string  `json:"period"`
	Codings int     `json:"codings"` // behind the observed error
	Middle  float64 `json:"middle"`  // percent
	Low     float64 `json:"low"`     // 2.5th percentile
	High    float64 `json:"high"`    // 97.5th percentile
}

// Replicates is how often coder error is simulated.
const Replicates = 1000

// Sensitivity simulates coder error on the national figure of a share in one
// period, by probabilistic bias analysis (Lash, Fox and Fink 2009, Applying
// Quantitative Bias Analysis to Epidemiologic Data, chapter 8). In each of
// [Replicates] rounds the rates at which coders' answers were settled
// otherwise are drawn by the Bayesian bootstrap (Rubin 1981, Annals of
// Statistics 9:130-134) from what was observed, and every file that one person
// coded is settled by those rates; files that two or more coded stay as they
// are. An error that was never seen is not simulated. The same seed gives the
// same result. It is not ok with fewer than [annotations.FewPairs] codings to
// go by, or without a figure.
func (t *Tally) Sensitivity(e CoderError, period, seed string) (s Sensitivity, ok bool) {
	t.prepare()
	return t.sensitivity(e, period, seed)
}

// Sensitivities simulates coder error on every share in every period: those
// that are ok, by share and then by period. Each has a seed of its own, so that
// they do not depend on the order in which they are worked out.
func (t *Tally) Sensitivities(errors []CoderError, periods []ReleasedPeriod, seed string) []Sensitivity {
	t.prepare()
	found := make([]*Sensitivity, len(errors)*len(periods))
	var work sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range found {
		free <- struct{}{}
		work.Go(func() {
			defer func() { <-free }()
			if s, ok := t.sensitivity(errors[i/len(periods)], periods[i%len(periods)].Period, seed); ok {
				found[i] = &s
			}
		})
	}
	work.Wait()
	var list []Sensitivity
	for _, s := range found {
		if s != nil {
			list = append(list, *s)
		}
	}
	return list
}

func (t *Tally) sensitivity(e CoderError, period, seed string) (s Sensitivity, ok bool) {
	i := slices.IndexFunc(t.book.Measures, func(m *codebook.Measure) bool { return m.ID == e.Measure })
	if i < 0 || e.Codings() < annotations.FewPairs {
		return s, false
	}
	parts := t.coderParts(i, period)
	rng := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(seed + "|" + e.Measure + "|" + period))))
	results := make([]float64, 0, Replicates)
	sum := 0.0
	for range Replicates {
		rates := drawRates(rng, e.Counts)
		yes, all := 0.0, 0.0
		for _, p := range parts {
			moved := p.fixed
			for from, n := range p.single {
				a, b := multinomial(rng, n, rates[from])
				moved[placeYes] += a
				moved[placeNo] += b
			}
			yes += p.weight * float64(moved[placeYes])
			all += p.weight * float64(moved[placeYes]+moved[placeNo])
		}
		if all == 0 {
			return s, false
		}
		results = append(results, 100*yes/all)
		sum += 100 * yes / all
	}
	slices.Sort(results)
	return Sensitivity{Measure: e.Measure, Period: period, Codings: e.Codings(), Middle: sum / Replicates,
		Low: results[Replicates*25/1000], High: results[Replicates*975/1000-1]}, true
}

// coderPart is what a stratum gives to a share: the files that two or more
// coded, and those that one person did, by place.
type coderPart struct {
	weight        float64
	fixed, single [3]int
}

func (t *Tally) coderParts(i int, period string) []coderPart {
	p := variantsOf(t.book.Measures[i])[0]
	var parts []coderPart
	for _, s := range t.sorted() {
		list := s.classes[total]
		if s.period != period || list == nil {
			continue
		}
		k := coderPart{weight: s.weight, single: list[i].single}
		k.fixed[placeYes] = list[i].parts[p].yes - k.single[placeYes]
		k.fixed[placeNo] = list[i].parts[p].no - k.single[placeNo]
		parts = append(parts, k)
	}
	return parts
}

// drawRates draws each row of rates from the Dirichlet distribution of its
// counts. Of a row without counts nothing is known; it stays as it is.
func drawRates(rng *rand.Rand, counts [3][3]int) (rates [3][3]float64) {
	for i, row := range counts {
		sum := 0.0
		for j, n := range row {
			for range n {
				rates[i][j] -= math.Log(1 - rng.Float64())
			}
			sum += rates[i][j]
		}
		if sum == 0 {
			rates[i][i] = 1
			continue
		}
		for j := range row {
			rates[i][j] /= sum
		}
	}
	return rates
}

// multinomial settles n files by the rates and returns how many became yes and
// no.
func multinomial(rng *rand.Rand, n int, rates [3]float64) (yes, no int) {
	yes = binomial(rng, n, rates[placeYes])
	if rest := 1 - rates[placeYes]; rest > 0 {
		no = binomial(rng, n-yes, min(1, rates[placeNo]/rest))
	}
	return yes, no
}

// binomial draws how many of n come out with probability p: by counting the
// gaps between them, which are geometric (Devroye 1986, Non-Uniform Random
// Variate Generation, X.4.3), or by the normal approximation where there are
// many.
func binomial(rng *rand.Rand, n int, p float64) int {
	switch {
	case n == 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(rng, n, 1-p)
	}
	if v := float64(n) * p * (1 - p); v > 100 {
		z := math.Sqrt(-2*math.Log(1-rng.Float64())) * math.Cos(2*math.Pi*rng.Float64())
		return max(0, min(n, int(math.Round(float64(n)*p+math.Sqrt(v)*z))))
	}
	k, at, gap := 0, 0.0, math.Log1p(-p)
	for {
		at += math.Floor(math.Log(1-rng.Float64())/gap) + 1
		if at > float64(n) {
			return k
		}
		k++
	}
}
