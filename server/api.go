package server

import (
	"net/http"

	"github.com/dossierlens/dossierlens/annotations"
)

// The API of the coding page and of programs. Every route is about an
// assignment of the caller's own; that of anybody else does not exist.

func (c *call) apiAssignment() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	a, k, err := c.store.Coding(c.ctx(), c.actor, id)
	if err != nil {
		return err
	}
	book, err := c.store.Codebook(c.ctx(), a.Case.Study)
	if err != nil {
		return err
	}
	state := c.codingState(book, a, k)
	if err := c.beside(id, &state); err != nil {
		return err
	}
	return c.json(http.StatusOK, map[string]any{"status": a.Status, "state": state})
}

// savedAnswer is the reply to a save: what it did to routing and checks.
type savedAnswer struct {
	Version int    `json:"version"`
	At      string `json:"at"`
	State   struct {
		Routing  map[string]routeJSON `json:"routing"`
		Findings []findingJSON        `json:"findings"`
	} `json:"state"`
}

func (c *call) apiSaveAnswer() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	var in struct {
		Value    *string  `json:"value"`
		Missing  *string  `json:"missing"`
		Note     string   `json:"note"`
		Searched []string `json:"searched"`
		Version  int      `json:"version"`
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	e := annotations.Entry{Variable: c.Param("variable"), Note: in.Note, Searched: in.Searched, Version: in.Version}
	if err := c.screened("note", in.Note); err != nil {
		return err
	}
	if in.Value != nil {
		e.Answer.Value = *in.Value
		if err := c.screenedAnswer(id, e.Variable, *in.Value); err != nil {
			return err
		}
	}
	if in.Missing != nil {
		e.Answer.Missing = *in.Missing
	}
	if e.Answer.Value != "" && e.Answer.Missing != "" {
		return &annotations.InvalidError{Field: "missing", Key: "coding.answer.both"}
	}
	if e, err = c.store.SaveAnswer(c.ctx(), c.actor, id, e); err != nil {
		return err
	}
	a, k, err := c.store.Coding(c.ctx(), c.actor, id)
	if err != nil {
		return err
	}
	book, err := c.store.Codebook(c.ctx(), a.Case.Study)
	if err != nil {
		return err
	}
	out := savedAnswer{Version: e.Version, At: rfc3339(e.At)}
	out.State.Routing, out.State.Findings = c.live(book, a, k)
	return c.json(http.StatusOK, out)
}

func (c *call) apiHistory() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	entries, err := c.store.History(c.ctx(), c.actor, id, c.Param("variable"))
	if err != nil {
		return err
	}
	history := make([]answerJSON, len(entries))
	for i, e := range entries {
		history[i] = answerOf(e)
	}
	return c.json(http.StatusOK, history)
}

func (c *call) apiAddPassage() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	var in struct {
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
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	if err := c.screened("paraphrase", in.Paraphrase); err != nil {
		return err
	}
	p, err := c.store.AddPassage(c.ctx(), c.actor, id, annotations.Passage{Variable: in.Variable, Category: in.Category,
		Document: in.Document, Start: in.Start, End: in.End, Quote: in.Quote,
		DocumentType: in.DocumentType, Page: in.Page, Day: in.Day, Paraphrase: in.Paraphrase})
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, passageOf(p))
}

func (c *call) apiRemovePassage() error {
	id, passage, err := c.passageIDs()
	if err != nil {
		return err
	}
	if err := c.store.RemovePassage(c.ctx(), c.actor, id, passage); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (c *call) apiRestorePassage() error {
	id, passage, err := c.passageIDs()
	if err != nil {
		return err
	}
	p, err := c.store.RestorePassage(c.ctx(), c.actor, id, passage)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, passageOf(p))
}

func (c *call) passageIDs() (assignment, passage int64, err error) {
	if assignment, err = c.pathID("assignment"); err != nil {
		return 0, 0, err
	}
	passage, err = c.pathID("passage")
	return assignment, passage, err
}

func (c *call) apiSubmit() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	u, err := c.store.Submit(c.ctx(), c.actor, id)
	if err != nil {
		return err
	}
	if u.Done() {
		return c.json(http.StatusOK, map[string]any{"status": annotations.HandedIn})
	}
	findings := []findingJSON{}
	for _, f := range u.Findings {
		findings = append(findings, c.finding(f))
	}
	return c.json(http.StatusUnprocessableEntity, map[string]any{
		"open": nonNil(u.Open), "evidence": nonNil(u.Evidence), "notes": nonNil(u.Notes), "searched": nonNil(u.Searched), "findings": findings,
		"comments": u.Comments})
}
