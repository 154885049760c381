package server

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// heldPerPage is how many documents the queue shows; those decided make room.
const heldPerPage = 100

type heldPage struct {
	web.Frame
	Documents []heldLine
	Waiting   int // in all
	Import    string
}

type heldLine struct {
	annotations.Held
	Href, Type  string
	Block, Warn int // findings by severity
}

// held lists the documents that wait for decisions.
func (c *call) held() error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	held, waiting, err := c.store.HeldDocuments(c.ctx(), c.study.ID, heldPerPage)
	if err != nil {
		return err
	}
	p := heldPage{Frame: c.frame(here("screening.title")), Waiting: waiting, Import: c.studyPath("import")}
	for _, h := range held {
		line := heldLine{Held: h, Href: c.studyPath("screening", strconv.FormatInt(h.Key, 10)), Type: typeLabel(book, h.Type, c.lang)}
		for _, f := range h.Findings {
			if f.Severity == screening.Block {
				line.Block++
			} else {
				line.Warn++
			}
		}
		p.Documents = append(p.Documents, line)
	}
	return c.page("screening", p)
}

type heldDocumentPage struct {
	web.Frame
	Action   string
	Held     annotations.Held
	Type     string
	Notices  []web.Message
	Pieces   []piece
	Findings []findingForm
	Same     bool
	Roles    []string // replacements to choose from
}

// A piece is a stretch of text that is one finding or none.
type piece struct {
	Text    string
	Finding int // counted from 1; 0 for none
	Block   bool
}

// A findingForm is a finding with what was typed about it.
type findingForm struct {
	screening.Finding
	Number        int    // counted from 1
	Before, After string // what stands around it
	Equal         int    // number of the first finding of the same text; its own when it is the first
	Decision      string // "release", "replace" or "" for none
	Reason        string
	Replacement   string
	Problem       web.Message
	Wrong         string // the input that the problem is about
}

// knowing is the screener that knows the names which other documents of the
// case told when the document came in.
func (c *call) knowing(held annotations.Held) *screening.Screener {
	return c.screener.Knowing(held.Findings)
}

// findings scans the text of a held document. What is found counts now, not
// what was found when it came in: the rules may have grown since.
func (c *call) findings(held annotations.Held) []findingForm {
	runes := []rune(held.Text)
	first := map[string]int{}
	var forms []findingForm
	for i, f := range c.knowing(held).Scan(held.Text) {
		form := findingForm{Finding: f, Number: i + 1, Equal: i + 1,
			Before: string(runes[max(0, f.Start-60):f.Start]), After: string(runes[f.End:min(len(runes), f.End+60)])}
		if n, ok := first[f.Text]; ok {
			form.Equal = n
		} else {
			first[f.Text] = form.Number
		}
		forms = append(forms, form)
	}
	return forms
}

// pieces cuts the text at the findings. Of findings that overlap the later one
// shows what the earlier one leaves.
func pieces(text string, findings []findingForm) []piece {
	runes := []rune(text)
	var list []piece
	at := 0
	for _, f := range findings {
		if f.End <= at {
			continue
		}
		if f.Start > at {
			list = append(list, piece{Text: string(runes[at:f.Start])})
		}
		list = append(list, piece{string(runes[max(at, f.Start):f.End]), f.Number, f.Severity == screening.Block})
		at = f.End
	}
	return append(list, piece{Text: string(runes[at:])})
}

// heldOf reads the document of the address.
func (c *call) heldOf() (annotations.Held, error) {
	key, err := c.pathID("document")
	if err != nil {
		return annotations.Held{}, err
	}
	return c.store.HeldDocument(c.ctx(), c.study.ID, key)
}

// heldDocument shows a document with its findings. Reading it is reading the
// case.
func (c *call) heldDocument() error {
	held, err := c.heldOf()
	if err != nil {
		return err
	}
	err = c.store.Record(c.ctx(), c.actor, store.Event{Act: "case.read", Study: c.study.ID, Case: string(held.Case.ID),
		Object: "document " + strconv.Itoa(held.Number), Right: auth.Screen})
	if err != nil {
		return err
	}
	return c.heldAgain(http.StatusOK, held, c.findings(held), true, nil)
}

func (c *call) heldAgain(status int, held annotations.Held, findings []findingForm, same bool, problems []web.Problem) error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := heldDocumentPage{Action: c.studyPath("screening", strconv.FormatInt(held.Key, 10)), Held: held, Type: typeLabel(book, held.Type, c.lang),
		Notices: c.notices(string(held.Notices)), Pieces: pieces(held.Text, findings), Findings: findings, Same: same, Roles: replacements}
	p.Frame = c.frame(web.Link{Href: c.studyPath("screening"), Label: web.Say("screening.title")},
		web.Link{Label: web.Say("screening.document", "case", string(held.Case.ID), "number", held.Number)})
	p.Problems = problems
	return c.pageStatus(status, "screening_document", p)
}

