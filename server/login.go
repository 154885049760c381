package server

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type loginPage struct {
	web.Frame
	Next, Username string
	Demo           []demoLogin
	DemoPassword   string
	Provider       string // of single sign-on, empty for none
	Passkeys       bool   // browsers make them for this address
}

// A demoLogin is an account that the login page of the demo shows.
type demoLogin struct{ Login, Name, Role string }

// DemoPassword is the password of every account of the demo.
const DemoPassword = "demo demo demo"

func (c *call) loginForm() error {
	if c.actor.ID != 0 {
		return c.redirect(localPath(c.Query("next")), web.Message{})
	}
	return c.loginAgain(http.StatusOK, c.Query("next"), "")
}

func (c *call) loginAgain(status int, next, username string, problems ...web.Problem) error {
	p := loginPage{Frame: c.frame(), Next: localPath(next), Username: username, Provider: c.sso.name(), Passkeys: c.takesPasskeys()}
	p.Problems = problems
	if c.demo {
		p.DemoPassword = DemoPassword
		users, err := c.store.Users(c.ctx())
		if err != nil {
			return err
		}
		for _, u := range users {
			a, err := c.store.Actor(c.ctx(), u.ID)
			if err != nil {
				return err
			}
			role := ""
			for _, roles := range a.Roles {
				role = string(roles[0])
			}
			if a.Administrator {
				role = string(auth.Administrator)
			}
			p.Demo = append(p.Demo, demoLogin{u.Login, u.Name, role})
		}
	}
	return c.pageStatus(status, "login", p)
}

// accountKey names an account to the throttles.
func accountKey(login string) string { return "account " + strings.ToLower(login) }

// login checks a password. Whether the account exists is told neither by the
// words of the answer nor by the time it takes.
func (c *call) login() error {
	username, password, next := strings.TrimSpace(c.PostForm("username")), c.PostForm("password"), c.PostForm("next")
	account, address := accountKey(username), "address "+c.ClientIP()
	perAccount, _ := c.logins.Allow(c.now(), account)
	perAddress, _ := c.addresses.Allow(c.now(), address)
	if !perAccount || !perAddress {
		if err := c.store.Record(c.ctx(), auth.Actor{}, store.Event{Act: "login.throttled"}); err != nil {
			return err
		}
		return c.loginAgain(http.StatusTooManyRequests, next, username, web.Problem{Text: web.Say("error.too_fast")})
	}
	user, err := c.store.UserByLogin(c.ctx(), username)
	if err != nil && !errors.Is(err, annotations.ErrNotFound) {
		return err
	}
	ok, renew := c.cost.Verify(user.Password, password)
	if !ok || !user.Open(c.now()) {
		if err := c.refuseSignIn(user, "password"); err != nil {
			return err
		}
		return c.loginAgain(http.StatusUnprocessableEntity, next, username, web.Problem{Text: web.Say("login.wrong")})
	}
	c.logins.Forgive(account)
	if renew {
		if err := c.store.RenewHash(c.ctx(), user.ID, c.cost.Hash(password)); err != nil {
			return err
		}
	}
	return c.passed(user, next)
}

// passed goes on with who has proved by one factor who they are: to the second
// when they have one, else in.
func (c *call) passed(user store.User, next string) error {
	f, err := c.store.Factors(c.ctx(), user.ID)
	if err != nil {
		return err
	}
	if f.Second() {
		return c.askSecond(user, next)
	}
	return c.signIn(user, false, next, nil)
}

// signIn begins a session of who has proved who they are.
func (c *call) signIn(user store.User, strong bool, next string, detail map[string]any) error {
	how := store.SignIn{Agent: agentFamily(c.Request.UserAgent()), Address: c.ClientIP(), Strong: strong}
	if err := c.sessions.start(c.Writer, c.Request, user.ID, how); err != nil {
		return err
	}
	if err := c.store.Record(c.ctx(), auth.Actor{ID: user.ID, Login: user.Login}, store.Event{Act: "login", Detail: detail}); err != nil {
		return err
	}
	return c.redirect(localPath(next), web.Message{})
}

// refuseSignIn puts a failed attempt in the audit log.
func (c *call) refuseSignIn(user store.User, factor string) error {
	return c.store.Record(c.ctx(), auth.Actor{ID: user.ID, Login: user.Login}, store.Event{Act: "login.failed", Detail: map[string]any{"factor": factor}})
}

func (c *call) logout() error {
	if err := c.sessions.end(c.Writer, c.Request); err != nil {
		return err
	}
	if err := c.record("logout", "", nil); err != nil {
		return err
	}
	// Not "storage": answers that have not reached the server yet lie there.
	c.Header("Clear-Site-Data", `"cache"`)
	return c.redirect("/login", web.Message{})
}

// localPath returns p if it is an address of this server, else the home page:
// a link must not lead a person who has just signed in to another site.
func localPath(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\n\r\t") {
		return "/"
	}
	return p
}

type linkPage struct {
	web.Frame
	Name, Username string
	MinPassword    int
	First          bool // the first administrator chooses a name as well
	Everybody      bool // needs a second factor, as the first administrator says
	Provider       string
	Path           string
}

