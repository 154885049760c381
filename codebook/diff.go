package codebook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Class says how much a change between two versions of a codebook matters.
type Class string

// The classes of changes, from small to great.
const (
	Wording  Class = "wording"  // texts and order: answers mean what they meant
	Addition Class = "addition" // something more, something wider, or a rule of work such as evidence
	Meaning  Class = "meaning"  // earlier answers or figures would be other ones, or have no place
)

var classes = []Class{Wording, Addition, Meaning}

// Part returns the part of the version that such a change raises: patch,
// minor or major.
func (c Class) Part() string {
	return map[Class]string{Wording: "patch", Addition: "minor", Meaning: "major"}[c]
}

// A Change is one difference between two versions of a codebook.
type Change struct {
	Class Class  `json:"class"`
	Path  string `json:"path"` // by ids, such as variables.damage.categories.none.label.nl
	Old   string `json:"old"`  // empty for what is new
	New   string `json:"new"`  // empty for what is gone

	// Variables are those whose answers the change touches, directly or in
	// what is derived from them, in codebook order.
	Variables []string `json:"variables"`
}

// Diff returns the differences from one version of a codebook to another:
// first what changed or is gone, in the order of the older, then what is new,
// in the order of the newer. Variables, categories and the rest are known by
// their ids, so that a new place or label is not a new thing. The versions
// themselves are not compared.
func Diff(from, to *Codebook) []Change {
	older, newer := flatten(from), flatten(to)
	changes := []Change{} // not nil, for it is written as JSON
	add := func(path, was, is string, class Class) {
		changes = append(changes, Change{class, path, was, is, reach(path, from, to)})
	}
	for _, path := range older.paths {
		was := older.values[path]
		is, kept := newer.values[path]
		switch {
		case older.insideOf(path, newer), was.thing && kept:
		case was.order:
			if was, is := commonOrder(was.text, is.text); was != is {
				add(path, was, is, Wording)
			}
		case !kept:
			add(path, was.text, "", classOfLoss(path, was))
		case was.text != is.text:
			add(path, was.text, is.text, classOfChange(path, was.text, is.text))
		}
	}
	for _, path := range newer.paths {
		is := newer.values[path]
		if _, kept := older.values[path]; !kept && !is.order && !newer.insideOf(path, older) {
			add(path, "", is.text, classOfGain(path, is))
		}
	}
	return changes
}

// commonOrder leaves of two lists of ids those that are in both.
func commonOrder(was, is string) (string, string) {
	w, i := strings.Split(was, ", "), strings.Split(is, ", ")
	only := func(list, other []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(list), func(id string) bool { return !slices.Contains(other, id) }), ", ")
	}
	return only(w, i), only(i, w)
}

// Greatest returns the greatest class among changes; ok is false when there
// are none.
func Greatest(changes []Change) (class Class, ok bool) {
	for _, c := range changes {
		if !ok || slices.Index(classes, c.Class) > slices.Index(classes, class) {
			class, ok = c.Class, true
		}
	}
	return class, ok
}

// NextVersion returns the lowest version that may follow version with those
// changes. It is version itself when there are none.
func NextVersion(version string, changes []Change) (string, error) {
	parts, err := versionParts(version)
	if err != nil {
		return "", err
	}
	switch class, _ := Greatest(changes); class {
	case Meaning:
		parts = [3]int{parts[0] + 1, 0, 0}
	case Addition:
		parts = [3]int{parts[0], parts[1] + 1, 0}
	case Wording:
		parts[2]++
	}
	return fmt.Sprintf("%d.%d.%d", parts[0], parts[1], parts[2]), nil
}

// Suffices reports whether version to may follow version from with those
// changes: whether it is at least [NextVersion].
func Suffices(from, to string, changes []Change) (bool, error) {
	next, err := NextVersion(from, changes)
	if err != nil {
		return false, err
	}
	least, err := versionParts(next)
	if err != nil {
		return false, err
	}
	parts, err := versionParts(to)
	return slices.Compare(parts[:], least[:]) >= 0, err
}

