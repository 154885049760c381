package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

const (
	bodyLimit   = 1 << 20   // a form or an answer
	uploadLimit = 512 << 20 // an import
)

// frame is what happens around every request: an id, headers, a bound on the
// body, a line in the log, and a 500 in place of a panic.
func (s *Server) frame(secure bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		started := s.now()
		id := rand.Text()[:12]
		c.Set("request", id)
		harden(c.Writer.Header(), secure)
		limit := int64(bodyLimit)
		if strings.HasSuffix(c.FullPath(), "/import") {
			limit = uploadLimit
		}
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		defer func() {
			if r := recover(); r != nil {
				if r == http.ErrAbortHandler {
					panic(r)
				}
				s.log.Error("panic", "route", c.FullPath(), "request", id, "err", fmt.Sprint(r))
				if !c.Writer.Written() {
					c.String(http.StatusInternalServerError, "internal error "+id)
				}
			}
			s.metrics.observe(c.Request.Method, c.FullPath(), c.Writer.Status(), s.now().Sub(started))
			s.log.Info("request", "method", c.Request.Method, "route", c.FullPath(), "status", c.Writer.Status(),
				"ms", s.now().Sub(started).Milliseconds(), "request", id, "user", c.GetInt64("user"))
		}()
		c.Next()
	}
}

// harden tells browsers what they may do with an answer, whatever it is.
func harden(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", web.Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// handle wraps a handler: who acts, whether they may, and what an error becomes.
func (s *Server) handle(r route) gin.HandlerFunc {
	return func(g *gin.Context) {
		c := &call{Context: g, Server: s, right: r.act}
		err := s.enter(c, r)
		if err == nil {
			do := func() {
				if err := r.handler(c); err != nil {
					s.fail(c, err)
				}
			}
			if r.unkept {
				do()
			} else {
				err = s.once(c, do)
			}
		}
		if err != nil {
			s.fail(c, err)
		}
	}
}

// enter finds the actor and lets them pass or not.
func (s *Server) enter(c *call, r route) error {
	if token, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer "); ok && r.tokens {
		return s.enterProgram(c, r, token)
	}
	session, err := s.sessions.current(c.Request)
	switch {
	case err == nil:
		if c.actor, err = s.store.Actor(c.ctx(), session.User); err != nil && !errors.Is(err, annotations.ErrNotFound) {
			return err
		}
		if err == nil {
			if c.user, err = s.store.User(c.ctx(), session.User); err != nil {
				return err
			}
			c.session = session
			c.Set("user", session.User)
		}
	case !errors.Is(err, annotations.ErrNotFound):
		return err
	}
	c.lang = c.language()
	if r.public {
		return nil
	}
	if c.actor.ID == 0 {
		return errSignIn
	}
	if !r.anyway && c.lacksFactor() {
		return errFactor
	}
	if id := studyOf(c, r); id != "" {
		// A study of which the actor is no member looks as if it were none, and
		// takes as long: both refusals are written down.
		c.study, err = s.store.Study(c.ctx(), id)
		absent := errors.Is(err, annotations.ErrNotFound)
		if err != nil && !absent {
			return err
		}
		if absent || len(c.actor.Roles[id]) == 0 && !c.actor.Administrator {
			c.study = store.Study{}
			if absent {
				id = "" // what somebody typed does not go into the log
			}
			return s.refuse(c, r, id, annotations.ErrNotFound)
		}
	}
	if r.act != "" && !c.actor.May(r.act, c.study.ID) {
		return s.refuse(c, r, c.study.ID, annotations.ErrDenied)
	}
	if r.fresh {
		return c.confirmed()
	}
	return nil
}

// studyOf returns the study that a request is about, empty if it is about
// none. The one route of programs that is the same for all studies names it in
// its query.
func studyOf(c *call, r route) string {
	if id := c.Param("study"); id != "" || !r.tokens {
		return id
	}
	return c.Query("study")
}

