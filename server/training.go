package server

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/estimate"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type trainingPage struct {
	web.Frame
	Action    string
	Accuracy  string // of the gate in percent, as typed
	Cases     string
	Gate      annotations.Gate
	Practice  int // cases
	Gold      int // of these, with a gold standard
	Coders    []trainingLine
	Chart     web.Chart
	Variables []variableAccuracy // those that went wrong most, first
	Links     []web.Link
}

type trainingLine struct {
	store.CoderTraining
	Href   string
	Action string // empty for one's own
}

// A variableAccuracy is how a variable is answered in practice.
type variableAccuracy struct {
	Number, Label, Rule string
	annotations.Accuracy
	Missed []missedAnswer
}

// A missedAnswer is an answer that is not as in the gold standard.
type missedAnswer struct {
	Case, Href  string
	Gold, Given string
}

// training shows how far coders are in training, and takes the lead's word.
func (c *call) training() error { return c.trainingAgain(http.StatusOK, nil) }

func (c *call) trainingAgain(status int, problems []web.Problem) error {
	p := trainingPage{Frame: c.frame(web.Link{Href: c.studyPath("assign"), Label: web.Say("assign.title")}, here("training.title")), Action: c.studyPath("training"),
		Links: []web.Link{{Href: c.studyPath("assign"), Label: web.Say("assign.title")}, {Href: c.studyPath("rounds"), Label: web.Say("rounds.title")}}}
	p.Problems = problems
	var err error
	if p.Gate, err = c.store.TrainingGate(c.ctx(), c.study.ID); err != nil {
		return err
	}
	p.Accuracy, p.Cases = fmt.Sprintf("%.0f", 100*p.Gate.Accuracy), strconv.Itoa(p.Gate.Cases)
	if problems != nil && c.PostForm("accuracy") != "" {
		p.Accuracy, p.Cases = c.PostForm("accuracy"), c.PostForm("cases")
	}
	if p.Practice, p.Gold, err = c.store.GoldCases(c.ctx(), c.study.ID); err != nil {
		return err
	}
	list, err := c.store.Training(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	chart := web.Dots{Title: c.in(web.Say("training.chart")), Axis: web.Axis{Max: 1, Percent: true}}
	if p.Gate.On() {
		chart.Band = &web.Interval{Value: p.Gate.Accuracy, Low: p.Gate.Accuracy, High: 1}
	}
	for _, t := range list {
		line := trainingLine{CoderTraining: t, Href: c.studyPath("training", strconv.FormatInt(t.Coder, 10))}
		if t.Coder != c.actor.ID {
			line.Action = line.Href
		}
		p.Coders = append(p.Coders, line)
		row := web.DotRow{Label: t.Name, Note: c.in(web.Say("training.nothing"))}
		if share, ok := t.Accuracy.Share(); ok {
			e := estimate.Wilson(t.Accuracy.Right, t.Accuracy.Asked, exports.Level)
			row.Interval = &web.Interval{Value: share, Low: e.Lower, High: e.Upper}
		}
		chart.Rows = append(chart.Rows, row)
	}
	if p.Gold > 0 {
		p.Chart = chart
	}
	if p.Variables, err = c.variableAccuracies(0, false); err != nil {
		return err
	}
	return c.pageStatus(status, "training", p)
}

// variableAccuracies are the core variables in codebook order, or those that
// went wrong most first when one coder is not meant. For one coder the answers
// that are wrong stand with them, and rules leads to where they can be read.
func (c *call) variableAccuracies(coder int64, own bool) ([]variableAccuracy, error) {
	book, err := c.codebook()
	if err != nil {
		return nil, err
	}
	var codings []annotations.PracticeCoding
	for k, err := range c.store.Practice(c.ctx(), c.study.ID, coder) {
		if err != nil {
			return nil, err
		}
		codings = append(codings, k)
	}
	list := c.judge(book, codings, own, c.studyPath("codebook"))
	if coder == 0 {
		slices.SortStableFunc(list, func(a, b variableAccuracy) int { return (b.Asked - b.Right) - (a.Asked - a.Right) })
	}
	return list, nil
}

// judge lays practice codings beside the gold standard, by variable.
func (c *call) judge(book *codebook.Codebook, codings []annotations.PracticeCoding, own bool, rules string) []variableAccuracy {
	of := map[string]*variableAccuracy{}
	for _, k := range codings {
		for _, j := range k.Judge(book) {
			v := of[j.Variable.ID]
			if v == nil {
				v = &variableAccuracy{}
				of[j.Variable.ID] = v
			}
			v.Accuracy = v.Accuracy.Add(j.Right)
			if !j.Right {
				href := c.studyPath("cases", string(k.Case.ID))
				if own {
					href = fmt.Sprintf("/code/%d", k.Assignment)
				}
				v.Missed = append(v.Missed, missedAnswer{string(k.Case.ID), href, answerLabel(book, j.Variable, j.Gold, c.lang), answerLabel(book, j.Variable, j.Given, c.lang)})
			}
		}
	}
	var list []variableAccuracy
	for i, s := range book.Sections {
		for j, v := range s.Variables {
			if a := of[v.ID]; a != nil {
				a.Number, a.Label, a.Rule = numbered(i, j), v.Label.In(c.lang), rules+"#v-"+v.ID
				list = append(list, *a)
			}
		}
	}
	return list
}

// setTrainingGate takes what the study asks before production.
func (c *call) setTrainingGate() error {
	var problems []web.Problem
	percent, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(c.PostForm("accuracy")), ",", ".", 1), 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		problems = append(problems, web.Problem{Field: "accuracy", Text: web.Say("training.accuracy.invalid")})
	}
	cases, err := strconv.Atoi(strings.TrimSpace(c.PostForm("cases")))
	if err != nil {
		problems = append(problems, web.Problem{Field: "cases", Text: web.Say("training.cases.invalid")})
	}
	if problems == nil {
		err := c.store.SetTrainingGate(c.ctx(), c.actor, c.study.ID, annotations.Gate{Accuracy: percent / 100, Cases: cases})
		if problems, err = c.problems(err); err != nil {
			return err
		}
	}
	if problems != nil {
		return c.trainingAgain(http.StatusUnprocessableEntity, problems)
	}
	return c.redirect(c.studyPath("training"), web.Say("training.gate_set"))
}

