package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
	"github.com/dossierlens/dossierlens/web/i18n"
)

// A call is one request on its way through a handler.
type call struct {
	*gin.Context
	*Server
	actor   auth.Actor
	user    store.User
	session store.Session
	lang    string
	study   store.Study // on routes below /s/:study
	right   auth.Act    // under which the route was entered
}

// ctx is the context of the request.
func (c *call) ctx() context.Context { return c.Request.Context() }

// may reports whether the actor may do act in the study of the call.
func (c *call) may(act auth.Act) bool { return c.actor.May(act, c.study.ID) }

// codebook returns the codebook of the study of the call.
func (c *call) codebook() (*codebook.Codebook, error) { return c.store.Codebook(c.ctx(), c.study.ID) }

// say writes a message in the language of the reader.
func (c *call) say(key string, pairs ...any) string {
	return web.Say(key, pairs...).In(c.pages.Catalogue(c.lang))
}

// page renders a page with status 200.
func (c *call) page(name string, data any) error { return c.pageStatus(http.StatusOK, name, data) }

// pageStatus renders a page to bytes and only then answers. With chart=n in
// the address it answers the n-th chart of the page, from 1, as a file.
func (c *call) pageStatus(status int, name string, data any) error {
	b, err := c.pages.Render(c.lang, name, data)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(c.Query("chart")); err == nil && status == http.StatusOK {
		svg, ok := web.ChartOf(b, n)
		if !ok {
			return annotations.ErrNotFound
		}
		c.Header("Content-Disposition", `attachment; filename="`+name+"-"+strconv.Itoa(n)+`.svg"`)
		c.Data(status, fileTypes["svg"], svg)
		return nil
	}
	c.Data(status, "text/html; charset=utf-8", b)
	return nil
}

// redirect sends the reader on after a form, with what was done shown there.
func (c *call) redirect(path string, done web.Message) error {
	if !done.IsZero() {
		c.setFlash(done.In(c.pages.Catalogue(c.lang)))
	}
	c.Redirect(http.StatusSeeOther, path)
	return nil
}

// studyPath joins the parts to an address below the study of the call.
func (c *call) studyPath(parts ...string) string {
	p := "/s/" + c.study.ID
	for _, s := range parts {
		p += "/" + url.PathEscape(s)
	}
	return p
}

// pathID reads a number from the path; what is none is not found.
func (c *call) pathID(name string) (int64, error) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || id <= 0 {
		return 0, annotations.ErrNotFound
	}
	return id, nil
}

// record puts an event in the audit log under the right of the route.
func (c *call) record(act, object string, detail map[string]any) error {
	return c.store.Record(c.ctx(), c.actor, store.Event{Act: act, Study: c.study.ID, Object: object, Detail: detail, Right: c.right})
}

// A navEntry is a place in the navigation of a study.
type navEntry struct {
	key  string // message key and part of the address
	path string
	act  auth.Act
}

// navigation is what a study offers, each to those who may.
var navigation = []navEntry{
	{"nav.work", "work", auth.CodeCase},
	{"nav.progress", "progress", auth.SeeProgress},
	{"nav.sample", "sample", auth.Sample},
	{"nav.cases", "cases", auth.ListCases},
	{"nav.screening", "screening", auth.Screen},
	{"nav.assign", "assign", auth.Assign},
	{"nav.questions", "questions", auth.Guide},
	{"nav.agreement", "agreement", auth.SeeAgreement},
	{"nav.differences", "differences", auth.Adjudicate},
	{"nav.mirror", "mirror", auth.SeeAgreement},
	{"nav.indicators", "indicators", auth.SeeIndicators},
	{"nav.releases", "releases", auth.ReadReleases},
	{"nav.codebook", "codebook", auth.SeeStudy},
	{"nav.exports", "exports", auth.SeeStudy},
	{"nav.people", "people", auth.ManagePeople},
	{"nav.retention", "retention", auth.SeeRetention},
	{"nav.audit", "audit", auth.ReadAudit},
}

