package server

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/dossierlens/dossierlens/annotations"
)

// sides is the order in which the n codings of a case are laid side by side:
// shuffled by the pseudonym, so that A is now the first coder and then the
// other, and the same each time the case is opened.
func sides(id annotations.CaseID, n int) []int {
	order := make([]int, n)
	weight := make([]string, n)
	for i := range order {
		order[i] = i
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", id, i))
		weight[i] = string(sum[:])
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(weight[a], weight[b]) })
	return order
}

// sideName is the letter of a side; nobody is named.
func sideName(i int) string { return string(rune('A' + i)) }
