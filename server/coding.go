package server

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// hue returns the colour, 1 to 8, of the section at index i.
func hue(i int) int { return i%8 + 1 }

// numbered returns the number by which people call a question, such as 3.1.
func numbered(section, variable int) string { return fmt.Sprintf("%d.%d", section+1, variable+1) }

// codingPage is the page on which a coder reads a case and answers. All that
// changes on it goes through the API.
func (c *call) codingPage() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	o, err := c.store.OpenCase(c.ctx(), c.actor, id)
	if err != nil {
		return err
	}
	a := o.Assignment
	if c.study, err = c.store.Study(c.ctx(), a.Case.Study); err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	work := web.Link{Href: c.studyPath("work"), Label: web.Say("nav.work")}
	p := web.CodingPage{Frame: c.frame(work, web.Link{Label: web.Text(string(a.Case.ID))}), Back: work,
		Case: string(a.Case.ID), Region: regionLabel(book, a.Case.Region, c.lang), Period: a.Case.Period, Round: a.Round,
		OnSite: a.Case.OnSite}
	data := c.codingData(book, o)
	if err := c.beside(id, &data.State); err != nil {
		return err
	}
	p.Coding = data
	for _, d := range o.Documents {
		title := d.Title
		if title == "" {
			title = typeLabel(book, d.Type, c.lang)
		}
		p.Documents = append(p.Documents, web.CodingDocument{ID: d.Key, Title: title, Day: d.Day, Paragraphs: web.Paragraphs(d.Text), Later: !o.Texts[d.Key] && d.DeletedAt.IsZero(), Deleted: day(d.DeletedAt)})
	}
	return c.page("coding", p)
}

// apiTexts answers the texts of a case, a line of JSON a document.
func (c *call) apiTexts() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	docs, err := c.store.Texts(c.ctx(), c.actor, id)
	if err != nil {
		return err
	}
	c.Header("Content-Type", "application/x-ndjson; charset=utf-8")
	c.Status(http.StatusOK)
	for _, d := range docs {
		if _, err := c.Writer.Write(web.CodingDocument{ID: d.Key, Paragraphs: web.Paragraphs(d.Text)}.Line()); err != nil {
			return nil // the reader went away
		}
	}
	return nil
}

// apiSetPlace keeps where the coder is in the case.
func (c *call) apiSetPlace() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	var in placeJSON
	if err := c.readJSON(&in); err != nil {
		return err
	}
	if err := c.store.SetPlace(c.ctx(), c.actor, id, store.Place(in)); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func typeLabel(book *codebook.Codebook, code, lang string) string {
	for _, t := range book.DocumentTypes {
		if t.Code == code {
			return t.Label.In(lang)
		}
	}
	return code
}

// What follows is the coding page's data as its script reads it.

type codingData struct {
	Lang          string          `json:"lang"`
	Assignment    int64           `json:"assignment"`
	Case          caseJSON        `json:"case"`
	Status        string          `json:"status"`
	ReadOnly      bool            `json:"read_only"`
	CoreOnly      bool            `json:"core_only"`
	Documents     []documentJSON  `json:"documents"`
	DocumentTypes []optionJSON    `json:"document_types"`
	Missing       []missingJSON   `json:"missing"`
	Sections      []sectionJSON   `json:"sections"`
	State         codingStateJSON `json:"state"`
	Place         *placeJSON      `json:"place"` // where the coder left; null at first
}

type placeJSON struct {
	Variable string `json:"variable"`
	Document int64  `json:"document"`
	Start    int    `json:"start"`
}

type caseJSON struct {
	ID          string `json:"id"`
	Region      string `json:"region"`
	RegionLabel string `json:"region_label"`
	Period      string `json:"period"`
	Round       string `json:"round"`
	OnSite      bool   `json:"on_site"`
}

type documentJSON struct {
	ID        int64  `json:"id"`
	Number    int    `json:"number"`
	Type      string `json:"type"`
	TypeLabel string `json:"type_label"`
	Title     string `json:"title"`
	Day       *int   `json:"day"`
	Chars     int    `json:"chars"`
	Pages     []int  `json:"pages"`
}

