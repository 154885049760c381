package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// deletedOn says what is left of a passage whose text was deleted.
func (c *call) deletedOn(at time.Time) string {
	return c.say("document.deleted", "date", c.pages.Catalogue(c.lang).Date(at))
}

// A deletionRun is a deletion of texts that goes on beside its page.
type deletionRun struct {
	mu       sync.Mutex
	ended    chan struct{} // nil or closed: none is under way
	done, of int           // cases
	err      error
}

// now reports whether a deletion is under way, how far it is, and why the
// last one was broken off.
func (r *deletionRun) now() (running bool, done, of int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.ended:
	default:
		running = r.ended != nil
	}
	return running, r.done, r.of, r.err
}

// begin does work beside the request unless a deletion is under way already,
// and returns what is closed when it ends.
func (r *deletionRun) begin(work func(progress func(done, of int)) error, on *sync.WaitGroup) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.ended:
	default:
		if r.ended != nil {
			return r.ended
		}
	}
	ended := make(chan struct{})
	r.ended, r.done, r.of, r.err = ended, 0, 0, nil
	on.Go(func() {
		err := work(func(done, of int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.done, r.of = done, of
		})
		r.mu.Lock()
		defer r.mu.Unlock()
		r.err = err
		close(ended)
	})
	return ended
}

// tendEvery is how often a server looks whether texts are due to go.
const tendEvery = time.Hour

