package intake

import "io"

// A FrameCase is one eligible case of a sampling frame.
type FrameCase struct {
	ID, Region, Period, Stratum string
	Attributes                  []Attribute // further columns, in file order
	Line                        int
}

// ReadFrame reads a sampling frame: CSV with the columns case_id, region and
// period, and where there are any stratum and attributes. Its error is a
// [Problems] with all mistakes; file names the source in them.
func ReadFrame(src io.Reader, file string, limits Limits) ([]FrameCase, error) {
	known := []string{"case_id", "region", "period", "stratum"}
	t := newCSV(src, file, limits)
	if !t.header("case_id", "region", "period") {
		return nil, t.problems.err()
	}
	var list []FrameCase
	seen := map[string]row{}
	for {
		r, ok := t.read()
		if !ok || t.problems.full() {
			break
		}
		c := FrameCase{
			ID: r.id("case_id"), Region: r.required("region"), Period: r.period("period"),
			Stratum: r.cell("stratum"), Attributes: r.attributes(known), Line: r.line,
		}
		if c.Period == "" {
			r.required("period")
		}
		r.once(c.ID, seen)
		list = append(list, c)
	}
	return finish(t, list)
}

// A CaseRow is one row of the cases file that stand-alone commands take
// beside a codings file.
type CaseRow struct {
	ID, Region, Period, Stratum string
	Weight                      float64 // 1 when the file has none
	FrameN                      int     // cases of the stratum in the frame; 0 when the file has none
	Line                        int
}

// ReadCases reads a cases file: CSV with the column case_id and where there
// are any region, period, stratum, weight and frame_n. Its error is a
// [Problems] with all mistakes.
func ReadCases(src io.Reader, file string, limits Limits) ([]CaseRow, error) {
	t := newCSV(src, file, limits)
	if !t.header("case_id") {
		return nil, t.problems.err()
	}
	var list []CaseRow
	seen := map[string]row{}
	for {
		r, ok := t.read()
		if !ok || t.problems.full() {
			break
		}
		c := CaseRow{
			ID: r.id("case_id"), Region: r.cell("region"), Period: r.period("period"),
			Stratum: r.cell("stratum"), Weight: r.weight("weight"), Line: r.line,
		}
		if v := r.cell("frame_n"); v != "" {
			if c.FrameN, ok = whole(v); !ok || c.FrameN < 1 {
				t.problems.add(r.problem("frame_n", ErrFrameN, clip(v, 80)))
			}
		}
		r.once(c.ID, seen)
		list = append(list, c)
	}
	return finish(t, list)
}

// once notes a case that was seen before.
func (r row) once(id string, seen map[string]row) {
	if id == "" {
		return
	}
	if first, twice := seen[id]; twice {
		r.table.problems.add(r.problem("case_id", ErrCaseTwice, id, first.place()))
		return
	}
	seen[id] = row{table: r.table, line: r.line}
}

func finish[T any](t *table, list []T) ([]T, error) {
	if len(t.problems) == 0 && len(list) == 0 {
		t.problems.add(&Problem{File: t.file, Reason: ErrNoRows})
	}
	if err := t.problems.err(); err != nil {
		return nil, err
	}
	return list, nil
}
