package intake

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// packed reads the formats that are a ZIP of XML parts.
func (x *extraction) packed() error {
	p, err := openPackage(bytes.NewReader(x.data), int64(len(x.data)), x.limits, x.limits.Parts)
	if err != nil {
		return err
	}
	for _, f := range p.zip.File {
		if strings.EqualFold(path.Base(f.Name), "vbaProject.bin") {
			return &Problem{Column: clip(f.Name, 200), Reason: ErrMacros}
		}
	}
	types, err := p.part("[Content_Types].xml")
	if err != nil {
		return err
	}
	mimetype, err := p.part("mimetype")
	if err != nil {
		return err
	}
	kind := strings.TrimSpace(string(mimetype))
	switch {
	case bytes.Contains(bytes.ToLower(types), []byte("macroenabled")):
		return &Problem{Column: "[Content_Types].xml", Reason: ErrMacros}
	case p.has("xl/workbook.xml"):
		return x.as(XLSX, x.xlsx)
	case bytes.Contains(types, []byte("presentationml")):
		return &Problem{Reason: ErrUnknown, Args: []any{"PowerPoint"}}
	case types != nil:
		return x.as(DOCX, func() error { return x.docx(p) })
	case strings.HasPrefix(kind, "application/vnd.oasis.opendocument.text"):
		return x.as(ODT, func() error { return x.odt(p) })
	case strings.HasPrefix(kind, "application/vnd.oasis.opendocument"):
		return &Problem{Reason: ErrUnknown, Args: []any{"OpenDocument (ODS, ODP)"}}
	case kind == "application/epub+zip":
		return &Problem{Reason: ErrUnknown, Args: []any{"EPUB"}}
	}
	return ErrPacked
}

// A node walks the XML of one part. Names are "w:p" with the short prefix of
// the vocabulary, whatever prefix the file uses.
type node struct {
	*extraction
	decoder *xml.Decoder
	depth   int
}

// walk reads a part; visit gets each child of the root and has to consume it.
func (x *extraction) walk(part string, data []byte, visit func(n *node, name string, e xml.StartElement) error) error {
	n := &node{extraction: x, decoder: xml.NewDecoder(bytes.NewReader(data))}
	err := n.each(visit, nil)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		if p.Column == "" {
			p.Column = part
		}
		return p
	}
	if x.ctx.Err() != nil {
		return err
	}
	return &Problem{Column: part, Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
}

// each reads up to the end of the element that is open. visit gets each
// child and has to consume it; text, when there is one, gets the characters.
func (n *node) each(visit func(n *node, name string, e xml.StartElement) error, text func(string)) error {
	n.depth++
	defer func() { n.depth-- }()
	if n.depth > n.limits.Depth {
		return &Problem{Reason: ErrTooDeep, Args: []any{n.limits.Depth}}
	}
	for {
		if err := n.stopped(); err != nil {
			return err
		}
		token, err := n.decoder.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := visit(n, vocabulary(t.Name.Space)+":"+t.Name.Local, t); err != nil {
				return err
			}
		case xml.CharData:
			if text != nil {
				text(string(t))
			}
		case xml.EndElement:
			return nil
		}
	}
}

// skip passes over the open element.
func (n *node) skip() error {
	return n.each(func(n *node, _ string, _ xml.StartElement) error { return n.skip() }, nil)
}

var vocabularies = []struct{ part, short string }{
	{"wordprocessingml", "w"},
	{"markup-compatibility", "mc"},
	{"officeDocument/2006/math", "m"},
	{"ooxml/officeDocument/math", "m"},
	{"drawingml/2006/picture", "pic"},
	{"drawingml/picture", "pic"},
	{"drawingml/2006/chart", "c"},
	{"drawingml/2006/diagram", "dgm"},
	{"schemas-microsoft-com:vml", "v"},
	{"opendocument:xmlns:text", "text"},
	{"opendocument:xmlns:office", "office"},
	{"opendocument:xmlns:table", "table"},
	{"opendocument:xmlns:drawing", "draw"},
	{"opendocument:xmlns:style", "style"},
	{"opendocument:xmlns:form", "form"},
	{"opendocument:xmlns:manifest", "manifest"},
	{"xsl-fo-compatible", "fo"},
}

func vocabulary(space string) string {
	for _, v := range vocabularies {
		if strings.Contains(space, v.part) {
			return v.short
		}
	}
	return ""
}

// attribute gives the value of an attribute by its local name.
func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
