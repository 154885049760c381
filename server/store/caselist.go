package store

import (
	"context"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
)

// A CaseFilter narrows a list of cases; zero fields narrow nothing. After is
// the pseudonym of the last case of the page before, Before that of the first
// case of the page that follows.
type CaseFilter struct {
	State  annotations.State
	Region string
	Period string
	Find   string // part of the pseudonym
	After  annotations.CaseID
	Before annotations.CaseID
	Limit  int // 100 when it is 0
}

// where returns the condition of f on the cases of a study, without its place
// in the list.
func (f CaseFilter) where(study string) (string, []any) {
	where, args := []string{"study = ?"}, []any{study}
	add := func(cond string, arg any) { where, args = append(where, cond), append(args, arg) }
	if f.State != "" {
		add("state = ?", f.State)
	}
	if f.Region != "" {
		add("region = ?", f.Region)
	}
	if f.Period != "" {
		add("period = ?", f.Period)
	}
	if f.Find != "" {
		add("instr(lower(case_id), lower(?)) > 0", f.Find)
	}
	return strings.Join(where, " AND "), args
}

// A CaseLine is a line in a list of cases.
type CaseLine struct {
	Case      annotations.Case
	Documents int
	Coders    []string // names of those it is given to, by name
	Submitted int      // codings handed in
}

// Cases returns a page of the cases of a study by pseudonym.
func (s *Store) Cases(ctx context.Context, study string, f CaseFilter) ([]CaseLine, error) {
	where, args := f.where(study)
	order := "case_id"
	if f.After != "" {
		where, args = where+" AND case_id > ?", append(args, f.After)
	}
	if f.Before != "" {
		where, args = where+" AND case_id < ?", append(args, f.Before)
		order = "case_id DESC"
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var rows []struct {
		caseRow
		Documents int     `db:"documents"`
		Coders    *string `db:"coders"`
		Submitted int     `db:"submitted"`
	}
	// The page is cut first, so that nothing is counted for the cases beyond it.
	err := s.read.SelectContext(ctx, &rows, `
		SELECT `+caseColumns+`,
		  (SELECT count(*) FROM documents d WHERE d.case_key = c.id) + (SELECT count(*) FROM held_documents d WHERE d.case_key = c.id) AS documents,
		  (SELECT group_concat(name, char(31)) FROM (SELECT u.name FROM assignments a JOIN users u ON u.id = a.coder
		     WHERE a.case_key = c.id AND `+counts+` ORDER BY u.name)) AS coders,
		  (SELECT count(*) FROM assignments a WHERE a.case_key = c.id AND a.status = 'submitted' AND a.repeat_of IS NULL) AS submitted
		FROM (SELECT * FROM cases WHERE `+where+` ORDER BY `+order+` LIMIT ?) c ORDER BY c.case_id`, append(args, f.Limit)...)
	lines := make([]CaseLine, len(rows))
	for i, r := range rows {
		lines[i] = CaseLine{Case: r.domain(), Documents: r.Documents, Submitted: r.Submitted}
		if r.Coders != nil {
			lines[i].Coders = strings.Split(*r.Coders, "\x1f")
		}
	}
	return lines, err
}

// CountCases returns how many cases of a study fit f, and how many of these
// come before its page: up to and with After, or before the page that ends at
// Before.
func (s *Store) CountCases(ctx context.Context, study string, f CaseFilter) (total, earlier int, err error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	where, args := f.where(study)
	until := f.After
	if f.Before != "" {
		until = f.Before
	}
	row := s.read.QueryRowxContext(ctx, `SELECT count(*), coalesce(sum(case_id <= ?), 0) FROM cases WHERE `+where, slices.Insert(args, 0, any(until))...)
	if err := row.Scan(&total, &earlier); err != nil {
		return 0, 0, err
	}
	if f.Before != "" {
		earlier = max(0, earlier-1-f.Limit)
	}
	return total, earlier, nil
}

// A CaseCount is how many cases of a stratum are in a state.
type CaseCount struct {
	Region string            `db:"region"`
	Period string            `db:"period"`
	State  annotations.State `db:"state"`
	Double int               `db:"doubles"` // of these, given to two coders or more
	N      int               `db:"n"`
}

// CaseCounts counts the cases of a study by region, period and state, practice
// cases left out.
func (s *Store) CaseCounts(ctx context.Context, study string) ([]CaseCount, error) {
	var counts []CaseCount
	return counts, s.read.SelectContext(ctx, &counts, `
		SELECT region, period, state, count(*) AS n, sum(given > 1) AS doubles
		FROM cases WHERE study = ? AND practice = 0 GROUP BY region, period, state ORDER BY region, period, state`, study)
}

// A PlanCase is a case that may be given to coders, with who has it already;
// an assignment that was withdrawn counts.
type PlanCase struct {
	ID      annotations.CaseID
	Stratum string // of the sample; region and period when no sample was drawn
	Period  string
	State   annotations.State
	Given   []int64
}

// Assignable returns those of the given cases that the study has, by
// pseudonym. Without ids it returns the cases that fit f.
func (s *Store) Assignable(ctx context.Context, study string, ids []annotations.CaseID, f CaseFilter) ([]PlanCase, error) {
	where, args := f.where(study)
	if ids != nil {
		where, args = "study = ? AND case_id IN (SELECT value FROM json_each(?))", []any{study, jsonText(ids)}
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var rows []struct {
		ID      annotations.CaseID `db:"case_id"`
		Stratum string             `db:"stratum"`
		Region  string             `db:"region"`
		Period  string             `db:"period"`
		State   annotations.State  `db:"state"`
		Coder   *int64             `db:"coder"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT c.case_id, c.stratum, c.region, c.period, c.state, a.coder FROM (SELECT id, case_id, stratum, region, period, state FROM cases WHERE `+where+` ORDER BY case_id LIMIT ?) c
		LEFT JOIN assignments a ON a.case_key = c.id AND a.repeat_of IS NULL ORDER BY c.case_id, a.coder`, append(args, f.Limit)...)
	var list []PlanCase
	for _, r := range rows {
		if n := len(list); n == 0 || list[n-1].ID != r.ID {
			if r.Stratum == "" {
				r.Stratum = strings.TrimSpace(r.Region + " " + r.Period)
			}
			list = append(list, PlanCase{ID: r.ID, Stratum: r.Stratum, Period: r.Period, State: r.State})
		}
		if r.Coder != nil {
			list[len(list)-1].Given = append(list[len(list)-1].Given, *r.Coder)
		}
	}
	return list, err
}
