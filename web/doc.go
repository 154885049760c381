// Package web turns data into pages: templates, styles, scripts, messages.
//
// It knows neither cases nor HTTP. It renders what it is given, and whoever
// calls it decides what a reader may see, which links the navigation holds
// and how bytes are sent. [New] parses every page once per language, with the
// translator bound while parsing; [Pages.Render] then writes one page to
// bytes, so that nothing is sent of a page that fails half-way. [Pages.Static]
// is the tree of styles and scripts, served under the hash of its content.
//
// # Adding a page
//
// Write templates/pages/NAME.html, which defines "title" and "main", and,
// where needed, "scripts" (module tags) and "class" (a class of the body):
//
//	{{define "title"}}{{t "home.title"}}{{end}}
//	{{define "main"}}
//	<h1>{{t "home.title"}}</h1>
//	{{template "problems" .Problems}}
//	...
//	{{end}}
//
// Put its messages under "NAME." in i18n/locales (see package i18n). A page
// that no test of package server opens fails there. The data is a struct of
// the caller that embeds [Frame]:
//
//	type casesPage struct {
//		web.Frame
//		Cases []caseLink
//	}
//
// # Functions in templates
//
//	t "key" "name" value ...     a message with its placeholders filled
//	tn "key" n "name" value ...  a message that counts; n is {n}
//	msg .Flash                   a [Message] made in Go
//	num 3  num 0.51 2            a number, with decimals
//	pct 0.62  pct 0.625 1        a share as a percentage
//	day 21                       a day counted from day 0
//	date x  clock x              a time.Time, or for date a partial ISO date
//	lang                         the language of the page
//	asset "css/site.css"         the address of a file; unknown names fail
//	icon "search"                an icon of img/icons.svg; unknown names fail
//	field "email" .Problems ...  a [Field] for {{template "field"}}
//	messages "coding" ...        messages of those prefixes, for a script
//	chart .Regions               a [Chart] as inline SVG
//	dict "a" 1 "b" 2             a map, to give a part several things
//
// A key may be put together from a constant beginning that ends in a dot and
// a value, as in t (print "role." .Role), so that the test which looks for
// unused messages can see the beginning.
//
// # Parts
//
// "field" takes a [Field], "problems" a list of [Problem], "pager" a [Pager],
// "confusion" a [Confusion], and "empty" a dict of "Title", "Text", "Href" and
// "Action", which says what to do first where there is nothing yet. Tables are plain tables of class "grid" inside a div of
// class "scroll" with tabindex="0", role="region" and a name; cells with
// figures have class "n". A chart stands in a <figure> with a <figcaption>.
//
// Data reach a script through data- attributes or a block of JSON; pages
// carry no inline script and no style attribute, for [Policy] forbids both.
package web

// Policy is the Content-Security-Policy under which every page works.
const Policy = "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
