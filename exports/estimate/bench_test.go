package estimate_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dossierlens/dossierlens/exports/estimate"
)

// BenchmarkCells estimates 46 measures in 26 regions and the nation over 20
// half-years from counts, with interval, grade and change to the half-year
// before.
func BenchmarkCells(b *testing.B) {
	const measures, regions, periods = 46, 26, 20
	random := rand.New(rand.NewPCG(1, 2))
	cells := make([][]estimate.Cells, measures)
	for m := range cells {
		cells[m] = make([]estimate.Cells, periods)
		for p := range cells[m] {
			for r := range regions {
				n := 150 + random.IntN(80)
				yes := random.IntN(n / 2)
				cells[m][p] = append(cells[m][p], estimate.Shares(fmt.Sprint(r, "|", p), 800, n, yes, n/2-yes))
			}
		}
	}
	grade := func(c estimate.Cells) {
		estimate.DefaultThresholds.Grade(c.Proportion(estimate.LonelyAdjust))
	}
	for b.Loop() {
		for m := range cells {
			for p, nation := range cells[m] {
				grade(nation)
				for r := range nation {
					grade(nation[r : r+1])
					if p > 0 {
						estimate.CellsDifference(cells[m][p-1][r:r+1], nation[r:r+1], estimate.LonelyAdjust, 400)
					}
				}
			}
		}
	}
}

// BenchmarkRows estimates one share of 100,000 rows.
func BenchmarkRows(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	rows := estimate.Rows{N: 100_000}
	y := make([]float64, rows.N)
	for i := range y {
		rows.Stratum = append(rows.Stratum, fmt.Sprint(i%520))
		rows.Population = append(rows.Population, 1000)
		y[i] = float64(random.IntN(2))
	}
	d, err := estimate.NewDesign(rows, estimate.LonelyAdjust)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d.Proportion(y, nil)
	}
}
