package server

import (
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/web"
)

type homePage struct {
	web.Frame
	Studies   []studyLine
	MayCreate bool
	Builtin   []string // codebooks of the program's own
}

type studyLine struct {
	Href, Title           string
	Roles                 []auth.Role
	Cases, Coded, Waiting int
}

func (c *call) home() error { return c.homeAgain(http.StatusOK, nil) }

func (c *call) homeAgain(status int, problems []web.Problem) error {
	studies, err := c.store.Studies(c.ctx())
	if err != nil {
		return err
	}
	p := homePage{Frame: c.frame(), MayCreate: c.actor.May(auth.CreateStudy, ""), Builtin: builtin.IDs()}
	p.Problems = problems
	for _, st := range studies {
		roles := c.actor.Roles[st.ID]
		if len(roles) == 0 && !c.actor.Administrator {
			continue
		}
		line := studyLine{Href: "/s/" + st.ID, Title: st.Title, Roles: roles}
		if len(roles) == 0 {
			line.Roles, line.Href = []auth.Role{auth.Administrator}, "/s/"+st.ID+"/people"
		}
		if c.actor.May(auth.SeeProgress, st.ID) {
			counts, err := c.store.CaseCounts(c.ctx(), st.ID)
			if err != nil {
				return err
			}
			for _, n := range counts {
				line.Cases += n.N
				if n.State == annotations.Comparing || n.State == annotations.Settled {
					line.Coded += n.N
				}
				if n.State == annotations.Comparing && c.actor.May(auth.Adjudicate, st.ID) || n.State == annotations.Screening && c.actor.May(auth.Screen, st.ID) {
					line.Waiting += n.N
				}
			}
		}
		if c.actor.May(auth.CodeCase, st.ID) {
			mine, err := c.store.MyAssignments(c.ctx(), c.actor, st.ID)
			if err != nil {
				return err
			}
			for _, a := range mine {
				if a.Editable() {
					line.Waiting++
				}
			}
			if !c.actor.May(auth.SeeProgress, st.ID) {
				line.Cases = len(mine)
				line.Coded = len(mine) - line.Waiting
			}
		}
		p.Studies = append(p.Studies, line)
	}
	return c.pageStatus(status, "home", p)
}

// studyHome leads each role to where its work is.
func (c *call) studyHome() error {
	for _, n := range navigation {
		if c.may(n.act) {
			return c.redirect(c.studyPath(n.path), web.Message{})
		}
	}
	return annotations.ErrDenied
}

type codebookPage struct {
	web.Frame
	Book     *codebook.Codebook
	Sections []codebookSection
	Lang     string
}

type codebookSection struct {
	*codebook.Section
	Hue       int
	Variables []codebookVariable
}

type codebookVariable struct {
	*codebook.Variable
	Number  string
	Options []codebook.Category
}

// codebookPage shows the codebook of a study as a printed one reads.
func (c *call) codebookPage() error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := codebookPage{Frame: c.frame(here("codebook.title")), Book: book, Lang: c.lang}
	for i, s := range book.Sections {
		sec := codebookSection{Section: s, Hue: hue(i)}
		for j, v := range s.Variables {
			sec.Variables = append(sec.Variables, codebookVariable{v, numbered(i, j), book.Options(v, "")})
		}
		p.Sections = append(p.Sections, sec)
	}
	return c.page("codebook", p)
}

type progressPage struct {
	web.Frame
	States []stateCount
	Strata []stratumLine
	Coders []coderLine
	Total  int
	At     time.Time
}

type stateCount struct {
	State annotations.State
	N     int
}

type stratumLine struct {
	Region, RegionLabel, Period string
	N, Double                   int
	By                          map[annotations.State]int
}

type coderLine struct {
	Name                             string
	Given, Begun, Submitted, Waiting int
	Spent                            web.Message
}

// progress shows how far a study is: by stratum, by state and by coder.
func (c *call) progress() error {
	counts, err := c.store.CaseCounts(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	book, err := c.codebook()
	if err != nil {
		return err
	}
	p := progressPage{Frame: c.frame(here("progress.title")), At: c.now()}
	totals := map[annotations.State]int{}
	for _, n := range counts {
		if k := len(p.Strata); k == 0 || p.Strata[k-1].Region != n.Region || p.Strata[k-1].Period != n.Period {
			p.Strata = append(p.Strata, stratumLine{Region: n.Region, RegionLabel: regionLabel(book, n.Region, c.lang), Period: n.Period, By: map[annotations.State]int{}})
		}
		line := &p.Strata[len(p.Strata)-1]
		line.N += n.N
		line.Double += n.Double
		line.By[n.State] += n.N
		totals[n.State] += n.N
		p.Total += n.N
	}
	for _, s := range annotations.States {
		if totals[s] > 0 || s == annotations.Settled {
			p.States = append(p.States, stateCount{s, totals[s]})
		}
	}
	coders, err := c.store.Progress(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	spent, err := c.store.WorkTime(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, k := range coders {
		p.Coders = append(p.Coders, coderLine{k.Name, k.Given, k.Begun, k.Submitted, k.Given - k.Begun - k.Submitted, duration(spent[k.Coder])})
	}
	return c.page("progress", p)
}

// regionLabel returns the name of a region by the list behind the variable
// that copies it, or the code when there is none.
func regionLabel(book *codebook.Codebook, code, lang string) string {
	for _, v := range book.Variables() {
		if v.CopyOf == "region" {
			for _, o := range book.Options(v, "") {
				if o.Code == code {
					return o.Label.In(lang)
				}
			}
		}
	}
	return code
}

type helpPage struct {
	web.Frame
	Topics []web.HelpTopic
}

// help shows how each role works.
func (c *call) help() error {
	topics, err := c.pages.Help(c.lang)
	if err != nil {
		return err
	}
	return c.page("help", helpPage{c.frame(here("help.title")), topics})
}

// readUpload reads a small uploaded file.
func readUpload(h *multipart.FileHeader) ([]byte, error) {
	f, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
