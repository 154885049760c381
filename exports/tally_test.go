package exports_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

// What is kept of cases that were counted depends on regions and periods, not
// on how many they are.
func TestCountingKeepsNothingOfACase(t *testing.T) {
	book := bicycles(t)
	kept := func(cases int) uint64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		tally := exports.NewTally(book, []string{"damage"}).Under(exports.Design{Organisation: "source"})
		for i := range cases {
			c := exports.SettledCase{Case: annotations.CaseID(fmt.Sprintf("C-%06d", i)), Region: fmt.Sprintf("W%02d", i%26), Period: fmt.Sprintf("%d-H1", 2015+i/26%20), FrameN: 1 << 20,
				Organisation: fmt.Sprint("organisation ", i/520%2), Classes: map[string]string{"damage": "none"}, Numbers: map[string]float64{"m_minutes": float64(i / 520 % 3)}}
			for range book.Measures {
				c.Statuses = append(c.Statuses, codebook.Status{Kind: codebook.StatusYes})
			}
			tally.Add(c)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if got := tally.Cases(); got != cases {
			t.Errorf("%d cases were counted of %d", got, cases)
		}
		runtime.KeepAlive(tally)
		return after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc)
	}
	few, many := kept(520*6), kept(520*60)
	if few == 0 || float64(many) > 1.2*float64(few) {
		t.Errorf("%d bytes are kept of %d cases and %d of %d", few, 520*6, many, 520*60)
	}
}
