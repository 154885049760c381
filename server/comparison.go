package server

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type differencesPage struct {
	web.Frame
	Queue     store.Queue
	Cases     []differenceLine
	More      int // cases that are not listed
	Panel     bool
	Action    string // of the form that says whether a panel decides
	Proposals string
}

type differenceLine struct {
	Case, Region, Period string
	Href                 string
	Open                 int
	Opened, Own          bool
}

// maxDifferences is the length of the queue that is shown.
const maxDifferences = 500

// differences is the queue of cases that wait for the lead.
func (c *call) differences() error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	list, err := c.store.Differences(c.ctx(), c.actor, c.study.ID, maxDifferences)
	if err != nil {
		return err
	}
	p := differencesPage{Frame: c.frame(here("differences.title")), Action: c.studyPath("differences", "panel"), Proposals: c.studyPath("proposals")}
	if p.Panel, err = c.store.Panel(c.ctx(), c.study.ID); err != nil {
		return err
	}
	if p.Queue, err = c.store.Queue(c.ctx(), c.study.ID); err != nil {
		return err
	}
	p.More = max(0, p.Queue.Waiting-len(list))
	for _, d := range list {
		p.Cases = append(p.Cases, differenceLine{Case: string(d.Case.ID), Region: regionLabel(book, d.Case.Region, c.lang), Period: d.Case.Period,
			Href: c.studyPath("compare", string(d.Case.ID)), Open: d.Open, Opened: d.Opened, Own: d.Own})
	}
	return c.page("differences", p)
}

// openComparison lays the codings of a case side by side, for good.
func (c *call) openComparison() error {
	id := annotations.CaseID(c.Param("case"))
	err := c.store.OpenComparison(c.ctx(), c.actor, c.study.ID, id)
	switch {
	case errors.Is(err, annotations.ErrDenied):
		return c.comparisonClosed(id, http.StatusForbidden, "compare.own")
	case errors.Is(err, annotations.ErrLocked):
		return c.comparisonClosed(id, http.StatusLocked, "compare.not_in")
	case err != nil:
		return err
	}
	return c.redirect(c.comparePath(id, c.PostForm("variable")), web.Message{})
}

func (c *call) comparePath(id annotations.CaseID, variable string) string {
	path := c.studyPath("compare", string(id))
	if variable != "" {
		path += "?variable=" + variable
	}
	return path
}

type comparisonPage struct {
	web.Frame
	Case, Region, Period string
	Action               string // of opening, while it is closed
	Queue                string
	Closed               bool
	Why                  web.Message // why it cannot be opened
	OnSite               bool
	Documents            []web.ComparedDocument
	Question             *comparedQuestion // nil when nothing is compared
	Form                 decisionForm
	Causes               []web.Option
	Phrases              []web.Message
	Open                 []comparedLine
	Rest                 []comparedLine
	Next, Previous       string // addresses of open differences
	Done                 bool
}

// A comparedQuestion is the variable that is looked at.
type comparedQuestion struct {
	Variable, Number, Label, Question, Instruction, Section string
	Hue                                                     int
	Kind                                                    string // choice, multi, number, date or text
	Options                                                 []web.Option
	Missing                                                 []web.Option
	Unit                                                    string
	Sides                                                   []comparedSide
	Third                                                   int  // the key of another answer
	Settled                                                 bool // it has an answer, which is opened again when decided
	Routed                                                  bool // settled answers above it closed it
	Answer, Provenance                                      string
	History                                                 []decisionLine
	Votes                                                   []decisionLine // of a panel that has not decided
	Action                                                  string
	Remark                                                  string // the field for what the lead has to say to a coder
}

// A comparedSide is what one coder answered; nobody is named.
type comparedSide struct {
	Name, Answer, Note string
	Class              int
	Closed             bool // the question was closed for this coder
	Key                string
	Passages           []comparedPassage
	Return             string // the form that sends the coding back
}

type comparedPassage struct {
	Href, Quote, Place string
}

type decisionLine struct {
	Revision                          int
	Answer, Provenance, Cause, Reason string
	By                                string
	At                                time.Time
}

// decisionForm is the decision as it was typed. Choice is the place of a side,
// "v:" with a category, "m:" with a missing code, or "other" for Values.
type decisionForm struct {
	Choice   string
	Values   []string
	Cause    string
	Reason   string
	Revision int
}

// Value is the only value, for an input.
func (f decisionForm) Value() string { return strings.Join(f.Values, "|") }

// Has reports whether the option is among the values.
func (f decisionForm) Has(option string) bool { return slices.Contains(f.Values, option) }

// A comparedLine is a variable in the list below.
type comparedLine struct {
	Number, Label, Href string
	Current             bool
	Answer, Provenance  string
}

