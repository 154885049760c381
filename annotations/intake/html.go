package intake

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// htmlFile reads a web page; name is the encoding that was guessed, which a
// <meta charset> in the page overrules.
func (x *extraction) htmlFile(text, name string) error {
	x.encoding = name
	if name == windows1252 {
		// Where a page says nothing, windows-1252 is what browsers take too.
		e, declared, _ := charset.DetermineEncoding(x.data, "")
		switch {
		case declared == utf8Name: // which it is not
		case declared != windows1252:
			delete(x.count, NoticeEncoding)
			text, x.encoding = decodeWith(e, x.data, x.count), declared
		case bytes.Contains(bytes.ToLower(x.data[:min(len(x.data), 1024)]), []byte("charset")):
			delete(x.count, NoticeEncoding)
		}
	}
	return x.html(text)
}

// htmlTags bounds the elements of a page: in memory each takes many times the
// three bytes of a tag.
const htmlTags = 1_000_000

// html reads the text that a browser would show.
func (x *extraction) html(text string) error {
	if strings.Count(text, "<") > htmlTags {
		return &Problem{Reason: ErrBomb, Args: []any{htmlTags}}
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return &Problem{Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
	}
	w := &htmlWalk{extraction: x}
	w.node(root)
	return x.stopped()
}

// An htmlWalk writes the text of a tree. html.Parse refuses trees that are
// deep enough to matter to a recursion.
type htmlWalk struct {
	*extraction
	blank bool // white space is due before the next character
	pre   bool
	lists []int // number of the item in each open list; -1 for bullets
	label int   // length of the text when an item's label was written
}

var unseenStyle = regexp.MustCompile(`(?i)display\s*:\s*none|visibility\s*:\s*hidden`)

func (w *htmlWalk) node(n *html.Node) {
	if w.stopped() != nil {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
	case html.CommentNode:
		if strings.TrimSpace(n.Data) != "" {
			w.lost(NoticeComment)
		}
	case html.ElementNode:
		w.element(n)
	default:
		w.children(n)
	}
}

func (w *htmlWalk) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

func (w *htmlWalk) text(s string) {
	if w.pre {
		w.write(s)
		return
	}
	s = collapse(s)
	if strings.HasPrefix(s, " ") {
		w.blank = true
		s = s[1:]
	}
	if s == "" {
		return
	}
	out := w.out.String()
	if w.blank && out != "" && !strings.HasSuffix(out, "\n") && !strings.HasSuffix(out, "\t") {
		w.write(" ")
	}
	w.blank = strings.HasSuffix(s, " ")
	w.write(strings.TrimSuffix(s, " "))
}

func (w *htmlWalk) element(n *html.Node) {
	if hiddenElement(n) {
		w.lost(NoticeHidden)
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Head, atom.Input, atom.Select, atom.Button:
		return
	case atom.Del, atom.S, atom.Strike:
		if n.DataAtom == atom.Del {
			w.lost(NoticeDeletion)
			return
		}
	case atom.Ins:
		w.lost(NoticeInsertion)
	case atom.Img, atom.Picture, atom.Svg, atom.Canvas:
		w.lost(NoticePicture)
		return
	case atom.Object, atom.Embed, atom.Iframe, atom.Audio, atom.Video:
		w.lost(NoticeObject)
		return
	case atom.Br:
		w.blank = false
		w.write("\n")
		return
	case atom.Tr:
		w.tableRow(n)
		return
	case atom.Ul, atom.Ol:
		at := -1
		if n.DataAtom == atom.Ol {
			at = 0
		}
		w.lists = append(w.lists, at)
		w.block(n)
		w.lists = w.lists[:len(w.lists)-1]
		return
	case atom.Li:
		w.line()
		w.item()
		w.label = w.out.Len()
		w.children(n)
		w.line()
		return
	case atom.Pre, atom.Textarea:
		before := w.pre
		w.pre = true
		w.block(n)
		w.pre = before
		return
	}
	if blockElements[n.DataAtom] {
		w.block(n)
		return
	}
	w.children(n)
}

func hiddenElement(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "hidden" || a.Key == "style" && unseenStyle.MatchString(a.Val) {
			return true
		}
	}
	return false
}

var blockElements = map[atom.Atom]bool{
	atom.Address: true, atom.Article: true, atom.Aside: true, atom.Blockquote: true, atom.Body: true,
	atom.Caption: true, atom.Center: true, atom.Dd: true, atom.Details: true, atom.Div: true, atom.Dl: true,
	atom.Dt: true, atom.Fieldset: true, atom.Figcaption: true, atom.Figure: true, atom.Footer: true,
	atom.Form: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
	atom.Header: true, atom.Hr: true, atom.Legend: true, atom.Main: true, atom.Nav: true, atom.P: true,
	atom.Section: true, atom.Summary: true, atom.Table: true, atom.Title: true,
}

func (w *htmlWalk) block(n *html.Node) {
	w.line()
	w.children(n)
	w.line()
}

// line begins a new line.
func (w *htmlWalk) line() {
	w.blank = false
	if w.out.Len() != w.label {
		w.endLine()
	}
}

func (w *htmlWalk) item() {
	depth := len(w.lists)
	if depth == 0 {
		w.write("- ")
		return
	}
	indent := strings.Repeat("  ", depth-1)
	at := &w.lists[depth-1]
	if *at < 0 {
		w.write(indent + "- ")
		return
	}
	*at++
	w.write(indent + numeral(*at, "decimal") + ". ")
}

func (w *htmlWalk) tableRow(n *html.Node) {
	w.line()
	var cells []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
			continue
		}
		cell, _ := w.capture(func() error { w.blank = false; w.node(c); return nil }) // node has no error of its own
		cells = append(cells, strings.Trim(cell, "\n "))
	}
	w.writeRaw(strings.Join(cells, "\t"))
	w.line()
}
