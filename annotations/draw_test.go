package annotations_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
)

func quotas(frames ...int) []annotations.Quota {
	list := make([]annotations.Quota, len(frames))
	for i, n := range frames {
		list[i] = annotations.Quota{Stratum: string(rune('a' + i)), Frame: n}
	}
	return list
}

func sizes(list []annotations.Quota) []int {
	out := make([]int, len(list))
	for i, q := range list {
		out[i] = q.Size
	}
	return out
}

func TestAllocate(t *testing.T) {
	for _, test := range []struct {
		name   string
		frames []int
		how    annotations.Allocation
		size   int
		want   []int
	}{
		// By hand: after two each the claims are 10/√6, 30/√6 and 60/√6; the
		// third stratum gets three cases, then 30/√6 = 12.2 beats 60/√30 = 11.0.
		{"proportional", []int{10, 30, 60}, annotations.AllocateProportional, 10, []int{2, 3, 5}},
		{"proportional, small strata", []int{1, 2, 97}, annotations.AllocateProportional, 20, []int{1, 2, 17}},
		{"equal", []int{10, 30, 60}, annotations.AllocateEqual, 12, []int{4, 4, 4}},
		{"equal with a rest", []int{10, 30, 60}, annotations.AllocateEqual, 14, []int{5, 5, 4}},
		{"equal beyond a stratum", []int{3, 30, 60}, annotations.AllocateEqual, 21, []int{3, 9, 9}},
		{"least", []int{5, 5}, annotations.AllocateEqual, 4, []int{2, 2}},
		{"everything", []int{5, 1}, annotations.AllocateProportional, 6, []int{5, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := annotations.Allocate(quotas(test.frames...), test.how, test.size)
			if err != nil || !slices.Equal(sizes(got), test.want) {
				t.Errorf("got %v (%v), want %v", sizes(got), err, test.want)
			}
		})
	}
	for _, size := range []int{3, 11, -1} {
		var wrong *annotations.SizeError
		if _, err := annotations.Allocate(quotas(5, 5), annotations.AllocateEqual, size); !errors.As(err, &wrong) || wrong.Least != 4 || wrong.Most != 10 {
			t.Errorf("a sample of %d from two strata of 5 gives %v, want that 4 to 10 can be drawn", size, err)
		}
	}
}

// A proportional division makes the variance of a mean, the sum of N²/n over
// the strata, as small as any division with two cases each does.
func TestProportionalIsOptimal(t *testing.T) {
	frames := []int{7, 19, 44, 83}
	for size := 8; size <= 40; size++ {
		got, err := annotations.Allocate(quotas(frames...), annotations.AllocateProportional, size)
		if err != nil {
			t.Fatal(err)
		}
		variance := func(n ...int) float64 {
			sum := 0.0
			for i, f := range frames {
				sum += float64(f*f) / float64(n[i])
			}
			return sum
		}
		best := math.Inf(1)
		for a := 2; a <= min(7, size); a++ {
			for b := 2; b <= min(19, size-a); b++ {
				for c := 2; c <= min(44, size-a-b); c++ {
					if d := size - a - b - c; d >= 2 && d <= 83 {
						best = min(best, variance(a, b, c, d))
					}
				}
			}
		}
		if v := variance(sizes(got)...); v > best*(1+1e-12) {
			t.Errorf("size %d: %v gives %.4f, the best division %.4f", size, sizes(got), v, best)
		}
	}
}

func ids(n int) []annotations.CaseID {
	list := make([]annotations.CaseID, n)
	for i := range list {
		list[i] = annotations.CaseID(fmt.Sprintf("C-%04d", i+1))
	}
	return list
}

// The same seed gives the same draw on every machine, with every release of
// the program: this order may not change.
func TestDrawGolden(t *testing.T) {
	var got []string
	for _, id := range annotations.Draw("VT01 2025-H1", ids(12), 20250701) {
		got = append(got, string(id))
	}
	const want = "C-0001 C-0008 C-0005 C-0009 C-0010 C-0006 C-0012 C-0003 C-0002 C-0007 C-0011 C-0004"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("the draw is %s, want %s", s, want)
	}
}

