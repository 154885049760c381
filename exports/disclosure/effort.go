package disclosure

import (
	"context"
	"fmt"
)

// ErrTooLarge is returned for a table whose protection, or what an attacker
// learns of it, takes more work than is allowed. It is an [ErrNoCertificate]:
// nothing is released then.
var ErrTooLarge = fmt.Errorf("%w: the table is too large or too thin to be worked out; "+
	"merge small classes, leave out a breakdown or hide the table, or use fewer dimensions", ErrNoCertificate)

// enough is how much work one search for a pattern may take, one search for a
// better one, and one attack, in numbers of tableaus computed. It is work and not
// time, so that the same table gets the same pattern on every machine: to change it
// is to change the patterns of large tables. BenchmarkApply and BenchmarkProtect stay
// well below it.
const enough = 400_000_000

// largeNumber is what a number that does not fit a word is counted for.
const largeNumber = 20

// An effort bounds the work on a model. Once it is stopped, whatever takes part
// in it ends soon and reports its error: no result of a stopped effort counts.
// A nil effort has no bound.
type effort struct {
	ctx      context.Context
	progress func(done, of int) // nil for none
	left     int64
	spends   int
	stop     error
}

// newEffort returns an effort that has no work left; see allow.
func newEffort(ctx context.Context, progress func(done, of int)) *effort {
	return &effort{ctx: ctx, progress: progress, stop: context.Cause(ctx)}
}

// allow begins a part of the work with enough of its own. A context that is done
// stays done.
func (e *effort) allow() {
	if e == nil {
		return
	}
	e.left, e.stop = enough, context.Cause(e.ctx)
}

// spend counts work, and reports whether there may be more.
func (e *effort) spend(work int64) bool {
	if e == nil {
		return true
	}
	if e.stop != nil {
		return false
	}
	e.left -= work
	if e.left < 0 {
		e.stop = ErrTooLarge
		return false
	}
	if e.spends++; e.spends%64 == 0 {
		if e.progress != nil {
			e.progress(int(100*(enough-e.left)/enough), 100)
		}
		e.stop = context.Cause(e.ctx)
	}
	return e.stop == nil
}

// err says why the work was stopped, or nil.
func (e *effort) err() error {
	if e == nil {
		return nil
	}
	return e.stop
}