// link returns the user of the link of the address. Guessing at links is
// slowed down by address.
func (c *call) link() (int64, error) {
	user, err := c.store.Link(c.ctx(), c.Param("token"))
	if errors.Is(err, annotations.ErrNotFound) {
		if ok, _ := c.links.Allow(c.now(), "address "+c.ClientIP()); !ok {
			return 0, errTooFast
		}
	}
	return user, err
}

func (c *call) linkPage(id int64) linkPage {
	p := linkPage{Frame: c.frame(), MinPassword: auth.MinPassword, First: id == 0, Everybody: true, Path: "/link/" + url.PathEscape(c.Param("token"))}
	if id != 0 {
		p.Provider = c.sso.name()
	}
	return p
}

func (c *call) linkForm() error {
	user, err := c.link()
	if err != nil {
		return err
	}
	p := c.linkPage(user)
	if user != 0 {
		u, err := c.store.User(c.ctx(), user)
		if err != nil {
			return err
		}
		p.Name, p.Username = u.Name, u.Login
	}
	return c.page("setup", p)
}

// useLink sets the password of the link's user, or makes the first
// administrator, and signs them in.
func (c *call) useLink() error {
	token := c.Param("token")
	id, err := c.link()
	if err != nil {
		return err
	}
	u := store.User{Login: strings.TrimSpace(c.PostForm("username")), Name: strings.TrimSpace(c.PostForm("name")), Language: c.lang}
	var problems []web.Problem
	add := func(field, key string, pairs ...any) {
		problems = append(problems, web.Problem{Field: field, Text: web.Say(key, pairs...)})
	}
	if id == 0 && u.Name == "" {
		add("name", "user.name.required")
	}
	if id == 0 && (len(u.Login) < 2 || len(u.Login) > 64 || strings.ContainsAny(u.Login, " \t/\\")) {
		add("username", "user.login.invalid")
	}
	password := c.PostForm("password")
	if err := auth.CheckPassword(password); err != nil {
		problems = append(problems, weak("password", err))
	} else if password != c.PostForm("repeat") {
		add("repeat", "user.password.differs")
	}
	if problems == nil {
		u.Password = c.cost.Hash(password)
		u, err = c.store.UseLink(c.ctx(), token, u)
		var invalid *annotations.InvalidError
		if errors.As(err, &invalid) {
			add("username", invalid.Key)
		} else if err != nil {
			return err
		}
	}
	if problems != nil {
		p := c.linkPage(id)
		p.Name, p.Username, p.Problems, p.Everybody = u.Name, u.Login, problems, c.PostForm("second_factor") != ""
		return c.pageStatus(http.StatusUnprocessableEntity, "setup", p)
	}
	if id == 0 && c.PostForm("second_factor") != "" {
		if err := c.demandFactors(u); err != nil {
			return err
		}
	}
	if !u.Open(c.now()) {
		return c.redirect("/login", web.Say("login.closed"))
	}
	return c.passed(u, "/")
}

// demandFactors has everybody in a new workspace need a second factor, by the
// word of its first administrator.
func (c *call) demandFactors(u store.User) error {
	p, err := c.store.AccessPolicy(c.ctx())
	if err != nil {
		return err
	}
	p.SecondFactor = string(auth.Administrator)
	for _, r := range auth.Roles {
		p.SecondFactor += " " + string(r)
	}
	return c.store.SetAccessPolicy(c.ctx(), auth.Actor{ID: u.ID, Login: u.Login, Name: u.Name, Administrator: true}, p)
}

// weak says why a password may not be set.
func weak(field string, err error) web.Problem {
	if errors.Is(err, auth.ErrStolenPassword) {
		return web.Problem{Field: field, Text: web.Say("user.password.stolen")}
	}
	return web.Problem{Field: field, Text: web.Say("user.password.weak", "length", auth.MinPassword)}
}

// setPreferences keeps the language and theme: in the account of who is signed
// in, else in a cookie.
func (c *call) setPreferences() error {
	lang, hasLang := c.GetPostForm("lang")
	theme, hasTheme := c.GetPostForm("theme")
	if c.user.ID != 0 {
		if !hasLang {
			lang = c.user.Language
		}
		if !hasTheme {
			theme = c.user.Theme
		}
		if err := c.store.SetPreferences(c.ctx(), c.user.ID, lang, theme); err != nil {
			return err
		}
	} else {
		keep := func(name, value string, valid bool) {
			if valid {
				http.SetCookie(c.Writer, &http.Cookie{Name: c.sessions.prefixed(name), Value: value, Path: "/", MaxAge: 365 * 24 * 3600,
					HttpOnly: true, Secure: c.sessions.secure, SameSite: http.SameSiteLaxMode})
			}
		}
		keep("lang", lang, hasLang && (lang == "nl" || lang == "en"))
		keep("theme", theme, hasTheme && (theme == "" || theme == "light" || theme == "dark"))
	}
	return c.redirect(localPath(c.PostForm("back")), web.Message{})
}
