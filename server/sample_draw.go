package server

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/estimate"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// mostValues is the number of values up to which a column of the frame is
// offered for dividing strata.
const mostValues = 12

// drawForm is the form of a draw as it was typed, with what it would give.
type drawForm struct {
	DividedBy, Allocation, Size, Seed, Reason string

	Columns, Allocations []web.Option
	Preview              *drawPreview // nil before it was asked for
}

// A drawPreview is a draw before it is made.
type drawPreview struct {
	Size    int
	Strata  []quotaLine
	ByHand  bool
	Expects []expectation
	Chart   web.Chart // of the newest period; nil when it has no interval
	Hash    string
}

type quotaLine struct {
	annotations.Quota
	Name   string  // of the input
	Weight float64 // 0 when nothing is drawn
}

// An expectation is how precise a share will be in one region and period, or
// in the nation.
type expectation struct {
	Region, Period string // region empty: the nation
	Size           int
	Half, Fifth    estimate.Interval // around 50 and 20 percent
	Few            bool              // too little to publish
}

func newDrawForm() *drawForm {
	return &drawForm{Allocation: string(annotations.AllocateEqual), Seed: strconv.FormatUint(uint64(rand.Uint32N(900_000)+100_000), 10)}
}

func (f *drawForm) options(frame []annotations.FrameCase) {
	f.Columns = []web.Option{{Label: web.Say("sample.by.none")}}
	for _, name := range annotations.Columns(frame, mostValues) {
		f.Columns = append(f.Columns, web.Option{Value: name, Label: web.Text(name)})
	}
	f.Allocations = nil
	for _, a := range annotations.Allocations {
		f.Allocations = append(f.Allocations, web.Option{Value: string(a), Label: web.Say("sample.allocation." + string(a))})
	}
}

