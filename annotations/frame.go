package annotations

import (
	"fmt"
	"io"
	"slices"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/codebook"
)

// A FrameCase is one eligible case of a sampling frame, known by its
// pseudonym and by what strata are made of.
type FrameCase struct {
	ID             CaseID
	Region, Period string
	Stratum        string            // as the frame names it, may be empty
	Attributes     map[string]string // further columns, such as a safety rating
	Place          string            // file and line, for messages
}

// In returns the name of the stratum in which the case is drawn: that of the
// frame, else its region and period, divided further by what the case has in
// the column by, unless by is empty.
func (f FrameCase) In(by string) string {
	name := f.Stratum
	if name == "" {
		name = f.Region + " " + f.Period
	}
	if by == "" {
		return name
	}
	value := f.Attributes[by]
	if value == "" {
		value = "-"
	}
	return name + " " + value
}

// ReadFrame reads the sampling frame of a study; file names the source in its
// error, an [intake.Problems] with all mistakes. A region must be one of the
// codebook, where that has a list of them.
func ReadFrame(src io.Reader, file string, book *codebook.Codebook) ([]FrameCase, error) {
	rows, err := intake.ReadFrame(src, file, intake.DefaultLimits())
	if err != nil {
		return nil, err
	}
	regions := Known(book).Regions
	frame := make([]FrameCase, len(rows))
	var problems intake.Problems
	for i, r := range rows {
		if regions != nil && !regions[r.Region] {
			problems = append(problems, &intake.Problem{File: file, Line: r.Line, Column: "region", Reason: intake.ErrRegion, Args: []any{r.Region}})
		}
		frame[i] = FrameCase{ID: CaseID(r.ID), Region: r.Region, Period: r.Period, Stratum: r.Stratum, Place: fmt.Sprintf("%s:%d", file, r.Line)}
		for _, a := range r.Attributes {
			if frame[i].Attributes == nil {
				frame[i].Attributes = map[string]string{}
			}
			frame[i].Attributes[a.Name] = a.Value
		}
	}
	if problems != nil {
		return nil, problems
	}
	return frame, nil
}

// Columns returns the further columns that cases of a frame have, by which
// strata can be divided, each with at most most different values.
func Columns(frame []FrameCase, most int) []string {
	values := map[string]map[string]bool{}
	for _, f := range frame {
		for name, value := range f.Attributes {
			if values[name] == nil {
				values[name] = map[string]bool{}
			}
			values[name][value] = true
		}
	}
	var names []string
	for name, seen := range values {
		if len(seen) <= most {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
