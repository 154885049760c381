package exports

import (
	"slices"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// events are the same in both packages.
var events = map[codebook.Event]disclosure.Event{
	codebook.EventYes: disclosure.EventYes, codebook.EventNo: disclosure.EventNo, codebook.EventInside: disclosure.EventInside,
}

// linksOf returns what the expressions of measures say of each other: whose
// cases are among whose. Links that follow from others are left out.
func linksOf(book *codebook.Codebook, measures []*codebook.Measure) []disclosure.Link {
	measures = slices.DeleteFunc(slices.Clone(measures), func(m *codebook.Measure) bool { return m.Kind != codebook.Share && m.Kind != codebook.Count })
	var list []disclosure.Link
	for _, kind := range [...][2]codebook.Event{
		{codebook.EventYes, codebook.EventYes}, {codebook.EventNo, codebook.EventNo}, {codebook.EventYes, codebook.EventNo},
		{codebook.EventInside, codebook.EventYes}, {codebook.EventInside, codebook.EventNo},
	} {
		inner, outer := kind[0], kind[1]
		n := len(measures)
		within := make([]bool, n*n)  // the inner event of the one in the outer of the other
		between := make([]bool, n*n) // the outer event of the one in that of the other
		for i, a := range measures {
			for j, b := range measures {
				within[i*n+j] = i != j && book.Nested(a, inner, b, outer)
				between[i*n+j] = within[i*n+j]
				if inner != outer {
					between[i*n+j] = i != j && book.Nested(a, outer, b, outer)
				}
			}
		}
		for i, a := range measures {
			for j, b := range measures {
				same := inner == outer && within[i*n+j] && within[j*n+i]
				follows := func(k int) bool {
					return k != i && k != j && within[i*n+k] && between[k*n+j] && !between[j*n+k] && (inner != outer || !within[k*n+i])
				}
				if !within[i*n+j] || same && i > j || !same && slices.ContainsFunc(indexes(n), follows) {
					continue
				}
				list = append(list, disclosure.Link{
					Inner: disclosure.EventOf{Measure: a.ID, Event: events[inner]},
					Outer: disclosure.EventOf{Measure: b.ID, Event: events[outer]},
					Same:  same && a.Cascade == b.Cascade,
					Aside: b.Cascade != "" && a.Cascade != b.Cascade,
				})
			}
		}
	}
	return list
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
