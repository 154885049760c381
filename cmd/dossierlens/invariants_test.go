package main

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/xlsx"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// guarded are types that prove something: values of them are made in one
// package alone, from the proof before.
var guarded = map[string]string{
	"Observation": "exports",            // from a disclosure.Released
	"Publication": "exports",            // from a disclosure.Released
	"Released":    "exports/disclosure", // by Rule.Apply
	"Incoming":    "annotations",        // from a screening.Cleared
	"Cleared":     "annotations/screening",
}

// unprotected are types that hold true counts. No function that writes a file
// takes them.
var unprotected = []string{"Table", "Tally", "Outcomes", "Cell", "Counts", "SettledCase"}

// sourceFaults returns where the Go file of a package makes a guarded value
// that is not its own, writes an unprotected table, or stores a document that
// is not cleared.
func sourceFaults(t *testing.T, pkg, name string, source any) (faults []string) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	fault := func(at ast.Node, what string) {
		faults = append(faults, files.Position(at.Pos()).String()+": "+what)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			// An empty one holds nothing: it goes with an error.
			if home, ok := guarded[typeName(n.Type)]; ok && home != pkg && len(n.Elts) > 0 {
				fault(n, typeName(n.Type)+" is made outside "+home)
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if s, ok := left.(*ast.SelectorExpr); ok && s.Sel.Name == "Observations" && pkg != "exports" {
					fault(n, "the rows of a publication are changed")
				}
			}
		case *ast.FuncDecl:
			var takes []string
			for _, p := range n.Type.Params.List {
				takes = append(takes, typeName(p.Type))
			}
			if slices.Contains(takes, "Writer") && strings.HasPrefix(pkg, "exports") && n.Name.IsExported() {
				for _, name := range takes {
					if slices.Contains(unprotected, name) {
						fault(n, n.Name.Name+" writes a "+name+", which nothing protects")
					}
				}
			}
			ast.Inspect(n, func(inner ast.Node) bool {
				if s, ok := inner.(*ast.BasicLit); ok && strings.Contains(s.Value, "INSERT INTO documents") && !storesNoText(s.Value) && !slices.Contains(takes, "Incoming") {
					fault(s, n.Name.Name+" stores a document that is not cleared")
				}
				return true
			})
		}
		return true
	})
	return faults
}

// storesNoText reports whether a statement that inserts documents selects
// nothing as their text: what is left of one that was deleted.
func storesNoText(sql string) bool {
	_, rest, _ := strings.Cut(sql, "INSERT INTO documents (")
	columns, rest, _ := strings.Cut(rest, ")")
	_, rest, ok := strings.Cut(rest, "SELECT ")
	values, _, from := strings.Cut(rest, " FROM ")
	names, list := strings.Split(columns, ", "), strings.Split(values, ", ")
	i := slices.Index(names, "text")
	return ok && from && i >= 0 && len(names) == len(list) && list[i] == "''"
}

// typeName is the name of a type without its package.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.ArrayType:
		return typeName(e.Elt)
	case *ast.Ellipsis:
		return typeName(e.Elt)
	}
	return ""
}

// No aggregate leaves without disclosure control and no document enters
// without screening: what proves either is made in one place, and nothing
// writes or stores what is not proved.
func TestInvariant7OnlyWhatIsProved(t *testing.T) {
	root := filepath.Join("..", "..")
	read := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		read++
		for _, f := range sourceFaults(t, filepath.ToSlash(filepath.Dir(rel)), path, nil) {
			t.Error(f)
		}
		return nil
	})
	if err != nil || read < 200 {
		t.Errorf("%d files were read: %v", read, err)
	}

	// A check that nothing can fail would hold nothing.
	for _, test := range []struct{ pkg, source, want string }{
		{"server", `package p; var x = exports.Observation{Indicator: "m"}`, "made outside exports"},
		{"cmd/dossierlens", `package p; var x = []any{&disclosure.Released{1}}`, "made outside exports/disclosure"},
		{"server/store", `package p; var x = annotations.Incoming{Number: 1}`, "made outside annotations"},
		{"server", `package p; func f(p exports.Publication) { p.Observations = nil }`, "are changed"},
		{"exports/spss", `package p; func WriteAll(w io.Writer, t *exports.Table) {}`, "which nothing protects"},
		{"server/store", "package p; func f(text string) { exec(`INSERT INTO documents (text) VALUES (?)`, text) }", "is not cleared"},
		{"server/store", "package p; func f() { exec(`INSERT INTO documents (number, text) SELECT '', text FROM held_documents`) }", "is not cleared"},
	} {
		if got := strings.Join(sourceFaults(t, test.pkg, "x.go", test.source), "; "); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.source, got, test.want)
		}
	}
}

// madeDemo makes the study of the demo anew and returns its files.
func madeDemo(t *testing.T, dir, cache string, key auth.Key) map[string][]byte {
	ctx := context.Background()
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	fail := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	st, err := store.OpenEncrypted(ctx, filepath.Join(dir, "data"), func() time.Time { return now }, key)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer st.Close()
	reader := intake.NewReader(cache, intake.DefaultLimits())
	defer reader.Close()
	folder := filepath.Join(dir, "files")
	fail(writeDemoFiles(folder))
	fail(seedDemo(ctx, st, reader, new(screening.Screener), folder))
	return filesOfDemo(t, st)
}

// filesOfDemo returns the files of the study of a demo.
func filesOfDemo(t *testing.T, st *store.Store) map[string][]byte {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	studies, err := st.Studies(ctx)
	if err != nil || len(studies) != 1 {
		t.Errorf("the demo has %d studies: %v", len(studies), err)
		return nil
	}
	study := studies[0].ID
	book, err := st.Codebook(ctx, study)
	fail(err)
	p, err := server.Publication(ctx, st, study)
	fail(err)
	files := map[string]*bytes.Buffer{}
	file := func(name string) *bytes.Buffer {
		files[name] = new(bytes.Buffer)
		return files[name]
	}
	fail(exports.WriteObservationsCSV(file("observations.csv"), p.Observations))
	fail(exports.WriteObservationsJSON(file("observations.json"), p.Observations))
	fail(exports.WritePackage(file("package.zip"), p))
	fail(xlsx.WriteIndicators(file("indicators.xlsx"), p, "nl"))
	fail(exports.WriteCodings(file("codings.csv"), exports.Codings(book, st.HandedIn(ctx, study), exports.Pseudonyms())))
	file("codebook hash").WriteString(book.Hash())
	whole := map[string][]byte{}
	for name, b := range files {
		whole[name] = b.Bytes()
	}
	return whole
}

// The same inputs give the same bytes: the demo, made twice, draws the same
// cases, gives them to the same coders and has the same files.
func TestInvariant10SameInputsSameBytes(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	cache := t.TempDir()
	var made [2]map[string][]byte
	var wait sync.WaitGroup
	for i := range made {
		wait.Go(func() { made[i] = madeDemo(t, dirs[i], cache, auth.Key{}) })
	}
	wait.Wait()
	if len(made[0]) == 0 {
		t.Fatal("the demo has no files")
	}
	for name, first := range made[0] {
		if len(first) == 0 {
			t.Errorf("%s is empty", name)
		}
		if !bytes.Equal(first, made[1][name]) {
			t.Errorf("%s differs between two makings of the demo (%d and %d bytes)", name, len(first), len(made[1][name]))
		}
	}
}
