package web

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// inForms finds fields of forms in a template: written out, or by "field".
var inForms = regexp.MustCompile(`<(textarea|input)\b[^>]*>|template "field" \(field "([^"]+)"[^\n]*`)

var (
	nameOf = regexp.MustCompile(`\bname="((?:[^"{]|\{\{[^}]*\}\})*)"`)
	typeOf = regexp.MustCompile(`type="(\w+)|"type" "(\w+)|inputmode="(numeric)`)
)

// wordless are types of fields in which nobody writes words; a search is
// thrown away.
var wordless = []string{"hidden", "checkbox", "radio", "file", "date", "number", "password", "search", "datetime", "numeric"}

// noWords are text fields that take a number, a pseudonym, a code, a login or
// the name of a person who works with the program, and refuse anything else or
// are no text of a study. A new field is screened while it is typed, or it is
// named here with a reason to be.
var noWords = map[string][]string{
	"app":                {"code"},
	"assign":             {"double", "least", "blocks", "seed", "days"},
	"audit":              {"case"},
	"comparison":         {"value"}, // a number or a date; words are in a text area
	"confirm":            {"proof_code"},
	"home":               {"id"},
	"indicator":          {"norm"},
	"login":              {"username"},
	"passkey":            {"name"},    // what somebody calls their own key, told to nobody
	"release_new":        {"contact"}, // an address to ask at, which may look like one of a person; screened for what else it holds when it is sent
	"releases":           {"threshold"},
	"reliability_plan":   {"half"},
	"retention":          {"days", "hold_case", "erase_case"},
	"rounds":             {"days", "repeat_cases", "weeks", "others", "seed"},
	"sample":             {"drop_case", "size", "seed", "kappa", "prevalence", "half"},
	"screening_document": {"replacement-{{.Number}}"}, // a role or a day number, and nothing else
	"second":             {"code"},
	"setup":              {"name", "username"},
	"training":           {"accuracy", "cases"},
	"users":              {"name", "login"},
}

// Every field in which a person writes words is screened while they type, on
// every page: in a text area, by its name, or because it says so itself.
func TestFreeTextIsScreenedWhileTyped(t *testing.T) {
	script, err := files.ReadFile("static/js/pages/typed.js")
	if err != nil {
		t.Fatal(err)
	}
	_, line, ok := strings.Cut(string(script), "const fields = \"")
	selector, _, _ := strings.Cut(line, "\";")
	if !ok || !strings.HasPrefix(selector, "textarea, ") {
		t.Fatalf("typed.js looks at %q, want every text area and more", selector)
	}
	named := regexp.MustCompile(`input\[name(\^|\$)?='(\w[\w-]*|_\w+)'\]`).FindAllStringSubmatch(selector, -1)
	names, err := fs.Glob(files, "templates/pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	base, err := files.ReadFile("templates/layout/base.html")
	if err != nil || !strings.Contains(string(base), `{{if .Actor}}<script type="module" src="{{asset "js/pages/contact.js"}}"></script>
  <script type="module" src="{{asset "js/pages/typed.js"}}"></script>{{end}}`) {
		t.Errorf("typed.js is not on every page of who is signed in (%v)", err)
	}
	words := 0
	for _, file := range names {
		src, err := files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page := strings.TrimSuffix(strings.TrimPrefix(file, "templates/pages/"), ".html")
		for _, m := range inForms.FindAllStringSubmatchIndex(string(src), -1) {
			field := string(src[m[0]:m[1]])
			name := ""
			if m[4] >= 0 {
				name = string(src[m[4]:m[5]])
			} else if n := nameOf.FindStringSubmatch(field); n != nil {
				name = n[1]
			}
			if kind := typeOf.FindStringSubmatch(field); kind != nil && slices.ContainsFunc(kind[1:], func(k string) bool { return k != "" && slices.Contains(wordless, k) }) {
				continue
			}
			if strings.Contains(field, `"options"`) || slices.Contains(noWords[page], name) {
				continue
			}
			words++
			// A form says of all its names that they are screened.
			before := string(src[:m[0]])
			form := before[strings.LastIndex(before, "<form")+1:]
			form, _, _ = strings.Cut(form, ">")
			switch {
			case strings.HasPrefix(field, "<textarea"), strings.Contains(field, `"rows"`), strings.Contains(field, "data-screened"):
			case name == "name" && strings.Contains(form, "data-screened"):
			case slices.ContainsFunc(named, func(n []string) bool {
				return n[2] != "name" && (n[1] == "" && name == n[2] || n[1] == "^" && strings.HasPrefix(name, n[2]) || n[1] == "$" && strings.HasSuffix(name, n[2]))
			}):
			default:
				t.Errorf("page %s: %q takes words that nothing screens while they are typed: %.120s", page, name, field)
			}
		}
	}
	if words < 20 {
		t.Errorf("only %d fields with words were found; are they written in another way?", words)
	}
}
