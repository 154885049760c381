package disclosure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// fileSchema is the name of the schema that ReadFile reads.
const fileSchema = "oracle_sdc/1"

// A File is a plain table in JSON, with its hierarchies and, if it was
// protected, patterns. Fields that this package does not use are kept.
type File struct {
	// Table is the table to protect or to attack.
	Table Frequencies
	// Patterns are as they were read.
	Patterns []FilePattern

	fields map[string]json.RawMessage
}

// A FilePattern is a pattern of a file.
type FilePattern struct {
	Method    string
	Secondary []int
	// Result is what the attacker makes of it; see [File.Attack].
	Result Pattern

	fields map[string]json.RawMessage
}

type fileHierarchy struct {
	Code   []string `json:"code"`
	Parent []string `json:"parent"`
}

// ReadFile reads a table and checks it. The error joins every problem found.
func ReadFile(r io.Reader) (*File, error) {
	f := &File{}
	d := json.NewDecoder(r)
	if err := d.Decode(&f.fields); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more follows after the JSON object; give one object")
	}
	var p problems
	var schema, primaryRule string
	p.decode(f.fields, "schema", &schema)
	if schema != "" && schema != fileSchema {
		p.report("schema: %q is not known; use %q", schema, fileSchema)
	}
	p.require(f.fields, "threshold", &f.Table.Threshold)
	p.decode(f.fields, "primary_rule", &primaryRule)
	cells := f.readCells(&p)
	p.checkPrimary(f.Table, primaryRule)
	hierarchies := map[string]fileHierarchy{}
	p.decode(f.fields, "hierarchies", &hierarchies)
	p.checkHierarchies(hierarchies, cells, len(f.Table.Cells))
	p.require(f.fields, "equations", &f.Table.Equations)
	f.readPatterns(&p)
	// Without cells every id in an equation would be reported.
	if len(f.Table.Cells) > 0 {
		p.add("", f.Table.Check())
		for i, pattern := range f.Patterns {
			p.add(fmt.Sprintf("patterns[%d] (%s): ", i, pattern.Method), f.Table.CheckPattern(pattern.Secondary))
		}
	}
	return f, errors.Join(p.list...)
}

func (f *File) readCells(p *problems) map[string]json.RawMessage {
	var cells map[string]json.RawMessage
	p.require(f.fields, "cells", &cells)
	if cells == nil {
		return nil
	}
	var ids, freq []int
	var primary []bool
	p.require(cells, "cells.id", &ids)
	p.require(cells, "cells.freq", &freq)
	p.require(cells, "cells.primary", &primary)
	if len(freq) != len(ids) || len(primary) != len(ids) {
		p.report("cells: %d ids, %d freqs and %d primary flags; give one of each a cell", len(ids), len(freq), len(primary))
		return cells
	}
	if len(ids) == 0 {
		p.report("cells: there are none")
	}
	for i, id := range ids {
		f.Table.Cells = append(f.Table.Cells, Frequency{ID: id, Count: freq[i], Primary: primary[i]})
	}
	return cells
}

func (f *File) readPatterns(p *problems) {
	var given []map[string]json.RawMessage
	p.decode(f.fields, "patterns", &given)
	for i, fields := range given {
		pattern := FilePattern{fields: fields}
		at := fmt.Sprintf("patterns[%d].", i)
		p.decode(fields, at+"method", &pattern.Method)
		p.require(fields, at+"secondary_ids", &pattern.Secondary)
		f.Patterns = append(f.Patterns, pattern)
	}
}

// problems collects what is wrong with a file.
type problems struct{ list []error }

func (p *problems) report(format string, args ...any) {
	p.list = append(p.list, fmt.Errorf(format, args...))
}

// add takes the joined errors of err apart, so that each stands on its line.
func (p *problems) add(prefix string, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			p.add(prefix, e)
		}
	} else if err != nil {
		p.report("%s%w", prefix, err)
	}
}

// decode reads the field that the last part of a path names, if it is there.
func (p *problems) decode(fields map[string]json.RawMessage, path string, into any) (found bool) {
	raw, ok := fields[path[strings.LastIndex(path, ".")+1:]]
	if !ok || string(raw) == "null" {
		return false
	}
	if err := json.Unmarshal(raw, into); err != nil {
		p.report("%s: %w", path, err)
	}
	return true
}

func (p *problems) require(fields map[string]json.RawMessage, path string, into any) {
	if !p.decode(fields, path, into) {
		p.report("%s: is missing", path)
	}
}

// checkPrimary reports flags that contradict a rule that is known by its text.
func (p *problems) checkPrimary(t Frequencies, rule string) {
	least := 0
	switch rule {
	case "1 <= freq <= T-1":
		least = 1
	case "freq < T, zeros included":
	default:
		return
	}
	for _, c := range t.Cells {
		if want := c.Count >= least && c.Count < t.Threshold; c.Count >= 0 && c.Primary != want {
			p.report("cell %d: primary is %v, but freq %d and primary_rule %q with threshold %d make it %v",
				c.ID, c.Primary, c.Count, rule, t.Threshold, want)
		}
	}
}

