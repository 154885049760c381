package disclosure_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/exports/disclosure"
)

// Invariant 7: no aggregate leaves without disclosure control. What writers
// take can be made by Rule.Apply alone.
func TestReleasedCannotBeMadeElsewhere(t *testing.T) {
	for f := range reflect.TypeFor[disclosure.Released]().Fields() {
		if f.IsExported() {
			t.Errorf("field %s of Released is exported; anyone could set it", f.Name)
		}
	}
	if n := reflect.TypeFor[*disclosure.Released]().NumMethod(); n != reflect.TypeFor[disclosure.Released]().NumMethod() {
		t.Error("Released has a method on a pointer; it could change one")
	}
	var makers []string
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch d := n.(type) {
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && mentionsReleased(v.Type) {
						makers = append(makers, v.Names[0].Name)
					}
				}
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Type.Results != nil {
					for _, r := range d.Type.Results.List {
						if mentionsReleased(r.Type) {
							makers = append(makers, d.Name.Name)
						}
					}
				}
				return false
			}
			return true
		})
	}
	if len(makers) != 1 || makers[0] != "Apply" {
		t.Errorf("a Released comes from %v, want Apply alone", makers)
	}
}

func mentionsReleased(x ast.Expr) bool {
	found := false
	if x != nil {
		ast.Inspect(x, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			found = found || ok && id.Name == "Released"
			return true
		})
	}
	return found
}

func TestTheZeroReleasedHoldsNothing(t *testing.T) {
	var zero disclosure.Released
	for c := range zero.Cells() {
		t.Errorf("it has cell %s", c.Key)
	}
	//lint:ignore SA9005 that nothing comes of it is what is tested
	data, err := json.Marshal(zero)
	if err != nil || string(data) != "{}" {
		t.Errorf("as JSON it is %s, %v; want {}", data, err)
	}
	if len(zero.Audit())+len(zero.Notes())+len(zero.Ledger().Facts) != 0 {
		t.Error("it has an audit, notes or a ledger")
	}
	// Reading JSON into one must not make one either.
	//lint:ignore SA9005 that nothing comes of it is what is tested
	if err := json.Unmarshal([]byte(`{"cells": [{"Measure": "m"}]}`), &zero); err != nil {
		t.Fatal(err)
	}
	for c := range zero.Cells() {
		t.Errorf("cell %s was read into it", c.Key)
	}
}

func TestWhatIsReadFromAReleaseDoesNotChangeIt(t *testing.T) {
	r := apply(t, one(disclosure.Measure{}, disclosure.Outcomes{Yes: 30, No: 30}, nil))
	for c := range r.Cells() {
		c.Figures[0].Value = -1
	}
	for c := range r.Cells() {
		if c.Figures[0].Value != 50 {
			t.Errorf("value = %v after a reader changed theirs, want 50", c.Figures[0].Value)
		}
	}
}

func TestTheSameTableGivesTheSameRelease(t *testing.T) {
	table := indicatorTable(6, 4, 2)
	a, b := apply(t, table), apply(t, table)
	if !reflect.DeepEqual(a.Audit(), b.Audit()) || !reflect.DeepEqual(a.Certificate(), b.Certificate()) {
		t.Error("two runs differ")
	}
}
