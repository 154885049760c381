package annotations

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// An Allocation is a way to divide a sample over strata.
type Allocation string

// The allocations.
const (
	AllocateEqual        Allocation = "equal"        // equally many from each: for figures by region
	AllocateProportional Allocation = "proportional" // as the frame is divided: for figures of the nation
	AllocateByHand       Allocation = "by_hand"
)

// Allocations lists the allocations.
var Allocations = []Allocation{AllocateEqual, AllocateProportional, AllocateByHand}

// StratumLeast is the number of cases to be drawn from each stratum at least,
// or all of them where it has fewer: one case tells nothing of how cases
// differ, and without that no interval has a ground.
const StratumLeast = 2

// A Quota is how many cases are to be drawn from a stratum.
type Quota struct {
	Stratum string `json:"stratum"`
	Frame   int    `json:"frame"` // N_h, eligible cases
	Size    int    `json:"size"`  // n_h, to be drawn
}

// Quotas counts the strata of a frame, divided further by the column by, with
// nothing to be drawn yet. They are ordered by name.
func Quotas(frame []FrameCase, by string) []Quota {
	n := map[string]int{}
	for _, f := range frame {
		n[f.In(by)]++
	}
	list := make([]Quota, 0, len(n))
	for name, frame := range n {
		list = append(list, Quota{Stratum: name, Frame: frame})
	}
	slices.SortFunc(list, func(a, b Quota) int { return strings.Compare(a.Stratum, b.Stratum) })
	return list
}

// A SizeError says that a sample of Size cases cannot be divided: the strata
// need Least and have Most.
type SizeError struct{ Size, Least, Most int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("a sample of %d cases cannot be drawn: the strata need at least %d and have %d", e.Size, e.Least, e.Most)
}

// A QuotaError says that a stratum cannot give what was asked by hand.
type QuotaError struct {
	Stratum           string
	Size, Least, Most int
}

func (e *QuotaError) Error() string {
	return fmt.Sprintf("stratum %q: %d cases cannot be drawn; give %d to %d", e.Stratum, e.Size, e.Least, e.Most)
}

// Least returns how many cases must be drawn from the stratum.
func (q Quota) Least() int { return min(StratumLeast, q.Frame) }

// Check reports with a [QuotaError] a size that the stratum cannot give.
func (q Quota) Check() error {
	if q.Size < q.Least() || q.Size > q.Frame {
		return &QuotaError{q.Stratum, q.Size, q.Least(), q.Frame}
	}
	return nil
}

// Allocate divides size cases over the strata, equally or in proportion to
// their frames, and returns them in the order given. Each stratum gets at
// least [StratumLeast] and at most all it has. A proportional division gives
// case after case to the stratum with the highest N_h / √(n_h (n_h + 1)), which
// makes the variance of a national share smallest when cases differ as much in
// one stratum as in another (Wright 2012, The American Statistician 66:217-224;
// it is the method of equal proportions by which seats are divided). An equal
// division gives it to the stratum that has fewest. Of strata that come out
// alike the first in order is served. The error is a [SizeError].
func Allocate(strata []Quota, how Allocation, size int) ([]Quota, error) {
	list := slices.Clone(strata)
	least, most := 0, 0
	for i := range list {
		list[i].Size = list[i].Least()
		least, most = least+list[i].Size, most+list[i].Frame
	}
	if size < least || size > most || len(list) == 0 {
		return nil, &SizeError{size, least, most}
	}
	claim := func(q Quota) float64 {
		n := float64(q.Size)
		if how == AllocateProportional {
			return float64(q.Frame) / math.Sqrt(n*(n+1))
		}
		return -n
	}
	for ; least < size; least++ {
		best := -1
		for i, q := range list {
			if q.Size < q.Frame && (best < 0 || claim(q) > claim(list[best])) {
				best = i
			}
		}
		list[best].Size++
	}
	return list, nil
}

// Draw puts the cases of a stratum in random order. The sample is the
// beginning of that list, the reserve the rest of it: whoever drops out is
// replaced by the next in order. The order follows from the seed, the name of
// the stratum and the pseudonyms alone, in whatever order these are given; it
// is a simple random sample without replacement, whichever number is taken.
func Draw(stratum string, cases []CaseID, seed uint64) []CaseID {
	list := slices.Sorted(slices.Values(cases))
	sum := sha256.Sum256([]byte(stratum))
	random := rand.New(rand.NewPCG(seed, binary.BigEndian.Uint64(sum[:8])))
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}
