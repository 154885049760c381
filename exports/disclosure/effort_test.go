package disclosure_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// Tables of three dimensions with many small cells: what an attacker can do
// with them takes more work than there is, or the pattern holds.
func TestALargeTableIsProtectedOrRefusedWithinTheBound(t *testing.T) {
	refused := 0
	for _, table := range []struct {
		sizes []int
		most  int
	}{{[]int{8, 8, 4}, 12}, {[]int{10, 10, 5}, 12}, {[]int{10, 10, 5}, 40}} {
		sizes, most := table.sizes, table.most
		t.Run(fmt.Sprint(sizes, most), func(t *testing.T) {
			f := grid(rand.New(rand.NewPCG(uint64(most), 8)), sizes, most, 5, false)
			p, err := f.Protect(t.Context(), nil)
			if err != nil {
				refused++
				if !errors.Is(err, disclosure.ErrTooLarge) || !errors.Is(err, disclosure.ErrNoCertificate) || !strings.Contains(err.Error(), "merge small classes") {
					t.Error(err)
				}
				return
			}
			if err := checkCertificate(f, p); err != nil {
				t.Error(err)
			}
			if unsafe := p.Unsafe(f.Threshold); len(unsafe) > 0 {
				t.Errorf("unsafe %v", unsafe)
			}
		})
	}
	if refused != 1 {
		t.Errorf("%d tables refused, want the one that is full of small cells", refused)
	}
}

func TestAContextEndsTheWork(t *testing.T) {
	f := grid(rand.New(rand.NewPCG(1, 8)), []int{10, 10, 5}, 12, 5, false)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	calls := 0
	_, err := f.Protect(ctx, func(done, of int) {
		if calls++; done < 0 || done > of {
			t.Errorf("progress is %d of %d", done, of)
		}
		cancel(stopped)
	})
	if !errors.Is(err, stopped) || calls > 1 {
		t.Errorf("error %v after %d calls, want stopped after one", err, calls)
	}
	if _, err := f.Attack(ctx, nil); !errors.Is(err, stopped) {
		t.Errorf("attack in a context that is done: %v", err)
	}
	if _, err := disclosure.Steekproef().Apply(ctx, indicatorTable(26, 2, 3)); !errors.Is(err, stopped) {
		t.Errorf("apply in a context that is done: %v", err)
	}
}

// Work is counted, not timed: at the bound the same table gives the same
// pattern, with the same certificate, or the same refusal.
func TestTheBoundOnWorkGivesTheSameTwice(t *testing.T) {
	refused, protected := 0, 0
	for _, most := range []int{12, 40} {
		var told [2]string
		for i := range told {
			p, err := grid(rand.New(rand.NewPCG(uint64(most), 8)), []int{10, 10, 5}, most, 5, false).Protect(t.Context(), nil)
			if err != nil {
				refused++
				told[i] = err.Error()
				continue
			}
			protected++
			b, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			told[i] = string(b)
		}
		if told[0] != told[1] {
			t.Errorf("counts up to %d: the second time gave something else: %.300s and %.300s", most, told[0], told[1])
		}
	}
	if refused != 2 || protected != 2 {
		t.Errorf("%d tables refused and %d protected, want one of each, twice", refused, protected)
	}
}