// clearCoder takes the lead's word on a coder's release.
func (c *call) clearCoder() error {
	coder, err := c.pathID("user")
	if err != nil {
		return err
	}
	reason, cleared := c.PostForm("reason"), c.PostForm("cleared") == "on"
	if err = c.screened("reason", reason); err == nil {
		err = c.store.Clear(c.ctx(), c.actor, c.study.ID, coder, cleared, reason)
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.coderTrainingAgain(http.StatusUnprocessableEntity, coder, problems)
	}
	done := "training.cleared"
	if !cleared {
		done = "training.barred"
	}
	return c.redirect(c.studyPath("training"), web.Say(done))
}

type coderTrainingPage struct {
	web.Frame
	Coder     trainingLine
	Gate      annotations.Gate
	Variables []variableAccuracy
	Chart     web.Chart
	Reason    string // as typed
}

// coderTraining is the report of one coder: accuracy by core variable, where it
// went wrong, and the rules that say how it should be.
func (c *call) coderTraining() error {
	coder, err := c.pathID("user")
	if err != nil {
		return err
	}
	return c.coderTrainingAgain(http.StatusOK, coder, nil)
}

func (c *call) coderTrainingAgain(status int, coder int64, problems []web.Problem) error {
	list, err := c.store.Training(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(t store.CoderTraining) bool { return t.Coder == coder })
	if at < 0 {
		return annotations.ErrNotFound
	}
	p := coderTrainingPage{Frame: c.frame(web.Link{Href: c.studyPath("training"), Label: web.Say("training.title")}, web.Link{Label: web.Text(list[at].Name)}),
		Coder: trainingLine{CoderTraining: list[at]}, Reason: c.PostForm("reason")}
	p.Problems = problems
	if coder != c.actor.ID {
		p.Coder.Action = c.studyPath("training", strconv.FormatInt(coder, 10))
	}
	if p.Gate, err = c.store.TrainingGate(c.ctx(), c.study.ID); err != nil {
		return err
	}
	if p.Variables, err = c.variableAccuracies(coder, false); err != nil {
		return err
	}
	p.Chart = c.accuracyChart(p.Variables, p.Gate)
	return c.pageStatus(status, "training_coder", p)
}

// accuracyChart draws the accuracy of each variable that went wrong at least
// once; the table beside it has all of them.
func (c *call) accuracyChart(list []variableAccuracy, gate annotations.Gate) web.Chart {
	chart := web.Dots{Title: c.in(web.Say("training.chart_variables")), Axis: web.Axis{Max: 1, Percent: true}}
	if gate.On() {
		chart.Band = &web.Interval{Value: gate.Accuracy, Low: gate.Accuracy, High: 1}
	}
	for _, v := range list {
		share := v.Value()
		if v.Right == v.Asked {
			continue
		}
		chart.Rows = append(chart.Rows, web.DotRow{Label: v.Number, Interval: &web.Interval{Value: share, Low: share, High: share}})
	}
	if chart.Rows == nil {
		return nil
	}
	return chart
}

type feedbackPage struct {
	web.Frame
	Case      string
	Accuracy  annotations.Accuracy
	Gold      bool
	Variables []variableAccuracy
	Gate      annotations.Gate
}

// feedback shows a coder their own practice case beside the gold standard,
// after they handed it in.
func (c *call) feedback() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	k, err := c.store.Feedback(c.ctx(), c.actor, id)
	if err != nil {
		return err
	}
	if c.study, err = c.store.Study(c.ctx(), k.Case.Study); err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := feedbackPage{Frame: c.frame(web.Link{Href: c.studyPath("work"), Label: web.Say("work.title")}, web.Link{Label: web.Text(string(k.Case.ID))}),
		Case: string(k.Case.ID), Gold: len(k.Gold) > 0, Variables: c.judge(book, []annotations.PracticeCoding{k}, true, c.studyPath("codebook"))}
	if p.Gate, err = c.store.TrainingGate(c.ctx(), c.study.ID); err != nil {
		return err
	}
	for _, v := range p.Variables {
		p.Accuracy.Right, p.Accuracy.Asked = p.Accuracy.Right+v.Right, p.Accuracy.Asked+v.Asked
	}
	return c.page("feedback", p)
}

// makeGold turns a settled case into a practice case.
func (c *call) makeGold() error {
	id := annotations.CaseID(c.Param("case"))
	problems, err := c.problems(c.store.MakeGold(c.ctx(), c.actor, c.study.ID, id))
	if err != nil {
		return err
	}
	if problems != nil {
		return c.caseAgain(http.StatusUnprocessableEntity, id, problems)
	}
	return c.redirect(c.studyPath("cases", string(id)), web.Say("training.gold_made"))
}
