package codebook_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/codebook"
)

func TestRoutes(t *testing.T) {
	c := bicycles(t)
	for _, row := range []struct{ answers, variable, want string }{
		{"", "damage", "asked"},
		{"damage=yes_clear", "parts_hit", "asked"},
		{"damage=none", "parts_hit", "NA because damage"},
		{"damage=NR", "parts_hit", "inherited NR because damage"},
		{"damage=DM", "parts_hit", "inherited DM because damage"},
		{"", "parts_hit", "waits for damage"},

		// Also asked when unknown.
		{"damage=none", "repaired", "NA because damage"},
		{"damage=NR", "repaired", "asked"},
		{"", "repaired", "asked"},

		// What is closed closes further down: na is not asked, and inherited
		// codes are inherited again.
		{"damage=none repaired=yes", "minutes", "NA because repaired"},
		{"damage=yes_clear repaired=yes", "minutes", "asked"},
		{"damage=UC repaired=UC", "minutes", "inherited UC because repaired"},
		{"damage=UC", "minutes", "waits for repaired"},
	} {
		r := c.Route(given(row.answers))[row.variable]
		got := "asked"
		switch {
		case r.Asked:
		case r.Inherited:
			got = "inherited " + r.Missing + " because " + strings.Join(r.Because, ", ")
		case r.Missing != "":
			got = r.Missing + " because " + strings.Join(r.Because, ", ")
		default:
			got = "waits for " + strings.Join(r.Because, ", ")
		}
		if got != row.want {
			t.Errorf("%s, with %s: %s, want %s", row.variable, row.answers, got, row.want)
		}
	}
}

// Of several codes DM is inherited before NR before UC, also where the
// child's own missing codes do not list it.
func TestWhichCodeIsInherited(t *testing.T) {
	src := strings.Replace(letters("all"), "{id: w, type: text, label: Text, missing: [NR, DM, UC, NA]}",
		`{id: w, type: text, label: Text, missing: [UC], ask_if: "s in (a) and r in (low) and n > 0"}`, 1)
	c := parse(t, src)
	for _, row := range []struct{ answers, want string }{
		{"s=UC r=NR n=DM", "DM"},
		{"s=UC r=NR n=1", "NR"},
		{"s=UC r=low n=1", "UC"},
		{"s=UC r=low n=NA", "UC"},
		{"s=a r=low n=NA", "NA"},
		{"s=b r=NR n=DM", "NA"},
		{"s=UC r=NR", ""}, // n is still to come
	} {
		if got := c.Route(given(row.answers))["w"].Missing; got != row.want {
			t.Errorf("with %s: %q, want %q", row.answers, got, row.want)
		}
	}
}

func TestAnswersKeptAsideComeBack(t *testing.T) {
	c := bicycles(t)
	stated := given("damage=yes_clear parts_hit=wheel repaired=yes minutes=30")
	check := func(want string) {
		t.Helper()
		if got, want := c.Effective(stated), given(want); !maps.Equal(got, want) {
			t.Errorf("effective answers are %v, want %v", got, want)
		}
	}
	check("damage=yes_clear parts_hit=wheel repaired=yes minutes=30")

	before := maps.Clone(stated)
	stated["damage"] = codebook.Answer{Value: "none"}
	check("damage=none parts_hit=NA repaired=NA parts_new=NA ready=NA minutes=NA quality=NA")
	stated["damage"] = codebook.Answer{Missing: codebook.DM}
	check("damage=DM parts_hit=DM repaired=yes minutes=30")
	delete(stated, "damage")
	check("repaired=yes minutes=30")

	stated["damage"] = codebook.Answer{Value: "yes_clear"}
	check("damage=yes_clear parts_hit=wheel repaired=yes minutes=30")
	if !maps.Equal(stated, before) {
		t.Errorf("the stated answers were changed to %v", stated)
	}
}

func TestOpen(t *testing.T) {
	c := bicycles(t)
	for _, row := range []struct{ answers, want string }{
		{"", "workshop received damage repaired remark"},
		{"damage=none", "workshop received remark"},
		{"workshop=W1 received=2024 damage=none remark=NA", ""},
		{"workshop=W9 received=2024 damage=none remark=NA", "workshop"}, // no such workshop
		{"workshop=W1 received=NR damage=yes_slight repaired=no remark=x", "parts_hit"},
		{"workshop=W1 received=NR damage=NR repaired=yes remark=x", "parts_new ready minutes quality"},
	} {
		if got := strings.Join(c.Open(given(row.answers)), " "); got != row.want {
			t.Errorf("with %s: open are %q, want %q", row.answers, got, row.want)
		}
	}
}

func TestFindings(t *testing.T) {
	c := bicycles(t)
	for _, row := range []struct{ answers, want string }{
		{"received=2024-03-05 ready=2024-03-04", "K1(received ready)"},
		{"received=2024-03-05 ready=2024-03-05", ""},
		{"received=2024-03-05 ready=2024-03", ""}, // may be later in the month
		{"received=2024-03-05 ready=2024-02", "K1(received ready)"},
		{"received=NR ready=2024-03-04", ""}, // half is missing, and not more
		{"repaired=yes minutes=0", "K2(repaired minutes)"},
		{"repaired=yes minutes=NR damage=NR", "K3(workshop received damage parts_hit repaired parts_new ready minutes quality remark)"},
	} {
		var got []string
		for _, f := range c.Findings(given(row.answers)) {
			got = append(got, f.Check.ID+"("+strings.Join(f.Variables, " ")+")")
		}
		if got := strings.Join(got, " "); got != row.want {
			t.Errorf("with %s: %q, want %q", row.answers, got, row.want)
		}
	}
}
