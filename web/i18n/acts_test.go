package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// events are what the program writes to the audit log, as its sources say:
// the acts ("case.read"; one that is put together ends with its dot), the
// names of the details, the kinds of object ("assignment"), and the rights
// that somebody who was refused lacked.
type events struct{ acts, details, objects, rights map[string]bool }

// eventsOf reads the sources of the server and the commands as text, for this
// package imports neither.
func eventsOf(t *testing.T) events {
	t.Helper()
	e := events{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	var files []*ast.File
	tree := os.DirFS("../..")
	for _, root := range []string{"server", "cmd"} {
		err := fs.WalkDir(tree, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			b, err := fs.ReadFile(tree, name)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, b, 0)
			files = append(files, f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// The places of arguments called act, object and detail, by function.
	places := map[string]map[int]string{}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			i := 0
			for _, field := range fn.Type.Params.List {
				for _, n := range field.Names {
					if n.Name == "act" && typeName(field.Type) == "string" || n.Name == "object" || n.Name == "detail" {
						if places[fn.Name.Name] == nil {
							places[fn.Name.Name] = map[int]string{}
						}
						places[fn.Name.Name][i] = n.Name
					}
					i++
				}
			}
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if name := typeName(n.Type); name == "Event" {
					for _, el := range n.Elts {
						if kv, ok := el.(*ast.KeyValueExpr); ok {
							e.add(strings.ToLower(kv.Key.(*ast.Ident).Name), kv.Value)
						}
					}
				}
			case *ast.ValueSpec:
				if f.Name.Name == "auth" && typeName(n.Type) == "Act" {
					e.rights[literal(n.Values[0])] = true
				}
			case *ast.CallExpr:
				for i, kind := range places[typeName(n.Fun)] {
					if i < len(n.Args) {
						e.add(kind, n.Args[i])
					}
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					switch left := left.(type) {
					case *ast.Ident:
						if i < len(n.Rhs) && (left.Name == "detail" || left.Name == "act") {
							e.add(left.Name, n.Rhs[i])
						}
					case *ast.IndexExpr:
						if id, ok := left.X.(*ast.Ident); ok && id.Name == "detail" {
							e.details[literal(left.Index)] = true
						}
						if sel, ok := left.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "Detail" {
							e.details[literal(left.Index)] = true
						}
					}
				}
			}
			return true
		})
	}
	for _, set := range []map[string]bool{e.acts, e.details, e.objects, e.rights} {
		delete(set, "")
	}
	return e
}

// add notes what an expression for the act, object or detail of an event is.
func (e events) add(kind string, x ast.Expr) {
	switch kind {
	case "act":
		e.acts[literal(x)] = true
	case "object":
		if word, _, _ := strings.Cut(literal(x), " "); word != "" {
			e.objects[word] = true
		}
	case "detail":
		if m, ok := x.(*ast.CompositeLit); ok {
			for _, el := range m.Elts {
				if kv, ok := el.(*ast.KeyValueExpr); ok {
					e.details[literal(kv.Key)] = true
				}
			}
		}
	}
}

func typeName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

// literal is the text of x, or its constant beginning.
func literal(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(x.Value); err == nil && x.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		return literal(x.X)
	case *ast.CallExpr:
		if typeName(x.Fun) == "Sprintf" {
			s, _, _ := strings.Cut(literal(x.Args[0]), "%")
			return s
		}
	}
	return ""
}

// TestTheAuditLogHasWords requires that whatever the program writes to the
// audit log can be read there in words: every act, every detail, every kind of
// object and every right has its message.
func TestTheAuditLogHasWords(t *testing.T) {
	keys := load(t, "nl").Keys()
	e := eventsOf(t)
	for _, set := range []struct {
		family string
		names  map[string]bool
		least  int
	}{{"audit.act.", e.acts, 50}, {"audit.fact.", e.details, 30}, {"audit.on.", e.objects, 5}, {"audit.right.", e.rights, 20}} {
		if len(set.names) < set.least {
			t.Errorf("only %d of %s were found in the sources", len(set.names), set.family)
		}
		for name := range set.names {
			key := set.family + strings.ReplaceAll(name, "-", "_")
			found := slices.Contains(keys, key)
			if strings.HasSuffix(name, ".") { // put together: at least one of them
				found = slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, key) })
			}
			if !found {
				t.Errorf("the audit log has %q, for which there is no message %s", name, key)
			}
		}
	}
}