// checkHierarchies reports codes that are not known.
func (p *problems) checkHierarchies(hierarchies map[string]fileHierarchy, cells map[string]json.RawMessage, n int) {
	dims := make([]string, 0, len(hierarchies))
	for dim := range hierarchies {
		dims = append(dims, dim)
	}
	slices.Sort(dims)
	for _, dim := range dims {
		h := hierarchies[dim]
		if len(h.Code) != len(h.Parent) {
			p.report("hierarchies.%s: %d codes and %d parents; give each code a parent, \"\" at the top", dim, len(h.Code), len(h.Parent))
			continue
		}
		nodes := make([]Node, len(h.Code))
		for i, code := range h.Code {
			nodes[i] = Node{Code: code, Parent: h.Parent[i]}
		}
		codes, err := newTree("code", nodes)
		p.add("hierarchies."+dim+": ", err)
		var used []string
		if !p.decode(cells, "cells."+dim, &used) {
			p.report("cells.%s: is missing, though hierarchies has the dimension", dim)
			continue
		}
		if len(used) != n {
			p.report("cells.%s: %d codes for %d cells", dim, len(used), n)
		}
		for i, code := range used {
			if !codes.has(code) {
				p.report("cells.%s[%d]: code %q is not in hierarchies.%s", dim, i, code, dim)
			}
		}
	}
}

// Attack works out what an attacker learns from each pattern of the file.
func (f *File) Attack(ctx context.Context) error {
	for i, p := range f.Patterns {
		result, err := f.Table.Attack(ctx, p.Secondary)
		if err != nil {
			return fmt.Errorf("patterns[%d] (%s): %w", i, p.Method, err)
		}
		f.Patterns[i].Result = result
	}
	return nil
}

// Protect replaces the patterns of the file by one of this package; see
// [Frequencies.Protect].
func (f *File) Protect(ctx context.Context, progress func(done, of int)) error {
	result, err := f.Table.Protect(ctx, progress)
	if err != nil {
		return err
	}
	f.Patterns = []FilePattern{{Method: "dossierlens", Secondary: result.Secondary, Result: result}}
	return nil
}

// MarshalJSON writes the file as it was read, with what is known of its
// patterns.
func (f *File) MarshalJSON() ([]byte, error) {
	out := map[string]any{}
	for k, v := range f.fields {
		out[k] = v
	}
	patterns := make([]map[string]any, len(f.Patterns))
	for i, p := range f.Patterns {
		patterns[i] = p.marshal(f.Table.Threshold)
	}
	out["patterns"] = patterns
	return json.Marshal(out)
}

type fileIntervals struct {
	ID      []int         `json:"id"`
	Primary []bool        `json:"primary"`
	Freq    []int         `json:"freq"`
	LoLP    []json.Number `json:"lo_lp"`
	HiLP    []any         `json:"hi_lp"` // null where nothing bounds the cell
	LoInt   []int         `json:"lo_int"`
	HiInt   []any         `json:"hi_int"`
}

func (p FilePattern) marshal(threshold int) map[string]any {
	out := map[string]any{}
	for k, v := range p.fields {
		out[k] = v
	}
	if p.Method != "" {
		out["method"] = p.Method
	}
	var (
		in      = fileIntervals{ID: []int{}, Primary: []bool{}, Freq: []int{}, LoLP: []json.Number{}, HiLP: []any{}, LoInt: []int{}, HiInt: []any{}}
		exact   int
		minimum any
		least   = Unbounded
	)
	for _, i := range p.Result.Intervals {
		in.ID, in.Primary, in.Freq = append(in.ID, i.ID), append(in.Primary, i.Primary), append(in.Freq, i.Count)
		in.LoLP, in.LoInt = append(in.LoLP, number(i.LowReal)), append(in.LoInt, i.Low)
		if i.High == Unbounded {
			in.HiLP, in.HiInt = append(in.HiLP, nil), append(in.HiInt, nil)
		} else {
			in.HiLP, in.HiInt = append(in.HiLP, number(i.HighReal)), append(in.HiInt, i.High)
		}
		if i.Primary && i.Width() == 0 {
			exact++
		}
		if i.Primary && i.Width() < least {
			least = i.Width()
			minimum = least
		}
	}
	out["secondary_ids"] = append([]int{}, p.Result.Secondary...)
	out["n_secondary"] = len(p.Result.Secondary)
	out["secondary_value"] = p.Result.Value
	out["primary_exactly_disclosed"] = exact
	out["min_width_primary"] = minimum
	out["intervals"] = in
	out["safe"] = len(p.Result.Unsafe(threshold)) == 0
	if c := p.Result.Certificate; len(c.Proofs) > 0 {
		out["certificate"] = p.certificate(c)
	}
	return out
}

// A fileCertificate gives tables by all hidden cells; the others are as they
// were published.
type fileCertificate struct {
	Tables []fileTable `json:"tables"`
	Proofs []fileProof `json:"proofs"`
}

type fileTable struct {
	ID   []int   `json:"id"`
	Freq []int64 `json:"freq"`
}

type fileProof struct {
	ID    int  `json:"id"`
	Known *int `json:"known,omitempty"`
	Low   int  `json:"low"`
	High  int  `json:"high"`
}

func (p FilePattern) certificate(c Certificate) fileCertificate {
	var out fileCertificate
	for _, w := range c.Tables {
		changed := map[string]int64{}
		for _, change := range w {
			changed[change.Cell] = change.Count
		}
		var t fileTable
		for _, i := range p.Result.Intervals {
			count, ok := changed[strconv.Itoa(i.ID)]
			if !ok {
				count = int64(i.Count)
			}
			t.ID, t.Freq = append(t.ID, i.ID), append(t.Freq, count)
		}
		out.Tables = append(out.Tables, t)
	}
	ids := map[string]int{}
	for _, i := range p.Result.Intervals {
		ids[strconv.Itoa(i.ID)] = i.ID
	}
	for _, q := range c.Proofs {
		f := fileProof{ID: ids[q.Cell], Low: q.Low, High: q.High}
		if id, ok := ids[q.Known]; ok {
			f.Known = &id
		}
		out.Proofs = append(out.Proofs, f)
	}
	return out
}

// number writes a fraction as a decimal number, exactly if it is whole.
func number(r *big.Rat) json.Number {
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	v, _ := r.Float64()
	return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
}
