package exports

import (
	"os"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// A diagnosis has a column for each coder of the study, also of cases that
// they did not code, and hides what is still blind.
func TestDiagnosis(t *testing.T) {
	src, err := os.ReadFile("../codebook/testdata/bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := codebook.Parse(src, "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := annotations.NewRatings(book)
	yes, no, unclear := codebook.Answer{Value: "yes_clear"}, codebook.Answer{Value: "no"}, codebook.Answer{Missing: codebook.UC}
	for i, c := range []struct {
		id   annotations.CaseID
		says map[int64]codebook.Answer
	}{
		{"=B-1", map[int64]codebook.Answer{4: yes, 7: yes}},
		{"B-2", map[int64]codebook.Answer{4: yes, 9: no}},
		{"B-3", map[int64]codebook.Answer{7: unclear, 9: yes}},
	} {
		k := annotations.CodedCase{Case: annotations.Case{Key: int64(i + 1), ID: c.id, Region: "W1", Period: "2025-H1"}, Round: "1"}
		for _, coder := range []int64{4, 7, 9} {
			if a, ok := c.says[coder]; ok {
				k.Codings = append(k.Codings, annotations.IndependentCoding{Coder: coder, Stated: codebook.Answers{"damage": a}})
			}
		}
		r.Add(k)
	}
	var b strings.Builder
	err = WriteDiagnosis(&b, r, annotations.Selection{}, []*codebook.Variable{book.Variable("damage")}, func(key int64) bool { return key == 2 })
	want := `case_id,round,region,period,variable,use,same,coder_1,coder_2,coder_3
'=B-1,1,W1,2025-H1,damage,used,true,yes_clear,yes_clear,
B-2,1,W1,2025-H1,damage,blind,blind,blind,,blind
B-3,1,W1,2025-H1,damage,one_missing,,,UC,yes_clear
`
	if err != nil || b.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b.String(), want)
	}
}
