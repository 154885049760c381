package refiqda

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dossierlens/dossierlens/codebook"
)

// Origin is how files name the program that wrote them.
const Origin = "Dossierlens"

const (
	codebookSpace = "urn:QDA-XML:codebook:1.0"
	projectSpace  = "urn:QDA-XML:project:1.0"
)

// space is the name space of the ids, itself made from a name.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/dossierlens/dossierlens"))

// guid returns the id of what parts name, always the same.
func guid(parts ...string) string {
	return uuid.NewSHA1(space, []byte(strings.Join(parts, "\x00"))).String()
}

// A code of a codebook, with those under it.
type code struct {
	GUID        string `xml:"guid,attr"`
	Name        string `xml:"name,attr"`
	Codable     bool   `xml:"isCodable,attr"`
	Description string `xml:"Description,omitempty"`
	Codes       []code `xml:"Code"`
}

// WriteCodebook writes a codebook as a .qdc file, with texts in lang. A section
// is a code that cannot be given; variables stand under it and their categories
// under them. The core variables are a set.
func WriteCodebook(w io.Writer, book *codebook.Codebook, lang string) error {
	type member struct {
		GUID string `xml:"guid,attr"`
	}
	type set struct {
		GUID    string   `xml:"guid,attr"`
		Name    string   `xml:"name,attr"`
		Members []member `xml:"MemberCode"`
	}
	file := struct {
		XMLName xml.Name `xml:"CodeBook"`
		Space   string   `xml:"xmlns,attr"`
		Origin  string   `xml:"origin,attr"`
		Codes   []code   `xml:"Codes>Code"`
		Sets    []set    `xml:"Sets>Set,omitempty"`
	}{Space: codebookSpace, Origin: Origin, Codes: codes(book, lang)}
	core := set{GUID: guid("set", book.ID, "core"), Name: codebook.Text{NL: "Kernvariabelen", EN: "Core variables"}.In(lang)}
	for _, v := range book.Variables() {
		if v.Core {
			core.Members = append(core.Members, member{codeOf(book, v.ID, "")})
		}
	}
	if len(core.Members) > 0 {
		file.Sets = []set{core}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	return e.Encode(file)
}

// codeOf is the id of the code of a variable, or of one of its categories; a
// category that the codebook does not have counts for the variable.
func codeOf(book *codebook.Codebook, variable, category string) string {
	if !slices.ContainsFunc(book.Options(book.Variable(variable), ""), func(o codebook.Category) bool { return o.Code == category }) {
		return guid("variable", book.ID, variable)
	}
	return guid("category", book.ID, variable, category)
}

func codes(book *codebook.Codebook, lang string) []code {
	var list []code
	for _, s := range book.Sections {
		section := code{GUID: guid("section", book.ID, s.ID), Name: s.Label.In(lang)}
		for _, v := range s.Variables {
			x := code{GUID: codeOf(book, v.ID, ""), Name: v.ID + " " + v.Label.In(lang), Codable: true, Description: describe(v, lang)}
			for _, o := range book.Options(v, "") {
				x.Codes = append(x.Codes, code{GUID: codeOf(book, v.ID, o.Code), Name: v.ID + ": " + o.Label.In(lang), Codable: true})
			}
			section.Codes = append(section.Codes, x)
		}
		list = append(list, section)
	}
	return list
}

func describe(v *codebook.Variable, lang string) string {
	var parts []string
	for _, t := range []codebook.Text{v.Question, v.Instruction, v.Example} {
		if s := t.In(lang); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "\n\n")
}
