package server

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/auth"
)

// Codings for programs: those that were handed in, coders by number, a page of
// cases at a time or all at once as a file.

type codingJSON struct {
	Case      string  `json:"case_id"`
	Coder     string  `json:"coder"` // "consensus" for what was settled
	Variable  string  `json:"variable"`
	Value     *string `json:"value"`
	Missing   *string `json:"missing"`
	Note      string  `json:"note"`
	Submitted string  `json:"submitted_at"`
}

// Bounds of the length of a page of the API.
const (
	pageDefault = 100
	pageMost    = 1000
)

// pageOf reads how long a page is to be.
func (c *call) pageOf() (int, error) {
	text := c.Query("limit")
	if text == "" {
		return pageDefault, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > pageMost {
		return 0, &annotations.InvalidError{Field: "limit", Key: "api.limit", Args: map[string]any{"most": pageMost}}
	}
	return n, nil
}

// nextPage is the address of the page after cursor.
func (c *call) nextPage(cursor string) string {
	q := c.Request.URL.Query()
	q.Set("cursor", cursor)
	return c.Request.URL.Path + "?" + q.Encode()
}

// coderNumbers names coders as the files do: "coder 1" and so on by when they
// first come, whatever page that is on.
func (c *call) coderNumbers() (func(annotations.HandedCoding) string, error) {
	order, err := c.store.CoderOrder(c.ctx(), c.study.ID)
	if err != nil {
		return nil, err
	}
	name := exports.Pseudonyms()
	for _, id := range order {
		k := annotations.HandedCoding{}
		k.Coder = id
		name(k)
	}
	return name, nil
}

// apiCodings answers the codings of a page of cases. A page ends with a case;
// the next begins behind it, whatever was added in between.
func (c *call) apiCodings() error {
	limit, err := c.pageOf()
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	within, more, err := c.store.RangeAfter(c.ctx(), c.study.ID, annotations.CaseID(c.Query("cursor")), limit)
	if err != nil {
		return err
	}
	name, err := c.coderNumbers()
	if err != nil {
		return err
	}
	rows := []codingJSON{}
	cases := annotations.Masked(book, c.notBlind(c.store.HandedInOf(c.ctx(), c.study.ID, within)), c.screener, nil)
	for r, err := range exports.Codings(book, cases, name) {
		if err != nil {
			return err
		}
		row := codingJSON{Case: string(r.Case), Coder: r.Coder, Variable: r.Variable, Note: r.Note, Submitted: rfc3339(r.Submitted)}
		if r.Answer.Missing != "" {
			row.Missing = &r.Answer.Missing
		} else {
			row.Value = &r.Answer.Value
		}
		rows = append(rows, row)
	}
	if err := c.record("export.codings", "", map[string]any{"format": "api", "rows": len(rows)}); err != nil {
		return err
	}
	next := ""
	if more {
		next = c.nextPage(string(within.Through))
		c.Header("Link", fmt.Sprintf(`<%s>; rel="next"`, next))
	}
	return c.json(http.StatusOK, map[string]any{"codings": rows, "next": next})
}

// apiCodingsFile answers all codings as CSV.
func (c *call) apiCodingsFile() error {
	c.AddParam("format", "csv")
	return c.exportCodings()
}

// scopesOf are the acts that somebody may hand to a program: those that they
// have themselves. Who codes hands out no codings, their own blindness would
// end with them.
func (c *call) scopesOf() []auth.Act {
	var list []auth.Act
	for _, act := range []auth.Act{auth.ReadReleases, auth.ExportCodings} {
		if c.may(act) && !(act == auth.ExportCodings && c.actor.Is(auth.Coder, c.study.ID)) {
			list = append(list, act)
		}
	}
	return list
}
