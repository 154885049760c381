package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// studyRoundVerb makes a round.
type studyRoundVerb struct {
	study
	Name     string `required:"" help:"Name of the round."`
	Kind     string `required:"" enum:"training,pilot,production" help:"What it is for: training, pilot or production."`
	Deadline string `placeholder:"YYYY-MM-DD" help:"The last day on which codings are expected."`
	Days     int    `help:"Days in which a case is expected back once it is given."`
}

func (v studyRoundVerb) Run(p process) error {
	r := annotations.Round{Name: v.Name, Kind: annotations.RoundKind(v.Kind), Days: v.Days}
	if v.Deadline != "" {
		var err error
		if r.Deadline, err = time.Parse(time.DateOnly, v.Deadline); err != nil {
			return fmt.Errorf("--deadline: %q is no day such as 2026-03-31", v.Deadline)
		}
	}
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.CreateRound(p.ctx, auth.Actor{}, v.Study, r); err != nil {
		return inWords(err)
	}
	_, err = fmt.Fprintf(p.stdout, "round %s of %s\n", v.Name, v.Study)
	return err
}

// studyAssignVerb divides the cases that nobody has yet over coders, as the
// page of the lead does.
type studyAssignVerb struct {
	study
	output
	Round  string         `help:"Name of the round; the newest round of production when it is not given."`
	Coder  []string       `placeholder:"LOGIN" help:"Coder who gets cases; may be given several times. All coders of the study when it is not given."`
	Quota  map[string]int `placeholder:"LOGIN=N" help:"Cases of a coder at most; may be given several times."`
	Double float64        `default:"0" help:"Percentage of the cases that go to two coders."`
	Least  int            `default:"0" help:"Cases of each stratum that go to two coders, at least."`
	Blocks int            `default:"3" help:"Parts of the work over which strata and periods are spread."`
	Most   int            `default:"2000" help:"Cases to divide at most."`
	Seed   uint64         `required:"" help:"Number from which the division follows; the same number gives the same division."`
	Reason string         `help:"Why it is divided like this; kept in the audit log."`
	DryRun bool           `help:"Print the division and give nothing."`
}

// Validate refuses numbers that mean nothing.
func (v studyAssignVerb) Validate() error {
	switch {
	case !(v.Double >= 0 && v.Double <= 100):
		return errors.New("--double: give a percentage from 0 to 100")
	case v.Least < 0 || v.Blocks < 1 || v.Most < 1:
		return errors.New("--least, --blocks and --most: give whole numbers, of blocks and cases at least 1")
	case v.Seed>>63 != 0:
		return errors.New("--seed: give a smaller number")
	}
	return nil
}

func (v studyAssignVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	coders, logins, err := v.coders(p, s)
	if err != nil {
		return err
	}
	changes, err := s.Changes(p.ctx, v.Study)
	if err != nil {
		return err
	}
	cases, err := s.Assignable(p.ctx, v.Study, nil, store.CaseFilter{State: annotations.Available, Limit: v.Most})
	if err != nil {
		return err
	}
	var planned []annotations.PlannedCase
	strata := map[annotations.CaseID]string{}
	for _, k := range cases {
		strata[k.ID] = k.Stratum
		planned = append(planned, annotations.PlannedCase{ID: k.ID, Stratum: k.Stratum, Group: k.Stratum + "\x1f" + k.Period, Given: k.Given})
	}
	plan := annotations.Plan(planned, coders, annotations.Overlap{Share: v.Double / 100, Least: v.Least}, v.Blocks, v.Seed)
	rows, given := [][]string{}, []store.NewAssignment{}
	for _, k := range plan {
		rows = append(rows, []string{string(k.Case), strata[k.Case], strconv.Itoa(k.Block + 1), logins[k.Coder]})
		given = append(given, store.NewAssignment{Case: k.Case, Coder: k.Coder, Round: v.Round})
	}
	if !v.DryRun && len(given) > 0 {
		how := store.AssignmentPlan{Changes: changes, Seed: v.Seed, Round: v.Round, Share: v.Double / 100, Least: v.Least, Blocks: v.Blocks, Quotas: v.Quota, Reason: v.Reason}
		if err := s.AssignPlan(p.ctx, auth.Actor{}, v.Study, how, given); err != nil {
			return p.reportInWords(err)
		}
	}
	type line struct {
		Case    string `json:"case_id"`
		Stratum string `json:"stratum"`
		Block   string `json:"block"`
		Coder   string `json:"coder"`
	}
	lines := []line{}
	for _, r := range rows {
		lines = append(lines, line{r[0], r[1], r[2], r[3]})
	}
	return v.print(p.stdout, []string{"case_id", "stratum", "block", "coder"}, rows, lines)
}

// coders finds the people of the flags; all that are unknown are said at once.
func (v studyAssignVerb) coders(p process, s *store.Store) ([]annotations.PlannedCoder, map[int64]string, error) {
	members, err := s.Members(p.ctx, v.Study)
	if err != nil {
		return nil, nil, err
	}
	var list []annotations.PlannedCoder
	logins, found := map[int64]string{}, map[string]bool{}
	for _, m := range members {
		login := strings.ToLower(m.User.Login)
		chosen := len(v.Coder) == 0 || slices.ContainsFunc(v.Coder, func(c string) bool { return strings.ToLower(c) == login })
		if chosen && slices.Contains(m.Roles, auth.Coder) && !m.User.Disabled() {
			list = append(list, annotations.PlannedCoder{ID: m.User.ID, Quota: v.Quota[m.User.Login]})
			logins[m.User.ID], found[login] = m.User.Login, true
		}
	}
	var problems []error
	for _, c := range v.Coder {
		if !found[strings.ToLower(c)] {
			problems = append(problems, fmt.Errorf("--coder: the study has no coder %q", c))
		}
	}
	for c, n := range v.Quota {
		if !found[strings.ToLower(c)] || n < 1 {
			problems = append(problems, fmt.Errorf("--quota: %q gets no cases, or a number below 1", c))
		}
	}
	if len(list) == 0 && problems == nil {
		problems = append(problems, errors.New("the study has no coders; give somebody the role first"))
	}
	if problems != nil {
		return nil, nil, p.report(errors.Join(problems...))
	}
	return list, logins, nil
}
