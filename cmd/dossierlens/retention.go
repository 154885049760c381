package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// retentionVerb deletes texts when they are due. Erasing a whole case takes
// two people and is done in the browser.
type retentionVerb struct {
	Plan retentionPlanVerb `cmd:"" help:"Plan that the texts of a study go: on a day, or some days after their release."`
	List retentionListVerb `cmd:"" help:"List plans and certificates of a study."`
	Run  retentionRunVerb  `cmd:"" help:"Delete the texts that are due and print the certificates."`
}

type retentionPlanVerb struct {
	study
	On           string `placeholder:"DATE" help:"Day on which the texts go, as 2026-06-30."`
	AfterRelease *int   `placeholder:"DAYS" help:"Days after the first release of their period."`
	Period       string `placeholder:"PERIOD" help:"Only the cases of this period; without it, all."`
	Reason       string `required:"" help:"Why; it stands in the certificate."`
}

// Validate asks for one of the two.
func (v retentionPlanVerb) Validate() error {
	if (v.On == "") == (v.AfterRelease == nil) {
		return errors.New("give either --on or --after-release")
	}
	if _, err := time.Parse(time.DateOnly, v.On); v.On != "" && err != nil {
		return fmt.Errorf("--on: %q is no day; write it as 2026-06-30", v.On)
	}
	if v.AfterRelease != nil && (*v.AfterRelease < 0 || *v.AfterRelease > 3650) {
		return errors.New("--after-release: give 0 to 3650 days")
	}
	return nil
}

func (v retentionPlanVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	plan := store.RetentionPlan{Study: v.Study, Period: v.Period, Basis: store.OnDate, DueOn: v.On, Reason: v.Reason}
	if v.AfterRelease != nil {
		plan.Basis, plan.Days = store.AfterRelease, *v.AfterRelease
	}
	if err := s.PlanDeletion(p.ctx, auth.Actor{}, plan); err != nil {
		return inWords(err)
	}
	_, err = fmt.Fprintln(p.stdout, "planned; a server carries it out on its day, or \"dossierlens retention run\"")
	return err
}

type retentionListVerb struct {
	study
	output
}

// A listedRetention is a plan's period, or a deletion, as it is printed.
type listedRetention struct {
	Kind      string `json:"kind"` // "plan" or "deletion"
	Number    int64  `json:"number"`
	Period    string `json:"period"`
	Documents int    `json:"documents"`
	OnHold    int    `json:"cases_on_hold"`
	State     string `json:"state"` // a day, "waits", "done", "withdrawn" or "unfinished"
	SHA256    string `json:"sha256"`
}

func (v retentionListVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	plans, err := s.RetentionPlans(p.ctx, v.Study)
	if err != nil {
		return err
	}
	list := []listedRetention{}
	for _, plan := range plans {
		if plan.Ended != "" {
			list = append(list, listedRetention{Kind: "plan", Number: plan.ID, Period: plan.Period, State: plan.Ended})
			continue
		}
		due, err := s.DuePeriods(p.ctx, plan)
		if err != nil {
			return err
		}
		for _, d := range due {
			state := "waits"
			if !d.On.IsZero() {
				state = d.On.Format(time.DateOnly)
			}
			list = append(list, listedRetention{Kind: "plan", Number: plan.ID, Period: d.Period, Documents: d.Documents, OnHold: d.OnHold, State: state})
		}
	}
	deletions, err := s.Deletions(p.ctx, v.Study)
	if err != nil {
		return err
	}
	for _, x := range deletions {
		state := "unfinished"
		if !x.FinishedAt.IsZero() {
			state = x.FinishedAt.Format(time.DateOnly)
		}
		list = append(list, listedRetention{Kind: "deletion", Number: x.ID, State: state, SHA256: x.SHA256})
	}
	rows := [][]string{}
	for _, l := range list {
		rows = append(rows, []string{l.Kind, strconv.FormatInt(l.Number, 10), l.Period, strconv.Itoa(l.Documents), strconv.Itoa(l.OnHold), l.State, l.SHA256})
	}
	return v.print(p.stdout, []string{"kind", "number", "period", "documents", "on hold", "state", "sha256"}, rows, list)
}

type retentionRunVerb struct {
	study
}

func (v retentionRunVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	with := store.Deleting{}
	// A server forgets uploads by itself; what one left behind that was killed
	// goes here.
	if unlock, err := lockFolder(v.Data); err == nil {
		defer unlock()
		with.Uploads = func(string) (int, error) { return removeUploads(filepath.Join(v.Data, "tmp")) }
	}
	show, hide := p.progress("cases deleted")
	with.Progress = show
	done, err := s.DeleteDue(p.ctx, auth.Actor{}, v.Study, with)
	hide()
	if err != nil {
		return err
	}
	for _, x := range done {
		if _, err := fmt.Fprintf(p.stdout, "%s\n", x.Certificate); err != nil {
			return err
		}
	}
	if len(done) == 0 {
		_, err = fmt.Fprintln(p.stderr, "nothing is due")
	}
	return err
}

// removeUploads empties the folder of uploads and returns how many these were.
func removeUploads(dir string) (int, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return len(files), errors.Join(err, os.RemoveAll(dir))
}