// Tend does what has its day, until ctx ends: it carries out the deletions
// that are due, removes files that were kept from before an upgrade, and forgets uploads that nobody confirmed.
func (s *Server) Tend(ctx context.Context) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		s.imports.sweep(s.now())
		done, err := s.store.DeleteDue(ctx, auth.Actor{}, "", store.Deleting{Uploads: s.imports.forget})
		if err := s.store.DropOldFiles(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("files from before an upgrade", "error", err)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("deletion of texts", "error", err)
		}
		if len(done) > 0 {
			s.log.Info("texts deleted", "certificates", len(done))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

type retentionPage struct {
	web.Frame
	Action, DPIA                    string
	MayRetain, MayHold              bool
	MayAsk, MayConfirm              bool
	Running                         bool
	Done, Of                        int
	Failed                          web.Message
	Plans                           []retentionLine
	Due                             int // documents that go at the next run
	Holds                           []store.Hold
	Erasures                        []erasureLine
	Deletions                       []store.Deletion
	Backups                         []store.Backup
	Bases, Periods                  []web.Option
	Plan                            store.RetentionPlan // as it was typed
	Days                            string
	HoldCase, HoldReason            string
	EraseCase, EraseReason, Refresh string
}

type retentionLine struct {
	store.RetentionPlan
	Due []store.DuePeriod
}

type erasureLine struct {
	store.Erasure
	Own bool // asked for by the reader
}

// retention shows what is to be deleted, what may not be, and what was.
func (c *call) retention() error {
	return c.retentionAgain(http.StatusOK, retentionPage{Plan: store.RetentionPlan{Basis: store.AfterRelease}, Days: "180"}, nil)
}

func (c *call) retentionAgain(status int, p retentionPage, problems []web.Problem) (err error) {
	p.Frame, p.Problems, p.Action = c.frame(here("retention.title")), problems, c.studyPath("retention")
	p.DPIA = c.studyPath("dpia")
	p.MayRetain, p.MayHold, p.MayAsk, p.MayConfirm = c.may(auth.Retain), c.may(auth.HoldTexts), c.may(auth.AskErasure), c.may(auth.ConfirmErasure)
	var failed error
	p.Running, p.Done, p.Of, failed = c.deletions.now()
	switch {
	case errors.Is(failed, store.ErrInUse):
		p.Failed = web.Say("retention.in_use")
	case failed != nil:
		p.Failed = web.Say("retention.failed")
	}
	plans, err := c.store.RetentionPlans(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, plan := range plans {
		line := retentionLine{RetentionPlan: plan}
		if plan.Ended == "" {
			if line.Due, err = c.store.DuePeriods(c.ctx(), plan); err != nil {
				return err
			}
			for _, d := range line.Due {
				if !d.On.IsZero() && !c.now().Before(d.On) && d.OnHold < d.Cases {
					p.Due += d.Documents
				}
			}
		}
		p.Plans = append(p.Plans, line)
	}
	if p.Holds, err = c.store.Holds(c.ctx(), c.study.ID); err != nil {
		return err
	}
	erasures, err := c.store.Erasures(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, e := range erasures {
		p.Erasures = append(p.Erasures, erasureLine{e, e.AskedBy == c.actor.ID})
	}
	if p.Deletions, err = c.store.Deletions(c.ctx(), c.study.ID); err != nil {
		return err
	}
	if p.Backups, err = c.store.Backups(c.ctx(), c.now()); err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	if _, _, p.Periods, err = c.filterOptions(book); err != nil {
		return err
	}
	p.Periods[0].Label = web.Say("retention.every_period")
	p.Bases = []web.Option{{Value: store.AfterRelease, Label: web.Say("retention.basis.release")}, {Value: store.OnDate, Label: web.Say("retention.basis.date")}}
	return c.pageStatus(status, "retention", p)
}

// retentionDone leads back to the page, or shows it again with what is wrong.
func (c *call) retentionDone(err error, typed retentionPage, done web.Message) error {
	switch {
	case errors.Is(err, store.ErrSameErasing):
		err = &annotations.InvalidError{Key: "retention.same_person"}
	case errors.Is(err, store.ErrOnHold):
		err = &annotations.InvalidError{Key: "retention.on_hold"}
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		if typed.Plan.Basis == "" {
			typed.Plan.Basis, typed.Days = store.AfterRelease, "180"
		}
		return c.retentionAgain(http.StatusUnprocessableEntity, typed, problems)
	}
	return c.redirect(c.studyPath("retention"), done)
}

func (c *call) planDeletion() error {
	plan := store.RetentionPlan{Study: c.study.ID, Period: c.PostForm("period"), Basis: c.PostForm("basis"), DueOn: c.PostForm("due_on"), Reason: c.PostForm("reason")}
	typed := retentionPage{Plan: plan, Days: c.PostForm("days")}
	err := c.screened("reason", plan.Reason)
	if err == nil && plan.Basis == store.AfterRelease {
		if plan.Days, err = strconv.Atoi(typed.Days); err != nil {
			err = &annotations.InvalidError{Field: "days", Key: "retention.days.invalid"}
		}
	}
	if err == nil {
		err = c.store.PlanDeletion(c.ctx(), c.actor, plan)
	}
	return c.retentionDone(err, typed, web.Say("retention.planned"))
}

func (c *call) withdrawPlan() error {
	id, err := c.pathID("plan")
	if err == nil {
		err = c.store.WithdrawPlan(c.ctx(), c.actor, c.study.ID, id)
	}
	return c.retentionDone(err, retentionPage{}, web.Say("retention.withdrawn"))
}

// runDeletions carries out what is due now. It goes on beside the page.
func (c *call) runDeletions() error {
	s, who, study := c.Server, c.actor, c.study.ID
	ended := c.deletions.begin(func(progress func(done, of int)) error {
		_, err := s.store.DeleteDue(s.imports.ctx, who, study, store.Deleting{Uploads: s.imports.forget, Progress: progress})
		if err != nil {
			s.log.Error("deletion of texts", "error", err)
		}
		return err
	}, &s.imports.work)
	timer := time.NewTimer(importMoment)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	case <-c.ctx().Done():
	}
	return c.redirect(c.studyPath("retention"), web.Message{})
}

func (c *call) setHold() error {
	typed := retentionPage{HoldCase: c.PostForm("hold_case"), HoldReason: c.PostForm("hold_reason")}
	err := c.screened("hold_reason", typed.HoldReason)
	if err == nil {
		err = c.store.SetHold(c.ctx(), c.actor, c.study.ID, annotations.CaseID(typed.HoldCase), typed.HoldReason)
	}
	return c.retentionDone(err, typed, web.Say("retention.hold.done"))
}

func (c *call) liftHold() error {
	id, err := c.pathID("hold")
	if err == nil {
		err = c.store.LiftHold(c.ctx(), c.actor, c.study.ID, id)
	}
	return c.retentionDone(err, retentionPage{}, web.Say("retention.hold.lifted"))
}

func (c *call) askErasure() error {
	typed := retentionPage{EraseCase: c.PostForm("erase_case"), EraseReason: c.PostForm("erase_reason")}
	err := c.screened("erase_reason", typed.EraseReason)
	if err == nil {
		err = c.store.AskErasure(c.ctx(), c.actor, c.study.ID, annotations.CaseID(typed.EraseCase), typed.EraseReason)
	}
	return c.retentionDone(err, typed, web.Say("retention.erasure.asked", "case", typed.EraseCase))
}

func (c *call) confirmErasure() error {
	id, err := c.pathID("erasure")
	if err != nil {
		return err
	}
	_, err = c.store.ConfirmErasure(c.ctx(), c.actor, c.study.ID, id, store.Deleting{Uploads: c.imports.forget})
	return c.retentionDone(err, retentionPage{}, web.Say("retention.erasure.done"))
}

func (c *call) withdrawErasure() error {
	id, err := c.pathID("erasure")
	if err == nil {
		err = c.store.WithdrawErasure(c.ctx(), c.actor, c.study.ID, id)
	}
	return c.retentionDone(err, retentionPage{}, web.Say("retention.erasure.withdrawn"))
}

type certificatePage struct {
	web.Frame
	Deletion store.Deletion
	Finished bool
	store.Certificate
	JSON, CSV string
}

func (c *call) deletion() (store.Deletion, error) {
	id, err := c.pathID("deletion")
	if err != nil {
		return store.Deletion{}, err
	}
	return c.store.Deletion(c.ctx(), c.study.ID, id)
}

// certificate shows what was deleted, as a page to print.
func (c *call) certificate() error {
	x, err := c.deletion()
	if err != nil {
		return err
	}
	p := certificatePage{Frame: c.frame(web.Link{Href: c.studyPath("retention"), Label: web.Say("retention.title")}, web.Link{Label: web.Say("certificate.title", "n", x.ID)}),
		Deletion: x, Finished: !x.FinishedAt.IsZero(),
		JSON: c.studyPath("retention", "certificates", strconv.FormatInt(x.ID, 10), "json"), CSV: c.studyPath("retention", "certificates", strconv.FormatInt(x.ID, 10), "csv")}
	if p.Finished {
		if err := json.Unmarshal(x.Certificate, &p.Certificate); err != nil {
			return err
		}
	}
	return c.page("certificate", p)
}

// certificateFile hands out the certificate as it was written, or the list of
// the documents of which it has the hash.
func (c *call) certificateFile() error {
	x, err := c.deletion()
	if err != nil {
		return err
	}
	name := c.study.ID + "-deletion-" + strconv.FormatInt(x.ID, 10)
	switch c.Param("format") {
	case "json":
		if x.FinishedAt.IsZero() {
			return annotations.ErrNotFound
		}
		c.Header("Content-Disposition", `attachment; filename="`+name+`.json"`)
		c.Data(http.StatusOK, "application/json", x.Certificate)
		return nil
	case "csv":
		var b bytes.Buffer
		if err := c.store.WriteDeleted(c.ctx(), &b, x.ID); err != nil {
			return err
		}
		c.Header("Content-Disposition", `attachment; filename="`+name+`.csv"`)
		c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
		return nil
	}
	return annotations.ErrNotFound
}

// apiDeleted tells a browser of which of the assignments that it keeps
// something the texts were deleted, or the whole case. Only assignments of the
// actor's own are told of.
func (c *call) apiDeleted() error {
	var in struct {
		Assignments []int64 `json:"assignments"`
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	if len(in.Assignments) > 1000 {
		in.Assignments = in.Assignments[:1000]
	}
	documents, erased, err := c.store.DeletedOf(c.ctx(), c.actor, in.Assignments)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, map[string]any{"documents": documents, "erased": erased})
}
