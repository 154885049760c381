package intake_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

func TestReadTotals(t *testing.T) {
	got, err := intake.ReadTotals(strings.NewReader("\ufeffPeriod;Region;Class;Total\n2025-H1;VT07;apart;120\n2025;;geen;40\n"), "totals.csv", intake.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := []intake.TotalRow{{"2025-H1", "VT07", "apart", 120, 2}, {"2025", "", "geen", 40, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	_, err = intake.ReadTotals(strings.NewReader("period,class,total\n2025-H3,apart,12\n,apart,0\n2025,,x\n2025,apart,\n"), "totals.csv", intake.DefaultLimits())
	var all intake.Problems
	if !errors.As(err, &all) {
		t.Fatalf("read with %v, want problems", err)
	}
	var places []string
	for _, p := range all {
		text := p.Error()
		places = append(places, text[:strings.LastIndex(text, ": ")])
	}
	if want := []string{"totals.csv:2: period", "totals.csv:3: period", "totals.csv:3: total", "totals.csv:4: class", "totals.csv:4: total", "totals.csv:5: total"}; !slices.Equal(places, want) {
		t.Errorf("problems stand at %q, want %q", places, want)
	}
}
