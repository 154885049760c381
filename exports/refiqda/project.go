package refiqda

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
)

// A Project is what a .qdpx file is made from. Cases and Sources are read more
// than once and must yield the same each time.
type Project struct {
	Title    string
	Codebook *codebook.Codebook
	Cases    iter.Seq2[annotations.Handed, error]
	Sources  iter.Seq2[annotations.Source, error]
	Coder    func(id int64, login string) string // name of a coder in the file
	Lang     string                              // of labels, "nl" or "en"
	Made     time.Time
}

// WriteProject streams a project as a .qdpx file. A text that was deleted has
// no source. What a coder wrote on site becomes a line of a text of the case,
// and that line is the passage. Case variables are the settled answers, or
// those of the only coder; a case whose differences are not settled has none.
func WriteProject(w io.Writer, p Project) error {
	z := zip.NewWriter(w)
	users := &userList{name: p.Coder, at: map[int64]string{}}
	create := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.Made.UTC()})
	}
	for s, err := range p.Sources {
		if err != nil {
			return err
		}
		for _, k := range s.Passages {
			users.add(k.Coder, k.Login)
		}
		t := p.text(s)
		if t.content == "" {
			continue
		}
		f, err := create("sources/" + t.guid + ".txt")
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, t.content); err != nil {
			return err
		}
	}
	f, err := create("project.qde")
	if err != nil {
		return err
	}
	q := &document{p: p, users: users, e: xml.NewEncoder(f)}
	q.e.Indent("", " ")
	if _, err := io.WriteString(f, xml.Header); err != nil {
		return err
	}
	if err := q.write(); err != nil {
		return err
	}
	return z.Close()
}

// A userList names coders in the order in which they come.
type userList struct {
	name func(int64, string) string
	list []user
	at   map[int64]string
}

type user struct {
	GUID string `xml:"guid,attr"`
	Name string `xml:"name,attr"`
}

func (u *userList) add(id int64, login string) {
	if u.at[id] == "" {
		name := u.name(id, login)
		u.at[id] = guid("user", name)
		u.list = append(u.list, user{u.at[id], name})
	}
}

// A text is a source as it stands in the file.
type text struct {
	guid, name, content string
	selections          []selection
}

type selection struct {
	annotations.SourcePassage
	start, end int // code points, half open
	quote      string
}

// text makes the text of a source. Passages whose text was deleted are left
// out.
func (p Project) text(s annotations.Source) text {
	if d := s.Document; d != nil {
		t := text{guid: guid("document", string(s.Case.ID), strconv.Itoa(d.Number), d.SHA256), content: d.Text}
		t.name = strings.TrimSpace(fmt.Sprintf("%s %d %s", s.Case.ID, d.Number, p.typeName(d.Type)))
		for _, k := range s.Passages {
			if k.Quote != "" && p.Codebook.Variable(k.Variable) != nil {
				t.selections = append(t.selections, selection{k, k.Start, k.End, k.Quote})
			}
		}
		return t
	}
	t := text{guid: guid("onsite", string(s.Case.ID)), name: string(s.Case.ID)}
	var b strings.Builder
	at := 0
	for _, k := range s.Passages {
		if p.Codebook.Variable(k.Variable) == nil {
			continue // of another version
		}
		line := p.typeName(k.DocumentType)
		if k.Page != nil {
			line += ", p. " + strconv.Itoa(*k.Page)
		}
		if k.Day != nil {
			line += ", " + codebook.Text{NL: "dag ", EN: "day "}.In(p.Lang) + strconv.Itoa(*k.Day)
		}
		if k.Paraphrase != "" {
			line += ": " + strings.Join(strings.Fields(k.Paraphrase), " ")
		}
		n := utf8.RuneCountInString(line)
		t.selections = append(t.selections, selection{k, at, at + n, line})
		b.WriteString(line + "\n")
		at += n + 1
	}
	t.content = b.String()
	return t
}

func (p Project) typeName(code string) string {
	for _, t := range p.Codebook.DocumentTypes {
		if t.Code == code {
			return t.Label.In(p.Lang)
		}
	}
	return code
}

// A document is project.qde being written; its parts come in the order that
// the schema wants.
type document struct {
	p     Project
	users *userList
	e     *xml.Encoder
}

type ref struct {
	GUID string `xml:"targetGUID,attr"`
}

func (q *document) write() error {
	p := q.p
	attr := func(name, value string) xml.Attr { return xml.Attr{Name: xml.Name{Local: name}, Value: value} }
	root := xml.StartElement{Name: xml.Name{Local: "Project"}, Attr: []xml.Attr{attr("xmlns", projectSpace), attr("name", p.Title), attr("origin", Origin),
		attr("creationDateTime", p.Made.UTC().Format(time.RFC3339))}}
	if err := q.e.EncodeToken(root); err != nil {
		return err
	}
	for _, part := range []struct {
		name  string
		write func() error
	}{{"Users", q.writeUsers}, {"CodeBook", q.writeCodes}, {"Variables", q.writeVariables}, {"Cases", q.writeCases}, {"Sources", q.writeSources}} {
		if part.name == "Users" && len(q.users.list) == 0 {
			continue
		}
		start := xml.StartElement{Name: xml.Name{Local: part.name}}
		if err := q.e.EncodeToken(start); err != nil {
			return err
		}
		if err := part.write(); err != nil {
			return err
		}
		if err := q.e.EncodeToken(start.End()); err != nil {
			return err
		}
	}
	if err := q.e.EncodeToken(root.End()); err != nil {
		return err
	}
	return q.e.Flush()
}

func (q *document) element(name string, x any) error {
	return q.e.EncodeElement(x, xml.StartElement{Name: xml.Name{Local: name}})
}