// The whole of a sample: the division over strata, the draw of a large one with
// a seed of 64 bits, and who codes what. .ci/run has it on a machine of 32 bits too.
func TestSampleGolden(t *testing.T) {
	sum := func(what string, list []string, want string) {
		t.Helper()
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(list, " "))))[:16]; got != want {
			t.Errorf("%s begins with %v and has the sum %s, want %s", what, list[:5], got, want)
		}
	}
	frames := make([]int, 80)
	for i := range frames {
		frames[i] = 3 + i*i%97
	}
	var divided, drawn, planned []string
	for _, how := range []annotations.Allocation{annotations.AllocateEqual, annotations.AllocateProportional} {
		list, err := annotations.Allocate(quotas(frames...), how, 1234)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range sizes(list) {
			divided = append(divided, strconv.Itoa(n))
		}
	}
	sum("the division", divided, "e81c8e6d195670d7")
	for _, id := range annotations.Draw("Súdwest-Fryslân 2025-H1", ids(2000), math.MaxUint64-7) {
		drawn = append(drawn, string(id))
	}
	sum("the draw", drawn, "b4bd3c18a44bc54d")
	var cases []annotations.PlannedCase
	for i, id := range ids(300) {
		cases = append(cases, annotations.PlannedCase{ID: id, Stratum: string(rune('a' + i%7)), Group: string(rune('p' + i%3))})
	}
	coders := []annotations.PlannedCoder{{ID: 4}, {ID: 9, Quota: 40}, {ID: 11}, {ID: 1 << 40}}
	for _, p := range annotations.Plan(cases, coders, annotations.Overlap{Share: 0.15, Least: 4}, 6, math.MaxUint64-9) {
		planned = append(planned, fmt.Sprintf("%s:%d:%d", p.Case, p.Coder, p.Block))
	}
	sum("the plan", planned, "c8eeda8c75fe390a")
}

func TestDraw(t *testing.T) {
	cases := ids(50)
	first := annotations.Draw("a", cases, 7)
	backwards := slices.Clone(cases)
	slices.Reverse(backwards)
	if again := annotations.Draw("a", backwards, 7); !slices.Equal(first, again) {
		t.Errorf("the order of the frame changes the draw")
	}
	if sorted := slices.Sorted(slices.Values(first)); !slices.Equal(sorted, cases) {
		t.Errorf("the list is not the stratum: %v", sorted)
	}
	if slices.Equal(first, annotations.Draw("b", cases, 7)) || slices.Equal(first, annotations.Draw("a", cases, 8)) {
		t.Errorf("another stratum or seed gives the same draw")
	}
}

// Over many seeds every case is drawn equally often: of 2,000 samples of 5
// from 20 each case is in some 500, with a standard deviation of 19.
func TestDrawIsFair(t *testing.T) {
	count := map[annotations.CaseID]int{}
	for seed := range uint64(2000) {
		for _, id := range annotations.Draw("a", ids(20), seed)[:5] {
			count[id]++
		}
	}
	for _, id := range ids(20) {
		if n := count[id]; n < 420 || n > 580 {
			t.Errorf("case %s is in %d samples, want 500 or near it", id, n)
		}
	}
}

func TestQuotas(t *testing.T) {
	frame := []annotations.FrameCase{
		{ID: "1", Region: "W1", Period: "2025-H1", Attributes: map[string]string{"rating": "high"}},
		{ID: "2", Region: "W1", Period: "2025-H1"},
		{ID: "3", Region: "W1", Period: "2025-H1", Attributes: map[string]string{"rating": "high"}},
		{ID: "4", Region: "W2", Period: "2025-H1", Stratum: "south", Attributes: map[string]string{"rating": "low"}},
	}
	for by, want := range map[string]string{"": "W1 2025-H1 3, south 1", "rating": "W1 2025-H1 - 1, W1 2025-H1 high 2, south low 1"} {
		var got []string
		for _, q := range annotations.Quotas(frame, by) {
			got = append(got, fmt.Sprintf("%s %d", q.Stratum, q.Frame))
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("by %q the strata are %s, want %s", by, s, want)
		}
	}
}

// Of 60 cases 15 were drawn; two replaced an ineligible and a lost case, so
// that the list was used up to its 17th. One case stays outside, one is lost:
// 16 cases stand for 60.
func TestWeight(t *testing.T) {
	s := annotations.SampleStratum{Name: "a", Frame: 60, Planned: 15, Drawn: 17, Outside: 1, Unusable: 1}
	if got, want := s.Weight(), 60.0/16; math.Abs(got-want) > 1e-12 {
		t.Errorf("the weight is %v, want %v", got, want)
	}
	if got := s.Response(); math.Abs(got-15.0/16) > 1e-12 {
		t.Errorf("the response is %v, want 15 of 16", got)
	}
	if got := s.Reserve(); got != 43 {
		t.Errorf("the reserve is %d, want 43", got)
	}
	lost := annotations.SampleStratum{Frame: 3, Drawn: 2, Unusable: 2}
	if got := lost.Weight(); got != 0 {
		t.Errorf("a stratum without a case left weighs %v, want 0", got)
	}
	if got := (annotations.SampleStratum{Drawn: 1, Outside: 1}).Response(); got != 0 {
		t.Errorf("a stratum without an eligible case has response %v, want 0", got)
	}
	for _, r := range annotations.DropReasons {
		if want := r == "outside_target_group" || r == "duplicate_family"; r.Outside() != want {
			t.Errorf("%s: outside is %v, want %v", r, r.Outside(), want)
		}
	}
}
