package web

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// A traceEvent is one line of Chromium's own trace.
type traceEvent struct {
	Name       string  `json:"name"`
	Categories string  `json:"cat"`
	Phase      string  `json:"ph"`
	Process    int     `json:"pid"`
	Thread     int     `json:"tid"`
	At         float64 `json:"ts"`   // microseconds
	Took       float64 `json:"dur"`  // microseconds by the clock
	Busy       float64 `json:"tdur"` // microseconds of the processor
}

func (e traceEvent) timing() bool { return strings.Contains(e.Categories, "blink.user_timing") }

// A trace is what Chromium wrote down of itself, by time.
type trace []traceEvent

// traced returns Chromium's trace of what a tab does in f. With
// DOSSIERLENS_TRACES=DIR it is written there as well, for the developer tools.
func (b *tab) traced(name string, f func()) trace {
	b.t.Helper()
	var mu sync.Mutex
	var all []json.RawMessage
	done := make(chan struct{})
	ctx, stop := context.WithCancel(b.ctx)
	defer stop()
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *tracing.EventDataCollected:
			mu.Lock()
			defer mu.Unlock()
			for _, v := range e.Value {
				all = append(all, slices.Clone(json.RawMessage(v)))
			}
		case *tracing.EventTracingComplete:
			close(done)
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, tracing.Start, tracing.StartParams{TransferMode: tracing.StartTransferModeReportEvents,
			TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"devtools.timeline", "disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame", "blink.user_timing", "loading", "v8"}}})
		return err
	}))
	f()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, tracing.End, cdp.Empty{})
		return err
	}))
	<-done
	if dir := os.Getenv("DOSSIERLENS_TRACES"); dir != "" {
		text, err := json.Marshal(map[string]any{"traceEvents": all})
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".json"), text, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	var t trace
	for _, raw := range all {
		var e traceEvent
		if err := json.Unmarshal(raw, &e); err != nil {
			b.t.Fatal(err)
		}
		t = append(t, e)
	}
	slices.SortStableFunc(t, func(a, b traceEvent) int { return cmp.Compare(a.At, b.At) })
	return t
}

// at returns the last mark of that name, which stands on the main thread of
// the page.
func (t trace) at(name string) (traceEvent, bool) {
	for _, e := range slices.Backward(t) {
		if e.timing() && e.Name == name {
			return e, true
		}
	}
	return traceEvent{}, false
}

// busyUntil returns how long the main thread worked in the last milliseconds
// before a mark, in milliseconds of the processor: what another program takes
// in the meantime is not counted. A task that is halfway at the mark counts
// with the share that went before.
func (t trace) busyUntil(name string, last float64) float64 {
	mark, ok := t.at(name)
	if !ok {
		return math.NaN()
	}
	sum := 0.0
	for _, e := range t {
		if e.Name != "RunTask" || e.Process != mark.Process || e.Thread != mark.Thread || e.Took == 0 {
			continue
		}
		from, to := max(e.At, mark.At-last*1000), min(e.At+e.Took, mark.At)
		if from < to {
			sum += e.Busy * (to - from) / e.Took
		}
	}
	return sum / 1000
}

// frames returns how many frames a second were drawn, from the first to the
// last of a trace, and the 95th percentile of the time between two, in
// milliseconds.
func (t trace) frames() (perSecond, p95 float64) {
	var gaps []float64
	last := 0.0
	for _, e := range t {
		if e.Name != "DrawFrame" {
			continue
		}
		if last > 0 {
			gaps = append(gaps, (e.At-last)/1000)
		}
		last = e.At
	}
	if len(gaps) == 0 {
		return math.NaN(), math.NaN()
	}
	sum := 0.0
	for _, g := range gaps {
		sum += g
	}
	slices.Sort(gaps)
	return 1000 * float64(len(gaps)) / sum, gaps[len(gaps)*95/100]
}