func (c *call) comparison() error {
	return c.comparisonAgain(annotations.CaseID(c.Param("case")), c.Query("variable"), http.StatusOK, nil, nil)
}

// comparisonClosed is the page of a case that has not been opened.
func (c *call) comparisonClosed(id annotations.CaseID, status int, why string) error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	k, err := c.store.Case(c.ctx(), c.study.ID, id)
	if err != nil {
		return err
	}
	p := c.comparisonFrame(book, k)
	p.Closed = true
	if why != "" {
		p.Why = web.Say(why)
	}
	return c.pageStatus(status, "comparison", p)
}

func (c *call) comparisonFrame(book *codebook.Codebook, k annotations.Case) comparisonPage {
	return comparisonPage{Frame: c.frame(web.Link{Href: c.studyPath("differences"), Label: web.Say("differences.title")}, web.Link{Label: web.Text(string(k.ID))}),
		Case: string(k.ID), Region: regionLabel(book, k.Region, c.lang), Period: k.Period, OnSite: k.OnSite,
		Action: c.studyPath("compare", string(k.ID)), Queue: c.studyPath("differences")}
}

// comparisonAgain shows the comparison with its form as typed.
func (c *call) comparisonAgain(id annotations.CaseID, variable string, status int, form *decisionForm, problems []web.Problem) error {
	cmp, err := c.store.Comparison(c.ctx(), c.actor, c.study.ID, id)
	if errors.Is(err, annotations.ErrLocked) {
		return c.comparisonClosed(id, http.StatusOK, "")
	}
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := c.comparisonFrame(book, cmp.Case)
	p.Problems = problems
	p.Done = cmp.Settlement.Done()
	for _, cause := range annotations.Causes {
		p.Causes = append(p.Causes, web.Option{Value: cause, Label: web.Say("compare.cause." + cause)})
	}
	for _, phrase := range []string{"reads_so", "rule_says", "later_document", "overlooked"} {
		p.Phrases = append(p.Phrases, web.Say("compare.phrase."+phrase))
	}
	v := focus(book, cmp.Settlement, variable)
	if variable != "" && v == nil {
		return annotations.ErrNotFound
	}
	c.comparedLines(&p, book, cmp, v)
	if v != nil {
		order := sides(id, len(cmp.Codings))
		if p.Question, err = c.question(book, cmp, v, order); err != nil {
			return err
		}
		p.Form.Revision = cmp.Decisions[v.ID].Revision + 1
		if form != nil {
			p.Form = *form
		}
		if err := c.comparedDocuments(&p, book, cmp, v, order); err != nil {
			return err
		}
	}
	return c.pageStatus(status, "comparison", p)
}

// focus is the variable that is asked for, else the first that is open, else
// none.
func focus(book *codebook.Codebook, s annotations.Settlement, variable string) *codebook.Variable {
	if variable == "" && len(s.Open) > 0 {
		variable = s.Open[0]
	}
	return book.Variable(variable)
}

// comparedLines lists what is open and, below it, what is settled.
func (c *call) comparedLines(p *comparisonPage, book *codebook.Codebook, cmp store.Comparison, at *codebook.Variable) {
	links := map[string]int{}
	for i, s := range book.Sections {
		for j, v := range s.Variables {
			line := comparedLine{Number: numbered(i, j), Label: v.Label.In(c.lang), Href: c.comparePath(cmp.Case.ID, v.ID), Current: v == at}
			if slices.Contains(cmp.Settlement.Open, v.ID) {
				links[v.ID] = len(p.Open)
				p.Open = append(p.Open, line)
				continue
			}
			a, ok := cmp.Settlement.Answers[v.ID]
			if !ok {
				continue
			}
			line.Answer, line.Provenance = answerLabel(book, v, a, c.lang), string(cmp.Settlement.Provenance[v.ID])
			p.Rest = append(p.Rest, line)
		}
	}
	if len(p.Open) == 0 || at == nil {
		return
	}
	i, ok := links[at.ID]
	if !ok {
		p.Next = p.Open[0].Href
		return
	}
	if i+1 < len(p.Open) {
		p.Next = p.Open[i+1].Href
	}
	if i > 0 {
		p.Previous = p.Open[i-1].Href
	}
}

