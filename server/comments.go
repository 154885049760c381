package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
)

// screened refuses words with something in them that identifies a person
// beyond doubt, such as a citizen service number. Names of places and people
// are left to the writer: the program cannot tell them from words. So are the
// kinds that the field is for.
func (c *call) screened(field, text string, expected ...screening.Kind) error {
	if text == "" || c.screener == nil {
		return nil
	}
	for _, f := range c.screener.Scan(text) {
		if f.Severity == screening.Block && !slices.Contains(expected, f.Kind) {
			return &annotations.InvalidError{Field: field, Key: "comment.identifies", Args: map[string]any{"text": f.Text}}
		}
	}
	return nil
}

// screenedAnswer is screened for an answer that is typed as text.
func (c *call) screenedAnswer(assignment int64, variable, value string) error {
	a, err := c.store.Assignment(c.ctx(), c.actor, assignment)
	if err != nil {
		return err
	}
	book, err := c.store.Codebook(c.ctx(), a.Case.Study)
	if err != nil {
		return err
	}
	if v := book.Variable(variable); v == nil || v.Type != codebook.TypeText {
		return nil
	}
	return c.screened("value", value)
}

// apiScreen says what may identify a person in words that are being typed, in
// the language of the reader. Nothing of it is kept.
func (c *call) apiScreen() error {
	var in struct {
		Text string `json:"text"`
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	type found struct {
		Kind     screening.Kind     `json:"kind"`
		Start    int                `json:"start"`
		End      int                `json:"end"`
		Severity screening.Severity `json:"severity"`
	}
	list := []found{}
	var blocks, warns []string
	for _, f := range c.screener.Scan(in.Text) {
		list = append(list, found{f.Kind, f.Start, f.End, f.Severity})
		said := c.say("screening.kind."+string(f.Kind)) + ": " + f.Text
		if f.Severity == screening.Block {
			blocks = append(blocks, said)
		} else {
			warns = append(warns, said)
		}
	}
	message := ""
	switch {
	case blocks != nil:
		message = c.say("typed.blocks", "found", strings.Join(blocks, ", "))
	case warns != nil:
		message = c.say("typed.warns", "found", strings.Join(warns, ", "))
	}
	return c.json(http.StatusOK, map[string]any{"findings": list, "message": message})
}

type commentJSON struct {
	ID       int64       `json:"id"`
	Key      string      `json:"key"`
	Kind     string      `json:"kind"`
	Variable string      `json:"variable"`
	Passage  int64       `json:"passage"`
	Text     string      `json:"text"`
	State    string      `json:"state"`
	Author   string      `json:"author"`
	Own      bool        `json:"own"`
	At       string      `json:"at"`
	Replies  []replyJSON `json:"replies"`
}

type replyJSON struct {
	Text   string `json:"text"`
	Author string `json:"author"`
	Own    bool   `json:"own"`
	At     string `json:"at"`
}

func (c *call) commentOf(m annotations.Comment) commentJSON {
	j := commentJSON{m.ID, m.Key, string(m.Kind), m.Variable, m.Passage, m.Text, string(m.State), m.AuthorName, m.Author == c.actor.ID, rfc3339(m.At), []replyJSON{}}
	for _, r := range m.Replies {
		j.Replies = append(j.Replies, replyJSON{r.Text, r.AuthorName, r.Author == c.actor.ID, rfc3339(r.At)})
	}
	return j
}

// beside is what stands beside the answers of a coding: comments and flags.
func (c *call) beside(id int64, s *codingStateJSON) error {
	s.Comments, s.Flags = []commentJSON{}, []string{}
	list, err := c.store.Comments(c.ctx(), c.actor, id)
	if err != nil {
		return err
	}
	for _, m := range list {
		s.Comments = append(s.Comments, c.commentOf(m))
	}
	flags, err := c.store.Flags(c.ctx(), c.actor, id)
	s.Flags = append(s.Flags, flags...)
	return err
}

func (c *call) apiAddComment() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	var in struct {
		Key      string `json:"key"`
		Kind     string `json:"kind"`
		Variable string `json:"variable"`
		Passage  int64  `json:"passage"`
		Text     string `json:"text"`
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	if err := c.screened("text", in.Text); err != nil {
		return err
	}
	m, err := c.store.AddComment(c.ctx(), c.actor, id, annotations.Comment{Key: in.Key, Kind: annotations.CommentKind(in.Kind),
		Variable: in.Variable, Passage: in.Passage, Text: in.Text})
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, c.commentOf(m))
}

// apiComment reads the comment of the address, which must belong to the
// assignment of the address.
func (c *call) apiComment() (int64, error) {
	id, err := c.pathID("assignment")
	if err != nil {
		return 0, err
	}
	comment, err := c.pathID("comment")
	if err != nil {
		return 0, err
	}
	list, err := c.store.Comments(c.ctx(), c.actor, id)
	if err != nil {
		return 0, err
	}
	for _, m := range list {
		if m.ID == comment {
			return comment, nil
		}
	}
	return 0, annotations.ErrNotFound
}

func (c *call) apiReply() error {
	comment, err := c.apiComment()
	if err != nil {
		return err
	}
	var in struct {
		Text string `json:"text"`
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	if err := c.screened("text", in.Text); err != nil {
		return err
	}
	m, err := c.store.Reply(c.ctx(), c.actor, comment, in.Text)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.commentOf(m))
}

func (c *call) apiSetComment() error {
	comment, err := c.apiComment()
	if err != nil {
		return err
	}
	var in struct {
		Closed bool `json:"closed"`
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	m, err := c.store.SetComment(c.ctx(), c.actor, comment, in.Closed)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.commentOf(m))
}

func (c *call) apiSetFlag() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	var in struct {
		On bool `json:"on"`
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	if err := c.store.SetFlag(c.ctx(), c.actor, id, c.Param("variable"), in.On); err != nil {
		return err
	}
	return c.json(http.StatusOK, map[string]any{"on": in.On})
}

func (c *call) apiWorkTime() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	var in struct {
		Seconds int `json:"seconds"`
	}
	if err := c.readJSON(&in); err != nil {
		return err
	}
	if err := c.store.AddWorkTime(c.ctx(), c.actor, id, in.Seconds); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

type precedentJSON struct {
	Value   *string `json:"value"`
	Missing *string `json:"missing"`
	Cause   string  `json:"cause"`
	Reason  string  `json:"reason"`
	At      string  `json:"at"`
}

// apiPrecedents tells what was settled on a variable in other cases.
func (c *call) apiPrecedents() error {
	id, err := c.pathID("assignment")
	if err != nil {
		return err
	}
	list, err := c.store.Precedents(c.ctx(), c.actor, id, c.Param("variable"))
	if err != nil {
		return err
	}
	out := make([]precedentJSON, len(list))
	for i, p := range list {
		a := answerOf(annotations.Entry{Answer: p.Answer})
		out[i] = precedentJSON{a.Value, a.Missing, p.Cause, p.Reason, rfc3339(p.At.Time)}
	}
	return c.json(http.StatusOK, out)
}