// frame returns the frame of a page; crumbs follow the study, the page itself
// last.
func (c *call) frame(crumbs ...web.Link) web.Frame {
	f := web.Frame{Actor: c.actor.Name, Theme: c.theme(), Here: c.Request.URL.RequestURI(), Flash: c.flash()}
	if c.study.ID != "" {
		f.Crumbs = append(f.Crumbs, web.Link{Href: c.studyPath(), Label: web.Text(c.study.Title)})
		for _, n := range navigation {
			href := c.studyPath(n.path)
			if !c.may(n.act) || n.path == "exports" && !c.may(auth.ExportCodings) && !c.may(auth.ExportFigures) {
				continue
			}
			link := web.Link{Href: href, Label: web.Say(n.key), Current: n.path == c.place()}
			if n.path == "questions" {
				// A page is worth showing without the number.
				link.Count, _ = c.store.OpenQuestions(c.ctx(), c.actor, c.study.ID)
			}
			f.Nav = append(f.Nav, link)
		}
	} else if c.actor.Administrator {
		at := c.Request.URL.Path
		f.Nav = append(f.Nav,
			web.Link{Href: "/users", Label: web.Say("nav.users"), Current: strings.HasPrefix(at, "/users") && at != "/users/review" && at != "/users/policy"},
			web.Link{Href: "/users/review", Label: web.Say("nav.review"), Current: at == "/users/review"},
			web.Link{Href: "/users/policy", Label: web.Say("nav.policy"), Current: at == "/users/policy"})
	}
	f.Crumbs = append(f.Crumbs, crumbs...)
	return f
}

// within says to which place of the navigation an address without one of its
// own belongs.
var within = map[string]string{"import": "cases", "lists": "cases", "assignments": "cases", "rounds": "assign", "training": "assign", "compare": "differences", "reliability": "agreement", "coders": "agreement", "proposals": "differences", "sheets": "indicators"}

// place is the place of the navigation that the request is in, by its path
// below the study.
func (c *call) place() string {
	below, _ := strings.CutPrefix(c.Request.URL.Path, c.studyPath()+"/")
	first, _, _ := strings.Cut(below, "/")
	if p, ok := within[first]; ok {
		return p
	}
	return first
}

// here is the last crumb of a page.
func here(key string, pairs ...any) web.Link { return web.Link{Label: web.Say(key, pairs...)} }

func (c *call) theme() string {
	if c.user.ID != 0 {
		return c.user.Theme
	}
	theme, _ := c.Cookie(c.sessions.prefixed("theme"))
	if theme != "light" && theme != "dark" {
		return ""
	}
	return theme
}

// language chooses the language: the account's, else the cookie's, else the
// browser's, else Dutch.
func (c *call) language() string {
	if c.user.Language != "" {
		return c.user.Language
	}
	if l, err := c.Cookie(c.sessions.prefixed("lang")); err == nil && (l == "nl" || l == "en") {
		return l
	}
	return i18n.Match(c.GetHeader("Accept-Language"))
}

const flashCookie = "flash"

// setFlash keeps a sentence for the next page.
func (c *call) setFlash(sentence string) {
	http.SetCookie(c.Writer, &http.Cookie{Name: c.sessions.prefixed(flashCookie), Value: url.QueryEscape(sentence), Path: "/", MaxAge: 60,
		HttpOnly: true, Secure: c.sessions.secure, SameSite: http.SameSiteLaxMode})
}

// flash takes the sentence that the last act left.
func (c *call) flash() web.Message {
	v, err := c.Request.Cookie(c.sessions.prefixed(flashCookie))
	if err != nil {
		return web.Message{}
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: c.sessions.prefixed(flashCookie), Path: "/", MaxAge: -1, HttpOnly: true, Secure: c.sessions.secure, SameSite: http.SameSiteLaxMode})
	s, err := url.QueryUnescape(v.Value)
	if err != nil {
		return web.Message{}
	}
	return web.Text(s)
}