func versionParts(version string) (parts [3]int, err error) {
	if !versionForm.MatchString(version) {
		return parts, fmt.Errorf("version %q is not of the form 1.4.0", version)
	}
	for i, part := range strings.Split(version, ".") {
		if parts[i], err = strconv.Atoi(part); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

// rulesOfWork are keys that tell how to work, not what answers mean.
var rulesOfWork = []string{
	"agreement", "burden", "catalogue", "core", "evidence", "from_case_files", "headline", "needs_note",
	"number", "severity", "tolerance",
}

// expressions are keys whose value is an expression.
var expressions = []string{"ask_if", "exclude", "expression", "include", "numerator"}

func classOfChange(path, was, is string) Class {
	kind, _, _ := strings.Cut(path, ".")
	key := lastKey(path)
	switch {
	case strings.HasPrefix(path, "variables.") && strings.Contains(path, ".unit."):
		return Meaning
	case key == "nl", key == "en", key == "section":
		return Wording
	case slices.Contains(expressions, key) && tokens(was) == tokens(is):
		return Wording
	case slices.Contains(rulesOfWork, key), kind == "checks", kind == "catalogue", key == "successor",
		was == "" && strings.Contains(path, ".attributes."):
		return Addition
	case key == "min" || key == "valid_from":
		return wider(is, was)
	case key == "max" || key == "valid_to":
		return wider(was, is)
	case key == "precision" && (was == Year || is == Day):
		return Addition
	}
	return Meaning
}

// wider returns Addition when low is below high, so that all that was within
// the limit still is.
func wider(low, high string) Class {
	l, _ := parseNumber(low)
	h, _ := parseNumber(high)
	if l <= h {
		return Addition
	}
	return Meaning
}

// classOfGain classes something that the older version does not have.
func classOfGain(path string, v flatValue) Class {
	key := lastKey(path)
	switch {
	case v.thing, strings.Contains(path, ".attributes."):
		return Addition
	case key == "nl" || key == "en":
		return Wording // a translation; a unit that is said now was meant before
	case key == "valid_from", key == "valid_to":
		return Addition // lists follow the years
	case key == "min", key == "max":
		return Meaning
	}
	return classOfChange(path, "", v.text)
}

// classOfLoss classes something that the newer version does not have.
func classOfLoss(path string, v flatValue) Class {
	kind, _, _ := strings.Cut(path, ".")
	key := lastKey(path)
	switch {
	case kind == "checks", kind == "catalogue":
		return Addition
	case kind == "sections" && v.thing:
		return Wording // its variables are told of by themselves
	case v.thing:
		return Meaning
	case key == "nl" || key == "en":
		return Wording
	case key == "min", key == "max", key == "valid_from", key == "valid_to":
		return Addition
	}
	return classOfChange(path, v.text, "")
}

func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// tokens returns an expression without regard to its spaces.
func tokens(text string) string {
	p := expressionParser{text: text}
	var all []string
	for p.next(); p.token != ""; p.next() {
		all = append(all, p.token)
	}
	return strings.Join(all, " ")
}

// reach returns the variables that the thing at path touches, in either
// version, in the order of the newer.
func reach(path string, from, to *Codebook) []string {
	parts := strings.Split(path, ".")
	touched := map[string]bool{}
	for _, c := range []*Codebook{from, to} {
		for _, id := range c.reach(parts) {
			touched[id] = true
		}
	}
	ids := []string{}
	for _, c := range []*Codebook{to, from} {
		for _, v := range c.variables {
			if touched[v.ID] {
				ids = append(ids, v.ID)
				delete(touched, v.ID)
			}
		}
	}
	return ids
}

func (c *Codebook) reach(parts []string) []string {
	if len(parts) < 2 {
		return nil
	}
	id := parts[1]
	var ids []string
	switch parts[0] {
	case "variables":
		return []string{id}
	case "missing", "code_lists":
		for _, v := range c.variables {
			if v.CodeList == id || slices.Contains(v.Missing, id) {
				ids = append(ids, v.ID)
			}
		}
	case "derived":
		if i, ok := c.derivedAt[id]; ok {
			return c.names(c.derivedRests[i])
		}
	case "checks":
		for i, x := range c.Checks {
			if x.ID == id {
				return c.names(c.checkExprs[i].rests)
			}
		}
	case "measures", "indicators":
		for _, m := range c.Measures {
			if m.ID == id || m.Indicator == id {
				ids = append(ids, c.Behind(m)...)
			}
		}
	}
	return ids
}