// question is the variable with what the sides answered, in their order.
func (c *call) question(book *codebook.Codebook, cmp store.Comparison, v *codebook.Variable, order []int) (*comparedQuestion, error) {
	section := book.SectionOf(v.ID)
	at := slices.Index(book.Sections, section)
	q := &comparedQuestion{Variable: v.ID, Number: numbered(at, slices.Index(section.Variables, v)), Label: v.Label.In(c.lang), Question: v.Question.In(c.lang),
		Instruction: v.Instruction.In(c.lang), Section: section.Label.In(c.lang), Hue: hue(at), Unit: v.Unit.In(c.lang),
		Kind: questionKind(v), Remark: remarkField + v.ID, Action: c.studyPath("compare", string(cmp.Case.ID), v.ID)}
	for _, o := range book.Options(v, cmp.Case.Period) {
		q.Options = append(q.Options, web.Option{Value: o.Code, Label: web.Text(o.Label.In(c.lang))})
	}
	for _, code := range v.Missing {
		q.Missing = append(q.Missing, web.Option{Value: code, Label: web.Text(answerLabel(book, v, codebook.Answer{Missing: code}, c.lang))})
	}
	for i, k := range order {
		q.Sides = append(q.Sides, c.side(book, cmp, v, i, cmp.Codings[k]))
	}
	q.Third = len(q.Sides) + 1
	if a, ok := cmp.Settlement.Answers[v.ID]; ok && !slices.Contains(cmp.Settlement.Open, v.ID) {
		q.Settled, q.Answer, q.Provenance = true, answerLabel(book, v, a, c.lang), string(cmp.Settlement.Provenance[v.ID])
		q.Routed = cmp.Settlement.Provenance[v.ID] == annotations.Routed
	}
	return q, c.history(q, book, cmp, v)
}

func questionKind(v *codebook.Variable) string {
	if v.Type == codebook.TypeSingle || v.Type == codebook.TypeOrdinal {
		return "choice"
	}
	return string(v.Type)
}

func (c *call) side(book *codebook.Codebook, cmp store.Comparison, v *codebook.Variable, i int, k annotations.Coding) comparedSide {
	given := k.Given(book, cmp.Case)
	s := comparedSide{Name: sideName(i), Class: i + 1, Key: fmt.Sprint(i), Note: k.Entries[v.ID].Note,
		Return: c.studyPath("assignments", fmt.Sprint(k.Assignment), "return")}
	answer := given[v.ID]
	if r := book.Route(given)[v.ID]; !r.Asked {
		s.Closed, answer = true, codebook.Answer{Missing: r.Missing}
	}
	s.Answer = answerLabel(book, v, answer, c.lang)
	for _, p := range k.Passages {
		if p.Variable != v.ID {
			continue
		}
		line := comparedPassage{Quote: p.Quote}
		switch {
		case !p.DeletedAt.IsZero():
			line.Quote = c.deletedOn(p.DeletedAt)
		case p.Document != 0:
			line.Href = "#" + passageAnchor(p)
		default:
			line.Quote = p.Paraphrase
			line.Place = c.passagePlace(book, p)
		}
		s.Passages = append(s.Passages, line)
	}
	return s
}

func passageAnchor(p annotations.Passage) string { return fmt.Sprintf("passage-%d", p.ID) }

// passagePlace is where a passage stands that was read on site.
func (c *call) passagePlace(book *codebook.Codebook, p annotations.Passage) string {
	parts := []string{typeLabel(book, p.DocumentType, c.lang)}
	if p.Page != nil {
		parts = append(parts, c.say("compare.page", "n", *p.Page))
	}
	if p.Day != nil {
		parts = append(parts, c.say("common.day", "n", *p.Day))
	}
	return strings.Join(parts, ", ")
}

// history adds what was decided before, and what a panel said since.
func (c *call) history(q *comparedQuestion, book *codebook.Codebook, cmp store.Comparison, v *codebook.Variable) error {
	made, err := c.store.Decisions(c.ctx(), cmp.Case.Key, v.ID)
	if err != nil {
		return err
	}
	votes, err := c.store.Votes(c.ctx(), cmp.Case.Key, v.ID, cmp.Decisions[v.ID].Revision+1)
	if err != nil {
		return err
	}
	for _, x := range votes {
		q.Votes = append(q.Votes, decisionLine{Answer: answerLabel(book, v, x.Answer, c.lang), Cause: x.Cause, Reason: x.Reason, By: x.Name, At: x.At})
	}
	if len(made) == 0 {
		return nil
	}
	names, err := c.memberNames()
	if err != nil {
		return err
	}
	for _, d := range made {
		q.History = append(q.History, decisionLine{Revision: d.Revision, Answer: answerLabel(book, v, d.Answer, c.lang), Provenance: string(d.Provenance),
			Cause: d.Cause, Reason: d.Reason, By: names[d.By], At: d.At})
	}
	return nil
}