// enterProgram lets a program pass with its token. A study that the token is
// not for looks as if there were none.
func (s *Server) enterProgram(c *call, r route, token string) error {
	var err error
	c.lang = c.language()
	if c.actor, err = s.store.TokenActor(c.ctx(), token); errors.Is(err, annotations.ErrNotFound) {
		return errSignIn
	}
	if err != nil {
		return err
	}
	if ok, wait := s.programs.Allow(c.now(), c.actor.Login); !ok {
		c.Header("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return errTooFast
	}
	id := studyOf(c, r)
	if !c.actor.May(r.act, id) {
		return s.refuse(c, r, id, annotations.ErrNotFound)
	}
	c.study, err = s.store.Study(c.ctx(), id)
	return err
}

// refuse puts a refusal in the audit log and returns err.
func (s *Server) refuse(c *call, r route, study string, err error) error {
	return errors.Join(err, s.store.Record(c.ctx(), c.actor, store.Event{Act: "refused", Study: study,
		Object: r.method + " " + r.path, Detail: map[string]any{"wanted": string(r.act)}, Right: auth.Act("")}))
}

// fail answers a request that went wrong.
func (s *Server) fail(c *call, err error) {
	if errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil {
		return // the reader is gone
	}
	status, message := classify(err)
	id := c.GetString("request")
	if status >= 500 {
		s.log.Error("request failed", "route", c.FullPath(), "request", id, "err", err)
	}
	if c.Writer.Written() {
		return
	}
	if strings.HasPrefix(c.Request.URL.Path, "/api/") {
		s.failAPI(c, status, message, err)
		return
	}
	if errors.Is(err, errSignIn) {
		next := ""
		if c.Request.Method == http.MethodGet && c.Request.URL.Path != "/" {
			next = "?next=" + url.QueryEscape(c.Request.URL.RequestURI())
		}
		c.Redirect(http.StatusSeeOther, "/login"+next)
		return
	}
	if errors.Is(err, errFactor) {
		c.Redirect(http.StatusSeeOther, "/account")
		return
	}
	if errors.Is(err, errConfirm) {
		s.failConfirm(c, err)
		return
	}
	p := errorPage{Frame: c.frame(), Message: message, Advice: web.Say("error.advice")}
	p.Crumbs = append(p.Crumbs, here("error.title"))
	if status >= 500 {
		p.Request = id
	}
	if err := c.pageStatus(status, "error", p); err != nil {
		s.log.Error("error page", "request", id, "err", err)
		c.String(http.StatusInternalServerError, "internal error "+id)
	}
}

// failAPI answers a program, with both sides of a conflict.
func (s *Server) failAPI(c *call, status int, message web.Message, err error) {
	var conflict *annotations.ConflictError
	if errors.As(err, &conflict) {
		c.json(status, map[string]any{"current": answerOf(conflict.Current), "yours": answerOf(conflict.Yours)})
		return
	}
	sentence := message.In(s.pages.Catalogue(c.lang))
	p := problemDetail{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: sentence}
	var invalid *annotations.InvalidError
	if errors.As(err, &invalid) && invalid.Field != "" {
		p.Errors = []problemField{{invalid.Field, sentence}}
	}
	if status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	if status == http.StatusTooManyRequests && c.Writer.Header().Get("Retry-After") == "" {
		c.Header("Retry-After", "20")
	}
	b, _ := json.Marshal(p) // strings and numbers always marshal
	c.Data(status, "application/problem+json", b)
}

// json answers v.
func (c *call) json(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.Data(status, "application/json", b)
	return nil
}

// readJSON reads the body into v; a body that does not fit is the sender's
// mistake.
func (c *call) readJSON(v any) error {
	d := json.NewDecoder(c.Request.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return errTooMuch
		}
		return fmt.Errorf("%w: %w", errForm, err)
	}
	return nil
}

func noSuchPage(*call) error { return annotations.ErrNotFound }

// rfc3339 writes a time for programs; the zero time is empty.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