type optionJSON struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

type missingJSON struct {
	Code      string `json:"code"`
	Label     string `json:"label"`
	Rule      string `json:"rule"`
	NeedsNote bool   `json:"needs_note"`
	Key       string `json:"key"`
}

type sectionJSON struct {
	ID        string         `json:"id"`
	Label     string         `json:"label"`
	Hue       int            `json:"hue"`
	Variables []variableJSON `json:"variables"`
}

type variableJSON struct {
	ID          string       `json:"id"`
	Number      string       `json:"number"`
	Type        string       `json:"type"`
	Label       string       `json:"label"`
	Question    string       `json:"question"`
	Instruction string       `json:"instruction"`
	Example     string       `json:"example"`
	Options     []optionJSON `json:"options"`
	Exclusive   []string     `json:"exclusive"`
	Min         *float64     `json:"min"`
	Max         *float64     `json:"max"`
	Unit        string       `json:"unit"`
	Precision   string       `json:"precision"`
	Missing     []string     `json:"missing"`
	Evidence    string       `json:"evidence"`
	Burden      string       `json:"burden"`
	Core        bool         `json:"core"`
	Locked      bool         `json:"locked"`
}

type codingStateJSON struct {
	Answers  map[string]answerJSON `json:"answers"`
	Routing  map[string]routeJSON  `json:"routing"`
	Findings []findingJSON         `json:"findings"`
	Passages []passageJSON         `json:"passages"`
	Comments []commentJSON         `json:"comments"`
	Flags    []string              `json:"flags"`
}

type answerJSON struct {
	Value   *string `json:"value"`
	Missing *string `json:"missing"`
	Note    string  `json:"note"`
	// Searched holds, for NR, the types of document that were searched.
	Searched []string `json:"searched"`
	Version  int      `json:"version"`
	At       string   `json:"at"`
}

type routeJSON struct {
	Asked     bool        `json:"asked"`
	Missing   string      `json:"missing"`
	Inherited bool        `json:"inherited"`
	Because   []string    `json:"because"`
	Aside     *answerJSON `json:"aside,omitempty"`
}

type findingJSON struct {
	Check     string   `json:"check"`
	Severity  string   `json:"severity"`
	Message   string   `json:"message"`
	Variables []string `json:"variables"`
}

type passageJSON struct {
	ID           int64  `json:"id"`
	Variable     string `json:"variable"`
	Category     string `json:"category"`
	Document     int64  `json:"document"`
	Start        int    `json:"start"`
	End          int    `json:"end"`
	Quote        string `json:"quote"`
	DocumentType string `json:"document_type"`
	Page         *int   `json:"page"`
	Day          *int   `json:"day"`
	Paraphrase   string `json:"paraphrase"`
	Deleted      string `json:"deleted,omitempty"` // when the text was deleted, and the quote with it
}

// missingKeys are the keys that choose a missing code on the coding page.
var missingKeys = map[string]string{codebook.NR: "n", codebook.DM: "d", codebook.UC: "u"}

