package agreement_test

import (
	"fmt"
	"strings"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// Two coders answered whether a safety plan was in the file.
func ExampleCompute() {
	file := `unit,anna,bram
C-01,yes,yes
C-02,yes,yes
C-03,no,yes
C-04,no,no
C-05,yes,yes
C-06,yes,
`
	tables, err := agreement.Reading{Order: []string{"no", "yes"}}.ReadCSV(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range agreement.Compute(tables[0].Ratings, "percent_agreement:unweighted", "gwet_ac:unweighted", "cohen_kappa:unweighted", "krippendorff_alpha_set:masi") {
		if r.Undefined != nil {
			fmt.Printf("%s is undefined: %v\n", r.Measure, r.Undefined)
			continue
		}
		fmt.Printf("%s = %.3f on %d of %d units\n", r.Measure, r.Value, r.Counts.Pairable, r.Counts.Units)
	}
	// Output:
	// percent_agreement:unweighted = 0.800 on 5 of 6 units
	// gwet_ac:unweighted = 0.680 on 5 of 6 units
	// cohen_kappa:unweighted = 0.545 on 5 of 6 units
	// krippendorff_alpha_set:masi is undefined: defined for sets of labels only
}
