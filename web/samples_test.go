package web

// samples holds data of pages in states worth looking at.
// TestPages renders each of them in every language.
var samples = map[string][]any{
	"error": {
		struct {
			Frame
			Message, Advice Message
			Request         string
		}{Frame: signedIn, Message: Text("No such page"), Request: "r-1"},
	},
}

var signedIn = Frame{
	Actor:  "Noor de Vries",
	Theme:  "dark",
	Here:   "/",
	Crumbs: []Link{{Href: "/s/impact", Label: Text("Impactmonitor 2026")}, {Label: Say("account.title")}},
	Nav:    []Link{{Href: "/s/impact", Label: Say("home.cases"), Current: true, Count: 3}},
	Flash:  Say("account.title"),
}
