package annotations

import (
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

// What a diagnosis says of each case adds up to the layers of the variable.
func TestDiagnosisOfTwoCodersIsTheLayers(t *testing.T) {
	r := NewRatings(bicycles(t))
	add(r, 6, "", "minutes=41")
	add(r, 3, "", "repaired=no parts_new=lamp minutes=5")
	add(r, 2, "repaired=no", "repaired=no")
	add(r, 4, "", "repaired=NR")
	add(r, 1, "minutes=NR", "")
	add(r, 5, "minutes=NR", "minutes=UC")
	add(r, 1, "minutes=", "")
	for _, v := range r.Variables() {
		l := agreementOn(t, r, v.ID).Layers
		got, same := map[Use]int{}, 0
		for u := range r.Diagnosis(v.ID, Selection{}) {
			got[u.Use]++
			if u.Same {
				same++
			}
		}
		want := map[Use]int{UnitUsed: l.Values, UnitOneMissing: l.OneMissing, UnitBothMissing: l.BothMissing, UnitOneClosed: l.OneClosed, UnitClosed: l.Closed, UnitNotCoded: l.NotCoded}
		for _, use := range Uses {
			if got[use] != want[use] {
				t.Errorf("%s: %d units are %s, want %d", v.ID, got[use], use, want[use])
			}
		}
		if same != l.Same {
			t.Errorf("%s: %d units are the same, want %d", v.ID, same, l.Same)
		}
	}
}

func TestDiagnosisOfThreeCoders(t *testing.T) {
	for _, x := range []struct {
		codings []string
		use     Use
		same    bool
	}{
		{[]string{"", "", ""}, UnitUsed, true},
		{[]string{"", "damage=none", ""}, UnitUsed, false},
		{[]string{"", "damage=NR", ""}, UnitUsed, true},
		{[]string{"", "damage=NR", "damage=UC"}, UnitOneMissing, false},
		{[]string{"damage=UC", "damage=NR", "damage="}, UnitBothMissing, false},
		{[]string{"", "damage=", "damage="}, UnitNotCoded, false},
		{[]string{"", "damage=NA", "damage=NA"}, UnitOneClosed, false},
		{[]string{"damage=NA", "damage=NA", "damage="}, UnitClosed, false},
	} {
		r := NewRatings(bicycles(t))
		add(r, 1, x.codings...)
		for u := range r.Diagnosis("damage", Selection{}) {
			if u.Use != x.use || u.Same != x.same || len(u.Answers) != 3 {
				t.Errorf("%q: %s, same %v, %d answers; want %s, %v", x.codings, u.Use, u.Same, len(u.Answers), x.use, x.same)
			}
		}
	}
	r := NewRatings(bicycles(t))
	add(r, 1, "", "")
	for u := range r.Diagnosis("remark", Selection{}) {
		t.Errorf("text is not compared, yet case %s is diagnosed", u.Case)
	}
	for u := range r.Diagnosis("damage", Selection{}) {
		if u.Answers[0] != (codebook.Answer{Value: "yes_clear"}) || u.Round != "1" || u.Region != "W1" {
			t.Errorf("unit %+v", u)
		}
	}
}
