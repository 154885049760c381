package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// What encryption costs: answers saved one after the other, each through to the
// disk, and documents of 4 kB imported.
//
//	go test -run xxx -bench Encryption ./server/store
func BenchmarkEncryption(b *testing.B) {
	for _, way := range []struct {
		name string
		open func(testing.TB) *storetest.World
	}{{"plain", storetest.Open}, {"encrypted", storetest.OpenEncrypted}} {
		b.Run("save/"+way.name, func(b *testing.B) {
			w := way.open(b)
			a := w.Assign(b, "B-01", "anna")
			n := 0
			for b.Loop() {
				_, err := w.Store.SaveAnswer(context.Background(), w.People["anna"], a.ID,
					annotations.Entry{Variable: "remark", Version: n, Answer: codebook.Answer{Value: fmt.Sprintf("remark %d", n)}})
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "saves/s")
		})
		b.Run("import/"+way.name, func(b *testing.B) {
			w := way.open(b)
			text := strings.Repeat("The bicycle came in with a bent wheel. ", 105) // 4 kB
			n := 0
			for b.Loop() {
				b.StopTimer()
				cases := make([]annotations.IncomingCase, 500)
				for i := range cases {
					cases[i] = w.Case(b, annotations.CaseID(fmt.Sprintf("E-%06d", n+i)), "W1", text)
				}
				b.StartTimer()
				w.Import(b, storetest.Study, cases...)
				n += 500
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "documents/s")
		})
	}
}
