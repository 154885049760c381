package web

// A Confusion is what one coder answered against what the other did, for the
// part "confusion": counts in a table, the agreeing ones on the diagonal, each
// leading to its cases.
type Confusion struct {
	Caption       string
	Rows, Columns []string // labels of the categories, in codebook order
	Cells         [][]ConfusionCell

	// Folded says that a pair of answers is counted once, at or above the
	// diagonal, because there are no two sides; cells below it stay empty.
	Folded bool
}

// A ConfusionCell counts the cases of one pair of answers.
type ConfusionCell struct {
	N    int
	Href string // the cases; empty when there are none
}

// Shade grades the cell at row i and column j by its share of the largest
// count, from 0 for none to 4; charts.css colours the grades.
func (c Confusion) Shade(i, j int) int {
	most := 0
	for _, row := range c.Cells {
		for _, cell := range row {
			most = max(most, cell.N)
		}
	}
	n := c.Cells[i][j].N
	if n == 0 {
		return 0
	}
	return 1 + 3*n/most
}

// RowTotal is the sum of row i.
func (c Confusion) RowTotal(i int) int {
	total := 0
	for _, cell := range c.Cells[i] {
		total += cell.N
	}
	return total
}
