package web

import (
	"time"
)

// samples holds, for every page, data in the states worth looking at.
// TestPages renders each of them in every language.
var samples = map[string][]any{
	"login": {
		struct {
			Frame
			Next, Username string
		}{Next: "/"},
		struct {
			Frame
			Next, Username string
		}{Frame: Frame{Problems: []Problem{{Text: Text("<wrong>")}}}, Next: "/", Username: `"><script>`},
	},
	"setup": {
		struct {
			Frame
			Name, Username string
			MinPassword    int
		}{Frame: Frame{Problems: []Problem{{Field: "username", Text: Text("taken")}}}, Name: "A", MinPassword: 12},
	},
	"error": {
		struct {
			Frame
			Message, Advice Message
			Request         string
		}{Frame: signedIn, Message: Text("No such page"), Request: "r-1"},
	},
	"home":    {homePage{Frame: signedIn, Studies: []studyLine{{"/s/impact", "Impactmonitor 2026", []string{"lead", "coder"}, 924, 412, 3}, {"/s/other", "Proef", []string{"observer"}, 0, 0, 0}}}, homePage{Frame: signedIn}},
	"account": {accountPage{Frame: signedIn, Username: "noor", MinPassword: 12, Roles: []accountRoles{{"Impactmonitor 2026", []string{"lead"}}}, Sessions: []accountSession{{time.Date(2026, 11, 23, 14, 3, 0, 0, time.UTC), true}}}},
}

var signedIn = Frame{
	Actor:  "Noor de Vries",
	Theme:  "dark",
	Here:   "/",
	Crumbs: []Link{{Href: "/s/impact", Label: Text("Impactmonitor 2026")}, {Label: Say("account.title")}},
	Nav:    []Link{{Href: "/s/impact", Label: Say("home.cases"), Current: true, Count: 3}},
	Flash:  Say("account.title"),
}

type homePage struct {
	Frame
	Studies []studyLine
}

type studyLine struct {
	Href, Title           string
	Roles                 []string
	Cases, Coded, Waiting int
}

type accountPage struct {
	Frame
	Username    string
	MinPassword int
	Roles       []accountRoles
	Sessions    []accountSession
}

type accountRoles struct {
	Study string
	Roles []string
}

type accountSession struct {
	Since   time.Time
	Current bool
}
