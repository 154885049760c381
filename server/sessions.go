package server

import (
	"net/http"

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

// userKey is the one value that a session has: the user's number.
const userKey = "user"

// name is the name of the cookie; the prefix makes browsers refuse one that
// was set by another host or over plain HTTP.
func (s *sessionStore) name() string {
	if s.secure {
		return "__Host-dossierlens"
	}
	return "dossierlens"
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
	user, err := s.store.SessionUser(r.Context(), cookie.Value)
	if err != nil {
		return session, err
	}
	session.ID, session.IsNew = cookie.Value, false
	session.Values[userKey] = user
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
	token, err := s.store.StartSession(r.Context(), user)
	if err != nil {
		return err
	}
	session.ID = token
	http.SetCookie(w, sessions.NewCookie(session.Name(), token, session.Options))
	return nil
}

// user returns the user of the request's session, or
// [annotations.ErrNotFound].
func (s *sessionStore) user(r *http.Request) (int64, error) {
	session, err := s.New(r, s.name())
	if err != nil {
		return 0, err
	}
	user, ok := session.Values[userKey].(int64)
	if !ok {
		return 0, annotations.ErrNotFound
	}
	return user, nil
}

// start signs user in on w; whatever session the request had is ended.
func (s *sessionStore) start(w http.ResponseWriter, r *http.Request, user int64) error {
	session := sessions.NewSession(s, s.name())
	session.Options = s.options()
	if cookie, err := r.Cookie(s.name()); err == nil {
		session.ID = cookie.Value
	}
	session.Values[userKey] = user
	return session.Save(r, w)
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