func (c *call) codingData(book *codebook.Codebook, o store.OpenCase) codingData {
	a := o.Assignment
	d := codingData{
		Lang: c.lang, Assignment: a.ID, Status: string(a.Status), ReadOnly: !a.Editable(), CoreOnly: a.CoreOnly,
		Case: caseJSON{ID: string(a.Case.ID), Region: a.Case.Region, RegionLabel: regionLabel(book, a.Case.Region, c.lang),
			Period: a.Case.Period, Round: a.Round, OnSite: a.Case.OnSite},
		Documents: []documentJSON{}, DocumentTypes: []optionJSON{}, Missing: []missingJSON{},
		State: c.codingState(book, a, o.Coding),
	}
	if o.Place != (store.Place{}) {
		place := placeJSON(o.Place)
		d.Place = &place
	}
	for _, doc := range o.Documents {
		pages := doc.Pages
		if pages == nil {
			pages = []int{}
		}
		d.Documents = append(d.Documents, documentJSON{doc.Key, doc.Number, doc.Type, typeLabel(book, doc.Type, c.lang), doc.Title, doc.Day, doc.Chars, pages})
	}
	for _, t := range book.DocumentTypes {
		d.DocumentTypes = append(d.DocumentTypes, optionJSON{t.Code, t.Label.In(c.lang)})
	}
	for _, m := range book.Missing {
		d.Missing = append(d.Missing, missingJSON{m.Code, m.Label.In(c.lang), m.Rule.In(c.lang), m.NeedsNote, missingKeys[m.Code]})
	}
	copies := annotations.Copies(book, a.Case)
	for i, s := range book.Sections {
		sec := sectionJSON{ID: s.ID, Label: s.Label.In(c.lang), Hue: hue(i), Variables: []variableJSON{}}
		for j, v := range s.Variables {
			if a.CoreOnly && !v.Core {
				continue
			}
			_, locked := copies[v.ID]
			q := variableJSON{ID: v.ID, Number: numbered(i, j), Type: string(v.Type), Label: v.Label.In(c.lang), Question: v.Question.In(c.lang),
				Instruction: v.Instruction.In(c.lang), Example: v.Example.In(c.lang), Options: []optionJSON{}, Exclusive: nonNil(v.Exclusive),
				Min: v.Min, Max: v.Max, Unit: v.Unit.In(c.lang), Precision: v.Precision, Missing: nonNil(v.Missing), Evidence: v.Evidence,
				Burden: v.Burden, Core: v.Core, Locked: locked}
			for _, o := range book.Options(v, a.Case.Period) {
				q.Options = append(q.Options, optionJSON{o.Code, o.Label.In(c.lang)})
			}
			sec.Variables = append(sec.Variables, q)
		}
		d.Sections = append(d.Sections, sec)
	}
	return d
}

// day writes a day, or nothing for the zero time.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return slices.Clone(s)
}

// codingState is what changes while a coder works.
func (c *call) codingState(book *codebook.Codebook, a annotations.Assignment, k annotations.Coding) codingStateJSON {
	s := codingStateJSON{Answers: map[string]answerJSON{}, Passages: []passageJSON{}}
	for id, e := range k.Entries {
		s.Answers[id] = answerOf(e)
	}
	for id, copied := range annotations.Copies(book, a.Case) {
		s.Answers[id] = answerOf(annotations.Entry{Answer: copied})
	}
	for _, p := range k.Passages {
		s.Passages = append(s.Passages, passageOf(p))
	}
	s.Routing, s.Findings = c.live(book, a, k)
	return s
}

// live is what routing and checks say of a coding as it stands.
func (c *call) live(book *codebook.Codebook, a annotations.Assignment, k annotations.Coding) (map[string]routeJSON, []findingJSON) {
	stated := k.Given(book, a.Case)
	routing := map[string]routeJSON{}
	for id, r := range book.Route(stated) {
		if r.Asked {
			continue
		}
		rj := routeJSON{Missing: r.Missing, Inherited: r.Inherited, Because: nonNil(r.Because)}
		if e, ok := k.Entries[id]; ok && e.Answer != (codebook.Answer{}) {
			aside := answerOf(e)
			rj.Aside = &aside
		}
		routing[id] = rj
	}
	findings := []findingJSON{}
	for _, f := range book.Findings(book.Effective(stated)) {
		findings = append(findings, c.finding(f))
	}
	return routing, findings
}

func (c *call) finding(f codebook.Finding) findingJSON {
	return findingJSON{f.Check.ID, f.Check.Severity, f.Check.Message.In(c.lang), nonNil(f.Variables)}
}

func answerOf(e annotations.Entry) answerJSON {
	a := answerJSON{Note: e.Note, Searched: nonNil(e.Searched), Version: e.Version, At: rfc3339(e.At)}
	if e.Answer.Value != "" {
		a.Value = &e.Answer.Value
	}
	if e.Answer.Missing != "" {
		a.Missing = &e.Answer.Missing
	}
	return a
}

func passageOf(p annotations.Passage) passageJSON {
	return passageJSON{p.ID, p.Variable, p.Category, p.Document, p.Start, p.End, p.Quote, p.DocumentType, p.Page, p.Day, p.Paraphrase, day(p.DeletedAt)}
}