func (q *document) writeUsers() error {
	for _, u := range q.users.list {
		if err := q.element("User", u); err != nil {
			return err
		}
	}
	return nil
}

func (q *document) writeCodes() error {
	return q.element("Codes", struct {
		Codes []code `xml:"Code"`
	}{codes(q.p.Codebook, q.p.Lang)})
}

// Facts about a case that are variables too.
var caseFacts = []string{"region", "period", "stratum"}

func (q *document) writeVariables() error {
	type variable struct {
		GUID        string `xml:"guid,attr"`
		Name        string `xml:"name,attr"`
		Type        string `xml:"typeOfVariable,attr"`
		Description string `xml:"Description,omitempty"`
	}
	var list []variable
	for _, name := range caseFacts {
		list = append(list, variable{guid("fact", name), name, "Text", ""})
	}
	for _, v := range q.p.Codebook.Variables() {
		kind := "Text"
		if v.Type == codebook.TypeNumber {
			kind = "Float"
		}
		list = append(list, variable{q.valueOf(v.ID), v.ID, kind, v.Label.In(q.p.Lang)},
			variable{q.missingOf(v.ID), v.ID + "_missing", "Text", ""})
	}
	for _, v := range list {
		if err := q.element("Variable", v); err != nil {
			return err
		}
	}
	return nil
}

func (q *document) valueOf(id string) string   { return guid("value", q.p.Codebook.ID, id) }
func (q *document) missingOf(id string) string { return guid("missing", q.p.Codebook.ID, id) }

type variableValue struct {
	Variable ref     `xml:"VariableRef"`
	Text     *string `xml:"TextValue"`
	Float    *string `xml:"FloatValue"`
}

// values are the values of a case: its facts, and its answers.
func (q *document) values(k annotations.Case, answers codebook.Answers) []variableValue {
	var list []variableValue
	for i, s := range []string{k.Region, k.Period, k.Stratum} {
		if s != "" {
			list = append(list, variableValue{Variable: ref{guid("fact", caseFacts[i])}, Text: &s})
		}
	}
	for _, v := range q.p.Codebook.Variables() {
		a := answers[v.ID]
		switch {
		case a.Missing != "":
			list = append(list, variableValue{Variable: ref{q.missingOf(v.ID)}, Text: &a.Missing})
		case a.Value != "" && v.Type == codebook.TypeNumber:
			list = append(list, variableValue{Variable: ref{q.valueOf(v.ID)}, Float: &a.Value})
		case a.Value != "":
			list = append(list, variableValue{Variable: ref{q.valueOf(v.ID)}, Text: &a.Value})
		}
	}
	return list
}

// writeCases writes each case with its values and its texts. Cases and sources
// come in the same order.
func (q *document) writeCases() error {
	type element struct {
		GUID    string          `xml:"guid,attr"`
		Name    string          `xml:"name,attr"`
		Values  []variableValue `xml:"VariableValue"`
		Sources []ref           `xml:"SourceRef"`
	}
	next, stop := iter.Pull2(q.p.Sources)
	defer stop()
	s, err, more := next()
	for h, failed := range q.p.Cases {
		if failed != nil {
			return failed
		}
		x := element{GUID: guid("case", string(h.Case.ID)), Name: string(h.Case.ID), Values: q.values(h.Case, settled(q.p.Codebook, h))}
		for more && err == nil && s.Case.ID <= h.Case.ID {
			if t := q.p.text(s); s.Case.ID == h.Case.ID && t.content != "" {
				x.Sources = append(x.Sources, ref{t.guid})
			}
			s, err, more = next()
		}
		if err != nil {
			return err
		}
		if err := q.element("Case", x); err != nil {
			return err
		}
	}
	return nil
}

// settled returns the answers that stand for a case: what was settled, or what
// its only coder answered.
func settled(book *codebook.Codebook, h annotations.Handed) codebook.Answers {
	switch {
	case h.Settlement != nil:
		return h.Settlement.Answers
	case len(h.Codings) == 1:
		return book.Effective(h.Codings[0].Given(book, h.Case))
	}
	return nil
}

func (q *document) writeSources() error {
	type coding struct {
		GUID string `xml:"guid,attr"`
		User string `xml:"creatingUser,attr"`
		At   string `xml:"creationDateTime,attr"`
		Code ref    `xml:"CodeRef"`
	}
	type marked struct {
		GUID   string `xml:"guid,attr"`
		Name   string `xml:"name,attr"`
		Start  int    `xml:"startPosition,attr"`
		End    int    `xml:"endPosition,attr"`
		User   string `xml:"creatingUser,attr"`
		At     string `xml:"creationDateTime,attr"`
		Coding coding `xml:"Coding"`
	}
	type element struct {
		GUID   string          `xml:"guid,attr"`
		Name   string          `xml:"name,attr"`
		Path   string          `xml:"plainTextPath,attr"`
		Marks  []marked        `xml:"PlainTextSelection"`
		Values []variableValue `xml:"VariableValue"`
	}
	for s, err := range q.p.Sources {
		if err != nil {
			return err
		}
		t := q.p.text(s)
		if t.content == "" {
			continue
		}
		x := element{GUID: t.guid, Name: t.name, Path: "internal://" + t.guid + ".txt", Values: q.values(s.Case, nil)}
		for _, k := range t.selections {
			id, user, at := strconv.FormatInt(k.ID, 10), q.users.at[k.Coder], k.At.UTC().Format(time.RFC3339)
			x.Marks = append(x.Marks, marked{guid("passage", id), k.quote, k.start, k.end, user, at,
				coding{guid("coding", id), user, at, ref{codeOf(q.p.Codebook, k.Variable, k.Category)}}})
		}
		if err := q.element("TextSource", x); err != nil {
			return err
		}
	}
	return nil
}
