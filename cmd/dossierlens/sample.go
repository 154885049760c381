package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// studyDrawVerb draws the sample from the frame that was imported.
type studyDrawVerb struct {
	study
	output
	Size       int            `placeholder:"N" help:"Cases to draw, at least two from each stratum."`
	Allocation string         `enum:"equal,proportional,by_hand" default:"equal" help:"How to divide them over the strata: equal, proportional or by_hand."`
	Quota      map[string]int `placeholder:"STRATUM=N" help:"Cases of a stratum, for by_hand; may be given several times."`
	By         string         `placeholder:"COLUMN" help:"Column of the frame that divides region and period further."`
	Seed       uint64         `required:"" help:"Number from which the draw follows; the same number gives the same draw."`
	Reason     string         `help:"Why it is drawn like this; kept with the draw."`
	DryRun     bool           `help:"Print the plan and draw nothing."`
}

// Validate refuses sizes that contradict the allocation, and a seed that the
// study cannot keep.
func (v studyDrawVerb) Validate() error {
	byHand := v.Allocation == string(annotations.AllocateByHand)
	switch {
	case byHand && (v.Size != 0 || len(v.Quota) == 0):
		return errors.New("--allocation by_hand takes --quota for every stratum and no --size")
	case !byHand && (v.Size <= 0 || len(v.Quota) > 0):
		return errors.New("--size: give the number of cases to draw; --quota is for --allocation by_hand")
	case v.Seed>>63 != 0:
		return errors.New("--seed: give a smaller number")
	}
	return nil
}

func (v studyDrawVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	frame, _, err := s.UndrawnFrame(p.ctx, v.Study)
	if err != nil {
		return err
	}
	quotas := annotations.Quotas(frame, v.By)
	if v.Allocation == string(annotations.AllocateByHand) {
		err = v.byHand(quotas)
	} else if len(quotas) > 0 {
		quotas, err = annotations.Allocate(quotas, annotations.Allocation(v.Allocation), v.Size)
	}
	if err != nil {
		return p.report(err)
	}
	if v.By != "" && !slices.Contains(annotations.Columns(frame, len(frame)), v.By) {
		return fmt.Errorf("--by: the frame has no column %q", v.By)
	}
	if !v.DryRun || len(quotas) == 0 {
		order := store.DrawOrder{DividedBy: v.By, Allocation: annotations.Allocation(v.Allocation), Seed: v.Seed, Quotas: quotas, Reason: v.Reason}
		if err := s.Draw(p.ctx, auth.Actor{}, v.Study, order); err != nil {
			return inWords(err)
		}
	}
	rows := [][]string{}
	for _, q := range quotas {
		rows = append(rows, []string{q.Stratum, strconv.Itoa(q.Frame), strconv.Itoa(q.Size)})
	}
	return v.print(p.stdout, []string{"stratum", "frame", "size"}, rows, quotas)
}

// byHand puts the sizes of the flags into the quotas.
func (v studyDrawVerb) byHand(quotas []annotations.Quota) error {
	var problems []error
	known := map[string]bool{}
	for i := range quotas {
		known[quotas[i].Stratum] = true
		quotas[i].Size = v.Quota[quotas[i].Stratum]
		problems = append(problems, quotas[i].Check())
	}
	for name := range v.Quota {
		if !known[name] {
			problems = append(problems, fmt.Errorf("--quota: the frame has no stratum %q", name))
		}
	}
	return errors.Join(problems...)
}

// studyDropVerb takes a case out of the sample.
type studyDropVerb struct {
	study
	Case   string `required:"" help:"Case that leaves the sample."`
	Reason string `required:"" help:"incomplete_file, outside_target_group, anonymisation_insufficient, duplicate_family, unusable or other."`
}

// Validate refuses a reason that is none.
func (v studyDropVerb) Validate() error {
	if !slices.Contains(annotations.DropReasons, annotations.DropReason(v.Reason)) {
		return fmt.Errorf("--reason: %q is none of %v", v.Reason, annotations.DropReasons)
	}
	return nil
}

func (v studyDropVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	replacement, err := s.Drop(p.ctx, auth.Actor{}, v.Study, annotations.CaseID(v.Case), annotations.DropReason(v.Reason))
	switch {
	case errors.Is(err, annotations.ErrNotFound):
		return fmt.Errorf("case %s is not in the sample, or was dropped already", v.Case)
	case err != nil:
		return err
	case replacement == "":
		_, err = fmt.Fprintf(p.stdout, "case %s was dropped; there is no reserve to take its place\n", v.Case)
	default:
		_, err = fmt.Fprintf(p.stdout, "case %s was dropped; %s takes its place\n", v.Case, replacement)
	}
	return err
}

// studySampleVerb prints what became of the sample, by stratum or by case.
type studySampleVerb struct {
	study
	output
	Cases   bool `help:"Print the cases of the sample, in the order of the draw."`
	Reserve bool `help:"With --cases: those of the reserve too."`
}

// A sampleCount is one stratum as it is printed.
type sampleCount struct {
	annotations.SampleStratum
	Response float64 `json:"response"`
	Weight   float64 `json:"weight"`
}

// A listedCase is one case of the sample as it is printed.
type listedCase struct {
	Case     annotations.CaseID     `json:"case_id"`
	Region   string                 `json:"region"`
	Period   string                 `json:"period"`
	Stratum  string                 `json:"stratum"`
	Place    int                    `json:"place"`
	Status   string                 `json:"status"`
	Reason   annotations.DropReason `json:"reason"`
	Replaces annotations.CaseID     `json:"replaces"`
}

func (v studySampleVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	if v.Cases {
		return v.printCases(p, s)
	}
	strata, err := s.Sample(p.ctx, v.Study)
	if err != nil {
		return err
	}
	list, rows := []sampleCount{}, [][]string{}
	for _, h := range strata {
		list = append(list, sampleCount{h, h.Response(), h.Weight()})
		row := []string{h.Name}
		for _, n := range []int{h.Frame, h.Planned, h.Drawn, h.Outside, h.Unusable, h.Received, h.Settled} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, strconv.FormatFloat(h.Response(), 'f', 4, 64), strconv.FormatFloat(h.Weight(), 'f', 4, 64)))
	}
	return v.print(p.stdout, []string{"stratum", "frame", "planned", "drawn", "outside", "unusable", "received", "settled", "response", "weight"}, rows, list)
}

func (v studySampleVerb) printCases(p process, s *store.Store) error {
	list, rows := []listedCase{}, [][]string{}
	for k, err := range s.SampledCases(p.ctx, v.Study, v.Reserve) {
		if err != nil {
			return err
		}
		list = append(list, listedCase{k.ID, k.Region, k.Period, k.List, k.Place, k.Status(), k.Dropped, k.Replaces})
		rows = append(rows, []string{string(k.ID), k.Region, k.Period, k.List, strconv.Itoa(k.Place), k.Status(), string(k.Dropped), string(k.Replaces)})
	}
	return v.print(p.stdout, []string{"case_id", "region", "period", "stratum", "place", "status", "reason", "replaces"}, rows, list)
}
