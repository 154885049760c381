package server

import (
	"net/http"
	"strings"

	"github.com/gorilla/sessions"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
)

// sessionStore is gorilla's Store over rows of the database: the cookie holds
// an opaque number and nothing else, so that signing out, disabling an account
// and changing a password end a session at once.
type sessionStore struct {
	store  *store.Store
	secure bool
}

var _ sessions.Store = (*sessionStore)(nil)

// The values that a session has: the user's number; of one that begins, the
// way it does; of one that was found, its row.
const (
	userKey  = "user"
	howKey   = "how"
	foundKey = "found"
)

// name is the name of the cookie.
func (s *sessionStore) name() string { return s.prefixed("dossierlens") }

// prefixed is the name of a cookie under TLS; the prefix makes browsers refuse
// one that was set by another host or over plain HTTP.
func (s *sessionStore) prefixed(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// options leaves nothing to the defaults of the library, which are unsafe.
func (s *sessionStore) options() *sessions.Options {
	return &sessions.Options{Path: "/", MaxAge: 0, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

// Get returns the session of the request, which is new when there is none.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session of the cookie from the database.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options, session.IsNew = s.options(), true
	cookie, err := r.Cookie(name)
	if err != nil {
		return session, nil // no cookie is no error
	}
	found, err := s.store.Session(r.Context(), cookie.Value)
	if err != nil {
		return session, err
	}
	session.ID, session.IsNew = cookie.Value, false
	session.Values[userKey], session.Values[foundKey] = found.User, found
	return session, nil
}

// Save starts the session of the user in it, under a number that nobody knew
// before, or ends it when its MaxAge is negative.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.ID != "" {
		if err := s.store.EndSession(r.Context(), session.ID); err != nil {
			return err
		}
		session.ID = ""
	}
	user, ok := session.Values[userKey].(int64)
	if session.Options.MaxAge < 0 || !ok {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		return nil
	}
	how, _ := session.Values[howKey].(store.SignIn)
	token, err := s.store.StartSession(r.Context(), user, how)
	if err != nil {
		return err
	}
	session.ID = token
	http.SetCookie(w, sessions.NewCookie(session.Name(), token, session.Options))
	return nil
}

// current returns the live session of the request, or
// [annotations.ErrNotFound].
func (s *sessionStore) current(r *http.Request) (store.Session, error) {
	session, err := s.New(r, s.name())
	if err != nil {
		return store.Session{}, err
	}
	found, ok := session.Values[foundKey].(store.Session)
	if !ok {
		return store.Session{}, annotations.ErrNotFound
	}
	return found, nil
}

// start signs user in on w; whatever session the request had is ended.
func (s *sessionStore) start(w http.ResponseWriter, r *http.Request, user int64, how store.SignIn) error {
	session := sessions.NewSession(s, s.name())
	session.Options = s.options()
	if cookie, err := r.Cookie(s.name()); err == nil {
		session.ID = cookie.Value
	}
	session.Values[userKey], session.Values[howKey] = user, how
	return session.Save(r, w)
}

// confirm notes that who is signed in has just proved it again; the session
// goes on under a number that nobody knew before.
func (s *sessionStore) confirm(w http.ResponseWriter, r *http.Request, strong bool) error {
	token, err := s.store.ConfirmSession(r.Context(), s.token(r), strong)
	if err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(s.name(), token, s.options()))
	// What still comes in this request finds the session by its new number.
	cookies := r.Cookies()
	r.Header.Del("Cookie")
	for _, cookie := range cookies {
		if cookie.Name == s.name() {
			cookie.Value = token
		}
		r.AddCookie(cookie)
	}
	return nil
}

// end signs the request out.
func (s *sessionStore) end(w http.ResponseWriter, r *http.Request) error {
	session := sessions.NewSession(s, s.name())
	session.Options = s.options()
	session.Options.MaxAge = -1
	if cookie, err := r.Cookie(s.name()); err == nil {
		session.ID = cookie.Value
	}
	return session.Save(r, w)
}

// token returns the number of the request's session.
func (s *sessionStore) token(r *http.Request) string {
	cookie, err := r.Cookie(s.name())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// keep gives the browser the token of a ceremony, which comes back on any
// page until the browser is closed.
func (s *sessionStore) keep(w http.ResponseWriter, ceremony, token string) {
	http.SetCookie(w, &http.Cookie{Name: s.name() + "-" + ceremony, Value: token, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
}

// kept returns the token of a ceremony that the browser began, or "".
func (s *sessionStore) kept(r *http.Request, ceremony string) string {
	cookie, err := r.Cookie(s.name() + "-" + ceremony)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// drop takes the token of a ceremony from the browser.
func (s *sessionStore) drop(w http.ResponseWriter, ceremony string) {
	http.SetCookie(w, &http.Cookie{Name: s.name() + "-" + ceremony, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
}

// families are the browsers and systems that a list of devices names, each by
// what only it says of itself; the more particular come first.
var families = [2][][2]string{
	{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}, {"python", "Python"}},
	{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}},
}

// agentFamily is what a person knows their device by: browser and system, and
// nothing more of what the browser says about itself.
func agentFamily(agent string) string {
	var found []string
	for _, kind := range families {
		for _, f := range kind {
			if strings.Contains(agent, f[0]) {
				found = append(found, f[1])
				break
			}
		}
	}
	return strings.Join(found, " · ")
}
