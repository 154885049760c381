package server

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/web"
)

type listPage struct {
	web.Frame
	ID         string
	Action     string
	Lists      []web.Link // the lists of the codebook
	Entries    []listEntry
	Attributes []string // in alphabetical order
	Dated      bool     // some entry has years
	Unset      []string // attributes that no entry has a value of
}

type listEntry struct {
	codebook.Entry
	Label  string
	Values []string // by attribute
}

func (c *call) listForm() error { return c.listAgain(http.StatusOK, nil) }

// listAgain shows the present version of a list with the form for a next one.
func (c *call) listAgain(status int, problems []web.Problem) error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	id := c.Param("list")
	p := listPage{ID: id, Action: c.studyPath("lists", id)}
	var entries []codebook.Entry
	for _, l := range book.CodeLists {
		p.Lists = append(p.Lists, web.Link{Href: c.studyPath("lists", l.ID), Label: web.Text(l.ID), Current: l.ID == id})
		if l.ID == id {
			entries = l.Entries
		}
	}
	if entries == nil {
		return annotations.ErrNotFound
	}
	p.Frame = c.frame(web.Link{Href: c.studyPath("import"), Label: web.Say("import.title")}, web.Link{Label: web.Text(id)})
	p.Problems = problems
	set := map[string]bool{}
	for _, e := range entries {
		for name, value := range e.Attributes {
			set[name] = set[name] || value != ""
		}
		p.Dated = p.Dated || e.ValidFrom != nil || e.ValidTo != nil
	}
	p.Attributes = slices.Sorted(maps.Keys(set))
	for _, name := range p.Attributes {
		if !set[name] {
			p.Unset = append(p.Unset, name)
		}
	}
	for _, e := range entries {
		line := listEntry{Entry: e, Label: e.Label.In(c.lang)}
		for _, name := range p.Attributes {
			line.Values = append(line.Values, e.Attributes[name])
		}
		p.Entries = append(p.Entries, line)
	}
	return c.pageStatus(status, "list", p)
}

// setList gives the study its own version of a list.
func (c *call) setList() error {
	entries, err := c.readList()
	if err == nil {
		err = c.store.SetList(c.ctx(), c.actor, c.study.ID, c.Param("list"), entries)
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.listAgain(http.StatusUnprocessableEntity, problems)
	}
	return c.redirect(c.studyPath("lists", c.Param("list")), web.SayN("list.set", len(entries)))
}

// readList reads the uploaded file.
func (c *call) readList() ([]codebook.Entry, error) {
	file, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, &annotations.InvalidError{Field: "file", Key: "import.file.required"}
	}
	if err != nil {
		return nil, uploadError(err)
	}
	b, err := readUpload(file)
	if err != nil {
		return nil, err
	}
	name := path.Base(strings.ReplaceAll(file.Filename, `\`, "/"))
	rows, err := intake.ReadList(bytes.NewReader(b), name, intake.DefaultLimits())
	if err != nil {
		return nil, err
	}
	entries := make([]codebook.Entry, len(rows))
	for i, r := range rows {
		entries[i] = codebook.Entry{Code: r.Code, Label: codebook.Text{NL: r.LabelNL, EN: r.LabelEN},
			ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, Successor: r.Successor}
		for _, a := range r.Attributes {
			if entries[i].Attributes == nil {
				entries[i].Attributes = map[string]string{}
			}
			entries[i].Attributes[a.Name] = a.Value
		}
	}
	return entries, nil
}