// comparedDocuments puts the passages of the variable in the texts.
func (c *call) comparedDocuments(p *comparisonPage, book *codebook.Codebook, cmp store.Comparison, v *codebook.Variable, order []int) error {
	docs, err := c.store.Documents(c.ctx(), cmp.Case.Key)
	if err != nil {
		return err
	}
	var names []string
	for i := range order {
		names = append(names, sideName(i))
	}
	for _, d := range docs {
		compared := web.ComparedDocument{ID: d.Key, Title: d.Title, Day: d.Day, Paragraphs: web.Paragraphs(d.Text), Names: names}
		if compared.Title == "" {
			compared.Title = typeLabel(book, d.Type, c.lang)
		}
		for i, k := range order {
			for _, passage := range cmp.Codings[k].Passages {
				if passage.Variable == v.ID && passage.Document == d.Key && d.DeletedAt.IsZero() && d.Verify(passage) == nil {
					compared.Spans = append(compared.Spans, web.Span{Start: passage.Start, End: passage.End, Side: i, ID: passageAnchor(passage)})
				}
			}
		}
		p.Documents = append(p.Documents, compared)
	}
	return nil
}

// decide settles one variable of a case and goes on to the next difference.
func (c *call) decide() error {
	id := annotations.CaseID(c.Param("case"))
	variable := c.Param("variable")
	if err := c.Request.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	form := decisionForm{Choice: c.PostForm("choice"), Values: slices.DeleteFunc(c.PostFormArray("value"), func(s string) bool { return s == "" }),
		Cause: c.PostForm("cause"), Reason: strings.TrimSpace(c.PostForm("reason"))}
	fmt.Sscan(c.PostForm("revision"), &form.Revision) // what is no number is 0, and then refused
	answer, err := c.chosenAnswer(id, variable, form)
	if err == nil {
		err = c.screened("reason", form.Reason)
	}
	if err == nil {
		if form.Reason == "" {
			err = errors.Join(err, &annotations.InvalidError{Field: "reason", Key: "adjudication.reason.required"})
		}
		if answer == (codebook.Answer{}) {
			err = errors.Join(err, &annotations.InvalidError{Field: "choice", Key: "compare.choose"})
		}
	}
	if err == nil {
		var after annotations.Settlement
		after, err = c.store.Decide(c.ctx(), c.actor, c.study.ID, id, annotations.Decision{Variable: variable, Answer: answer,
			Cause: form.Cause, Reason: form.Reason, Revision: max(form.Revision, 1)})
		if err == nil {
			return c.decided(id, variable, form.Revision, after)
		}
	}
	if errors.Is(err, annotations.ErrDenied) {
		err = &annotations.InvalidError{Key: "compare.own"}
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	return c.comparisonAgain(id, variable, http.StatusUnprocessableEntity, &form, problems)
}

// chosenAnswer is the answer that the form stands for; the zero Answer when
// nothing was chosen.
func (c *call) chosenAnswer(id annotations.CaseID, variable string, form decisionForm) (codebook.Answer, error) {
	kind, rest, _ := strings.Cut(form.Choice, ":")
	switch kind {
	case "v":
		return codebook.Answer{Value: rest}, nil
	case "m":
		return codebook.Answer{Missing: rest}, nil
	case "other":
		return codebook.Answer{Value: form.Value()}, nil
	}
	cmp, err := c.store.Comparison(c.ctx(), c.actor, c.study.ID, id)
	if err != nil {
		return codebook.Answer{}, err
	}
	book, err := c.codebook()
	if err != nil {
		return codebook.Answer{}, err
	}
	for i, k := range sides(id, len(cmp.Codings)) {
		given := cmp.Codings[k].Given(book, cmp.Case)
		if fmt.Sprint(i) == form.Choice && book.Route(given)[variable].Asked {
			return given[variable], nil
		}
	}
	return codebook.Answer{}, nil
}

// decided goes to the next difference after the one that was settled, from the
// top when there is none below it, and to the case when all are.
//
// What a panel has not agreed on stays where it is.
func (c *call) decided(id annotations.CaseID, variable string, revision int, after annotations.Settlement) error {
	k, err := c.store.Case(c.ctx(), c.study.ID, id)
	if err != nil {
		return err
	}
	made, err := c.store.Decisions(c.ctx(), k.Key, variable)
	if err != nil {
		return err
	}
	if len(made) < max(revision, 1) {
		return c.redirect(c.comparePath(id, variable), web.Say("compare.voted"))
	}
	if after.Done() {
		return c.redirect(c.comparePath(id, ""), web.Say("compare.settled"))
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	place := map[string]int{}
	for i, v := range book.Variables() {
		place[v.ID] = i
	}
	next := after.Open[0]
	for _, open := range after.Open {
		if place[open] > place[variable] {
			next = open
			break
		}
	}
	return c.redirect(c.comparePath(id, next), web.SayN("compare.left", len(after.Open)))
}
