package agreement_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// TestEveryCoefficientCitesItsSource requires of the comment of each
// coefficient an author with a year, and the equation or its place.
func TestEveryCoefficientCitesItsSource(t *testing.T) {
	source := regexp.MustCompile(`\p{Lu}\p{L}+[^().]*( et al\.)? \((18|19|20)\d\d\)`)
	equation := regexp.MustCompile(`=|eq\. \d|1 - | - 1,| > 0| / `)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	look := func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Coefficient" {
			return true
		}
		seen++
		name, doc := spec.Names[0].Name, strings.ReplaceAll(spec.Doc.Text(), "\n", " ")
		if !strings.HasPrefix(doc, name+" ") {
			t.Errorf("the comment of %s does not begin with it", name)
		}
		if name == "PercentAgreement" { // its equation stands above the group
			doc += "pa ="
		}
		if !source.MatchString(doc) {
			t.Errorf("%s cites no author with a year: %s", name, doc)
		}
		if !equation.MatchString(doc) {
			t.Errorf("%s has no equation: %s", name, doc)
		}
		return true
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, look)
	}
	if seen != 29 {
		t.Errorf("%d coefficients were looked at, want 29", seen)
	}
}

// TestSameDigitsInEveryOrder permutes units: counts are integers and sums do
// not depend on the order, so that not a bit changes.
func TestSameDigitsInEveryOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTable(t, true)
		measures := agreement.Measures(d.scale, agreement.RatioLevel)
		units := make([]int, len(d.columns[0]))
		for i := range units {
			units[i] = i
		}
		permuted := drawn{scale: d.scale, columns: make([][]int16, len(d.columns))}
		for _, i := range rapid.Permutation(units).Draw(t, "units in another order") {
			for g, column := range d.columns {
				permuted.columns[g] = append(permuted.columns[g], column[i])
			}
		}
		want, got := d.compute(t, measures...), permuted.compute(t, measures...)
		for i := range want {
			if got[i].Value != want[i].Value || !reflect.DeepEqual(got[i].Interval, want[i].Interval) || !reflect.DeepEqual(got[i].Chance, want[i].Chance) {
				t.Errorf("%s is %v %+v in one order and %v %+v in another", want[i].Measure, want[i].Value, want[i].Interval, got[i].Value, got[i].Interval)
			}
		}
	})
}

// TestNoFusedOperations reads what the compiler makes of the package for a
// processor that multiplies and adds in one step, which rounds once where
// others round twice: every product must be rounded before it is added.
func TestNoFusedOperations(t *testing.T) {
	build := exec.Command("go", "build", "-gcflags=-S", ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	ours := regexp.MustCompile(`agreement/(\w+\.go:\d+)\)\s+(F\w+)`)
	fused := regexp.MustCompile(`^FN?M(ADD|SUB)`)
	multiplied := false
	for _, m := range ours.FindAllStringSubmatch(string(out), -1) {
		multiplied = multiplied || m[2] == "FMULD"
		if fused.MatchString(m[2]) {
			t.Errorf("%s: a fused operation, %s", m[1], m[2])
		}
	}
	if !multiplied {
		t.Errorf("no multiplication in %d bytes of assembly", len(out))
	}
}
