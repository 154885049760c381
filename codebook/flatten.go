package codebook

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// A flat is a codebook as a list of paths with values. Things that have an id
// or code stand by it, variables outside their sections, so that a thing has
// the same path wherever it stands in the file.
type flat struct {
	paths  []string // in order
	values map[string]flatValue
}

type flatValue struct {
	text  string
	thing bool // has an id or code, and paths below it
	order bool // the ids of a list
}

// flatten lays out the canonical form of c.
func flatten(c *Codebook) flat {
	var tree map[string]any
	d := json.NewDecoder(bytes.NewReader(c.Canonical()))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		panic(err) // the canonical form is JSON
	}
	delete(tree, "version")
	f := flat{values: map[string]flatValue{}}
	var variables []any
	sections, _ := tree["sections"].([]any)
	for _, s := range sections {
		section := s.(map[string]any)
		list, _ := section["variables"].([]any)
		for _, v := range list {
			v.(map[string]any)["section"] = section["id"]
		}
		variables = append(variables, list...)
		delete(section, "variables")
	}
	tree["variables"] = variables
	f.add("", tree)
	return f
}

func (f *flat) put(path, text string, thing bool) {
	f.set(path, flatValue{text: text, thing: thing})
}

func (f *flat) set(path string, v flatValue) {
	f.paths = append(f.paths, path)
	f.values[path] = v
}

func (f *flat) add(path string, x any) {
	below := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	switch x := x.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(x)) {
			if path == "code_lists" {
				f.put(below(key), key, true)
			}
			if key != "id" && key != "code" || path == "" {
				f.add(below(key), x[key])
			}
		}
	case []any:
		var ids []string
		for _, item := range x {
			id, thing := "", false
			if m, ok := item.(map[string]any); ok {
				id, thing = name(m), true
				f.put(below(id), title(m), thing)
				f.add(below(id), m)
			} else if id = item.(string); lastKey(path) == "missing" {
				f.put(below(id), id, true)
			}
			ids = append(ids, id)
		}
		if lastKey(path) == "exclusive" {
			slices.Sort(ids)
			f.put(path, strings.Join(ids, ", "), false)
			return
		}
		f.set(below("(order)"), flatValue{text: strings.Join(ids, ", "), order: true})
	case string:
		f.put(path, x, false)
	case json.Number:
		f.put(path, x.String(), false)
	case bool:
		f.put(path, "true", false)
	}
}

func name(m map[string]any) string {
	if id, ok := m["id"].(string); ok {
		return id
	}
	code, _ := m["code"].(string)
	return code
}

// title returns the label of a thing, to show it by.
func title(m map[string]any) string {
	for _, key := range []string{"label", "message"} {
		if text, ok := m[key].(map[string]any); ok {
			nl, _ := text["nl"].(string)
			en, _ := text["en"].(string)
			return Text{nl, en}.In("en")
		}
	}
	return ""
}

// insideOf reports whether path lies within a thing that other does not have.
func (f flat) insideOf(path string, other flat) bool {
	for i, c := range path {
		if c != '.' {
			continue
		}
		around := path[:i]
		if f.values[around].thing {
			if _, kept := other.values[around]; !kept {
				return true
			}
		}
	}
	return false
}