// replacementForm is what may stand in place of what identified a person: a
// role such as [MOEDER] or [KIND 1], or a day such as "dag 14".
var replacementForm = regexp.MustCompile(`^(\[[\p{Lu}][\p{Lu} /_-]{1,40}[0-9]{0,3}\]|\[?(dag|day) -?[0-9]{1,5}\]?)$`)

// replacements are those that come up most; any other role may be typed.
var replacements = []string{"[MOEDER]", "[VADER]", "[KIND 1]", "[KIND 2]", "[PARTNER]", "[FAMILIELID]", "[PROFESSIONAL]", "[ORGANISATIE]", "[PLAATS]", "[ADRES]",
	"[TELEFOON]", "[NUMMER]", "dag 0"}

// decideFindings reads a decision on every finding and stores the document
// without what identifies. A finding without a decision takes that of an
// earlier one of the same text, when the form says so.
func (c *call) decideFindings() error {
	held, err := c.heldOf()
	if err != nil {
		return err
	}
	findings, same := c.findings(held), c.PostForm("same") != ""
	if c.PostForm("findings") != strconv.Itoa(len(findings)) {
		return c.heldAgain(http.StatusUnprocessableEntity, held, findings, same, []web.Problem{{Text: web.Say("screening.rules_changed")}})
	}
	for i := range findings {
		f, n := &findings[i], strconv.Itoa(i+1)
		f.Decision, f.Reason, f.Replacement = c.PostForm("decision-"+n), strings.TrimSpace(c.PostForm("reason-"+n)), strings.TrimSpace(c.PostForm("replacement-"+n))
		if f.Decision == "" && (f.Reason == "") != (f.Replacement == "") {
			f.Decision = "release" // what was typed says which it is
			if f.Reason == "" {
				f.Decision = "replace"
			}
		}
		if first := findings[f.Equal-1]; same && f.Decision == "" {
			f.Decision, f.Reason, f.Replacement = first.Decision, first.Reason, first.Replacement
		}
	}
	decisions, kept, problems := c.decisions(findings)
	if problems != nil {
		return c.heldAgain(http.StatusUnprocessableEntity, held, findings, same, problems)
	}
	cleared, err := c.knowing(held).Clear(held.Text, decisions)
	var left *screening.UndecidedError
	if errors.As(err, &left) {
		for _, f := range left.Findings {
			problems = append(problems, web.Problem{Text: web.Say("screening.replacement_found", "text", f.Text)})
		}
		return c.heldAgain(http.StatusUnprocessableEntity, held, findings, same, problems)
	}
	if err != nil {
		return err
	}
	if err := c.store.ReleaseHeld(c.ctx(), c.actor, held, annotations.NewIncoming(cleared), kept); err != nil {
		return err
	}
	return c.redirect(c.studyPath("screening"), web.Say("screening.released", "case", string(held.Case.ID), "number", held.Number))
}

// decisions turns what was typed into decisions, with all that is wrong with
// it. A reason is kept with the study, so it must not identify anybody either.
func (c *call) decisions(findings []findingForm) ([]screening.Decision, []store.ScreeningDecision, []web.Problem) {
	made := make([]screening.Decision, len(findings))
	kept := make([]store.ScreeningDecision, len(findings))
	var problems []web.Problem
	for i := range findings {
		f := &findings[i]
		wrong := func(field, key string) {
			f.Problem, f.Wrong = web.Say(key), field
			problems = append(problems, web.Problem{Field: field + "-" + strconv.Itoa(f.Number), Text: web.Say("screening.finding_problem", "n", f.Number, "problem", c.say(key))})
		}
		switch f.Decision {
		case "release":
			if len([]rune(f.Reason)) < 3 || len(f.Reason) > 500 {
				wrong("reason", "screening.reason.required")
			} else if len(c.screener.Scan(f.Reason)) > 0 {
				wrong("reason", "screening.reason.identifies")
			}
		case "replace":
			if !replacementForm.MatchString(f.Replacement) {
				wrong("replacement", "screening.replacement.invalid")
			}
		default:
			wrong("decision", "screening.undecided")
		}
		replace := f.Decision == "replace"
		made[i] = screening.Decision{Replace: replace, Replacement: f.Replacement, Reason: f.Reason}
		kept[i] = store.ScreeningDecision{Kind: string(f.Kind), Rule: f.Rule, Replaced: replace, Reason: f.Reason}
		if replace {
			kept[i].Reason = f.Replacement
		}
	}
	return made, kept, problems
}