// draw shows what a draw would give, and makes it when what was shown is what
// it would be now.
func (c *call) draw() error {
	frame, elsewhere, err := c.store.UndrawnFrame(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	if elsewhere || len(frame) == 0 {
		return c.sampleAgain(http.StatusUnprocessableEntity, samplePage{}, []web.Problem{{Text: web.Say("sample.nothing")}})
	}
	form, order, problems := c.readDrawForm(frame)
	if problems == nil {
		form.Preview = c.previewDraw(frame, order)
	}
	again := func(status int, problems []web.Problem) error {
		return c.sampleAgain(status, samplePage{Draw: form}, problems)
	}
	switch shown := c.PostForm("plan"); {
	case problems != nil:
		return again(http.StatusUnprocessableEntity, problems)
	case c.PostForm("commit") == "":
		return again(http.StatusOK, nil)
	case shown != form.Preview.Hash:
		return again(http.StatusUnprocessableEntity, []web.Problem{{Text: web.Say("sample.other_plan")}})
	}
	if problems, err = c.problems(c.store.Draw(c.ctx(), c.actor, c.study.ID, order)); err != nil {
		return err
	}
	if problems != nil {
		return again(http.StatusUnprocessableEntity, problems)
	}
	return c.redirect(c.studyPath("sample"), web.SayN("sample.done", form.Preview.Size))
}

// readDrawForm reads the form, with all that is wrong with it. A division by
// hand starts from an equal one.
func (c *call) readDrawForm(frame []annotations.FrameCase) (*drawForm, store.DrawOrder, []web.Problem) {
	form := &drawForm{DividedBy: c.PostForm("by"), Allocation: c.PostForm("allocation"), Size: strings.TrimSpace(c.PostForm("size")),
		Seed: strings.TrimSpace(c.PostForm("seed")), Reason: strings.TrimSpace(c.PostForm("why"))}
	order := store.DrawOrder{DividedBy: form.DividedBy, Allocation: annotations.Allocation(form.Allocation), Reason: form.Reason}
	var problems []web.Problem
	add := func(field, key string, pairs ...any) {
		problems = append(problems, web.Problem{Field: field, Text: web.Say(key, pairs...)})
	}
	if form.DividedBy != "" && !slices.Contains(annotations.Columns(frame, mostValues), form.DividedBy) {
		add("by", "sample.by.invalid")
		order.DividedBy = ""
	}
	if !slices.Contains(annotations.Allocations, order.Allocation) {
		add("allocation", "sample.allocation.invalid")
	}
	var err error
	if order.Seed, err = strconv.ParseUint(form.Seed, 10, 63); err != nil {
		add("seed", "assign.seed.invalid")
	}
	if len([]rune(form.Reason)) > 400 {
		add("why", "sample.why.long")
	}
	if told, err := c.problems(c.screened("why", form.Reason)); err == nil {
		problems = append(problems, told...)
	}
	quotas := annotations.Quotas(frame, order.DividedBy)
	if order.Allocation == annotations.AllocateByHand && c.byHand(quotas) {
		for i := range quotas {
			text := strings.TrimSpace(c.PostForm(quotaName(quotas[i].Stratum)))
			quotas[i].Size, err = strconv.Atoi(text)
			if err != nil || quotas[i].Check() != nil {
				add("size", "sample.quota.invalid", "stratum", quotas[i].Stratum, "least", quotas[i].Least(), "most", quotas[i].Frame)
			}
		}
		order.Quotas = quotas
		return form, order, problems
	}
	size, err := strconv.Atoi(form.Size)
	if err != nil {
		add("size", "sample.size.required")
		return form, order, problems
	}
	var wrong *annotations.SizeError
	if order.Quotas, err = annotations.Allocate(quotas, order.Allocation, size); errors.As(err, &wrong) {
		add("size", "sample.size.invalid", "least", wrong.Least, "most", wrong.Most)
	}
	return form, order, problems
}

// byHand reports whether the form has a number for every stratum.
func (c *call) byHand(quotas []annotations.Quota) bool {
	return !slices.ContainsFunc(quotas, func(q annotations.Quota) bool {
		_, given := c.GetPostForm(quotaName(q.Stratum))
		return !given
	})
}

func quotaName(stratum string) string { return "quota " + stratum }

// previewDraw says what an order will give.
func (c *call) previewDraw(frame []annotations.FrameCase, order store.DrawOrder) *drawPreview {
	p := &drawPreview{ByHand: order.Allocation == annotations.AllocateByHand}
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %s %d\n", order.DividedBy, order.Allocation, order.Seed)
	for _, q := range order.Quotas {
		p.Size += q.Size
		line := quotaLine{Quota: q, Name: quotaName(q.Stratum)}
		if q.Size > 0 {
			line.Weight = float64(q.Frame) / float64(q.Size)
		}
		p.Strata = append(p.Strata, line)
		fmt.Fprintf(hash, "%q %d %d\n", q.Stratum, q.Frame, q.Size)
	}
	p.Hash = hex.EncodeToString(hash.Sum(nil))
	p.Expects = expectations(frame, order)
	p.Chart = c.expectedChart(p.Expects)
	return p
}

// expectedChart draws the intervals around 50 percent of the newest period, the
// nation as a band.
func (c *call) expectedChart(list []expectation) web.Chart {
	if len(list) == 0 {
		return nil
	}
	period := list[len(list)-1].Period
	chart := web.Dots{Title: c.in(web.Say("sample.expected_chart", "period", period)), Axis: web.Axis{Max: 1, Percent: true}}
	for _, e := range list {
		if e.Period != period || e.Half.Undefined != "" {
			continue
		}
		interval := &web.Interval{Value: 0.5, Low: e.Half.Lower, High: e.Half.Upper}
		row := web.DotRow{Label: e.Region, Interval: interval}
		if e.Region == "" {
			row.Label, chart.Band = strings.TrimSpace(c.say("sample.nation")+" "+period), interval
		}
		chart.Rows = append(chart.Rows, row)
	}
	if len(chart.Rows) == 0 {
		return nil
	}
	return chart
}

// expectations returns how precise shares will be: of the nation by period,
// then of each region. Strata of cases of several regions or periods count
// where all of them are.
func expectations(frame []annotations.FrameCase, order store.DrawOrder) []expectation {
	type place struct{ region, period string }
	home := map[string]place{} // of a stratum; empty where it has several
	for _, f := range frame {
		name, here := f.In(order.DividedBy), place{f.Region, f.Period}
		was, seen := home[name]
		if seen && was.region != here.region {
			here.region = ""
		}
		if seen && was.period != here.period {
			here.period = ""
		}
		home[name] = here
	}
	draws := map[place][]estimate.Draw{}
	for _, q := range order.Quotas {
		d, h := estimate.Draw{Stratum: q.Stratum, Population: q.Frame, Sampled: q.Size}, home[q.Stratum]
		draws[place{"", h.period}] = append(draws[place{"", h.period}], d)
		if h.region != "" {
			draws[h] = append(draws[h], d)
		}
	}
	least := estimate.DefaultThresholds.Published
	var list []expectation
	for at, d := range draws {
		e := expectation{Region: at.region, Period: at.period,
			Half: estimate.Expect(d, 0.5, exports.Level), Fifth: estimate.Expect(d, 0.2, exports.Level)}
		for _, s := range d {
			e.Size += s.Sampled
		}
		e.Few = e.Size < least.N || e.Half.Width() >= least.Width
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b expectation) int {
		return cmp.Or(cmp.Compare(a.Period, b.Period), cmp.Compare(a.Region, b.Region))
	})
	return list
}
