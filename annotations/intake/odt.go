package intake

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An odtFile is the reading of one OpenDocument text: OASIS OpenDocument 1.3
// part 3, chapters 4 to 7.
type odtFile struct {
	*extraction
	styles  map[string]odtStyle
	lists   map[string][odtLevels]odtLevel
	list    []odtList // the lists that are open, outermost first
	label   string    // to be written before the next paragraph
	notes   []string  // in order of reference
	boxes   []string  // text boxes of the paragraph being read
	headers []string
	footers []string
}

type odtStyle struct {
	parent    string
	hidden    bool
	pageAhead bool
}

const odtLevels = 10

type odtLevel struct {
	number                 bool
	format, prefix, suffix string
}

type odtList struct {
	style string
	count int
}

func (x *extraction) odt(p *packed) error {
	o := &odtFile{extraction: x, styles: map[string]odtStyle{}, lists: map[string][odtLevels]odtLevel{}}
	for _, f := range p.zip.File {
		if strings.HasPrefix(f.Name, "Basic/") || strings.HasPrefix(f.Name, "Scripts/") && !strings.HasSuffix(f.Name, "/") {
			return &Problem{Column: clip(f.Name, 200), Reason: ErrMacros}
		}
	}
	manifest, err := p.part("META-INF/manifest.xml")
	if err != nil {
		return err
	}
	if bytes.Contains(manifest, []byte("encryption-data")) {
		return ErrEncrypted
	}
	styles, err := p.part("styles.xml")
	if err != nil {
		return err
	}
	if styles != nil {
		if err := x.walk("styles.xml", styles, o.block); err != nil {
			return err
		}
	}
	content, err := p.part("content.xml")
	if err != nil {
		return err
	}
	if content == nil {
		return &Problem{Column: "content.xml", Reason: ErrBroken, Args: []any{"the part is missing"}}
	}
	o.lines(o.headers)
	if err := x.walk("content.xml", content, o.block); err != nil {
		return err
	}
	o.lines(o.footers)
	for i, note := range o.notes {
		o.endLine()
		o.write(fmt.Sprintf("[%d] %s\n", i+1, note))
	}
	return nil
}

func (o *odtFile) lines(list []string) {
	for _, s := range list {
		o.endLine()
		o.write(s + "\n")
	}
}

// style gives a style with what it inherits.
func (o *odtFile) style(name string) odtStyle {
	s := o.styles[name]
	for range 20 { // styles may have each other for a parent
		parent, ok := o.styles[s.parent]
		if !ok {
			break
		}
		s.hidden = s.hidden || parent.hidden
		s.parent = parent.parent
	}
	return s
}

// block reads what stands between paragraphs.
func (o *odtFile) block(n *node, name string, e xml.StartElement) error {
	switch name {
	case "text:p", "text:h":
		return o.paragraph(n, e)
	case "text:list":
		return o.openList(n, e)
	case "text:list-item":
		return o.item(n)
	case "table:table-row":
		return o.tableRow(n)
	case "text:tracked-changes":
		return n.each(o.change, nil)
	case "style:style":
		return o.readStyle(n, e)
	case "text:list-style":
		return o.readListStyle(n, attribute(e, "name"))
	case "style:header", "style:header-left", "style:header-first":
		return o.margin(n, &o.headers)
	case "style:footer", "style:footer-left", "style:footer-first":
		return o.margin(n, &o.footers)
	case "office:annotation":
		o.lost(NoticeComment)
		return n.skip()
	case "draw:image":
		o.lost(NoticePicture)
		return n.skip()
	case "draw:object", "draw:object-ole", "draw:plugin", "draw:applet":
		o.lost(NoticeObject)
		return n.skip()
	case "text:soft-page-break":
		o.breakPage(newPage)
		return n.skip()
	case "office:forms", "text:sequence-decls", "office:scripts", "office:font-face-decls":
		return n.skip()
	}
	return n.each(o.block, nil)
}

func (o *odtFile) margin(n *node, list *[]string) error {
	text, err := o.capture(func() error { return n.each(o.block, nil) })
	text = strings.TrimSpace(strings.Map(dropMarks, text))
	if text != "" && !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
	return err
}

func (o *odtFile) change(n *node, name string, _ xml.StartElement) error {
	switch name {
	case "text:deletion":
		o.lost(NoticeDeletion)
		return n.skip()
	case "text:insertion":
		o.lost(NoticeInsertion)
		return n.skip()
	}
	return n.each(o.change, nil)
}

func (o *odtFile) readStyle(n *node, e xml.StartElement) error {
	s := odtStyle{parent: attribute(e, "parent-style-name")}
	err := n.each(func(n *node, name string, e xml.StartElement) error {
		switch name {
		case "style:text-properties":
			s.hidden = attribute(e, "display") == "none"
		case "style:paragraph-properties":
			s.pageAhead = attribute(e, "break-before") == "page"
		}
		return n.skip()
	}, nil)
	o.styles[attribute(e, "name")] = s
	return err
}

func (o *odtFile) readListStyle(n *node, id string) error {
	var levels [odtLevels]odtLevel
	err := n.each(func(n *node, name string, e xml.StartElement) error {
		at, err := strconv.Atoi(attribute(e, "level"))
		if err == nil && at >= 1 && at <= odtLevels {
			levels[at-1] = odtLevel{
				number: name == "text:list-level-style-number", format: odtFormat(attribute(e, "num-format")),
				prefix: clip(attribute(e, "num-prefix"), 20), suffix: clip(attribute(e, "num-suffix"), 20),
			}
		}
		return n.skip()
	}, nil)
	o.lists[id] = levels
	return err
}

// odtFormat gives Word's word for a number format.
func odtFormat(f string) string {
	switch f {
	case "a":
		return "lowerLetter"
	case "A":
		return "upperLetter"
	case "i":
		return "lowerRoman"
	case "I":
		return "upperRoman"
	}
	return cmp.Or(f, "none")
}

func (o *odtFile) openList(n *node, e xml.StartElement) error {
	style := attribute(e, "style-name")
	if style == "" && len(o.list) > 0 {
		style = o.list[len(o.list)-1].style
	}
	o.list = append(o.list, odtList{style: style})
	err := n.each(o.block, nil)
	o.list = o.list[:len(o.list)-1]
	return err
}

func (o *odtFile) item(n *node) error {
	depth := len(o.list)
	if depth > 0 {
		open := &o.list[depth-1]
		open.count++
		o.label = strings.Repeat("  ", depth-1)
		switch l := o.lists[open.style][min(depth, odtLevels)-1]; {
		case !l.number:
			o.label += "- "
		case l.format == "none":
			o.label = ""
		default:
			o.label += l.prefix + numeral(open.count, l.format) + cmp.Or(l.suffix, ".") + " "
		}
	}
	err := n.each(o.block, nil)
	o.label = ""
	return err
}

func (o *odtFile) tableRow(n *node) error {
	var cells []string
	err := n.each(func(n *node, name string, e xml.StartElement) error {
		cell, err := o.capture(func() error { return n.each(o.block, nil) })
		if name == "table:table-cell" || name == "table:covered-table-cell" {
			cells = append(cells, strings.TrimRight(cell, "\n"))
		}
		return err
	}, nil)
	o.writeRaw(strings.Join(cells, "\t") + "\n")
	return err
}

func (o *odtFile) paragraph(n *node, e xml.StartElement) error {
	boxes := o.boxes
	o.boxes = nil
	style := o.style(attribute(e, "style-name"))
	if style.pageAhead {
		o.breakPage(newPage)
	}
	if style.hidden {
		o.lost(NoticeHidden)
		o.boxes = boxes
		return n.skip()
	}
	label := o.label
	o.label = ""
	text, err := o.capture(func() error { return n.each(o.inline, o.blanks) })
	o.write(label)
	o.writeRaw(strings.TrimLeft(text, " ") + "\n")
	for _, box := range o.boxes {
		o.writeRaw(box)
		o.endLine()
	}
	o.boxes = boxes
	return err
}

// blanks writes characters with each run of white space as one blank, as the
// format asks (part 3, 6.1.2).
func (o *odtFile) blanks(s string) {
	o.write(collapse(s))
}

// collapse makes one blank of each run of white space.
func collapse(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' {
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}

// inline reads what stands in a paragraph.
func (o *odtFile) inline(n *node, name string, e xml.StartElement) error {
	switch name {
	case "text:span":
		if o.style(attribute(e, "style-name")).hidden {
			o.lost(NoticeHidden)
			return n.skip()
		}
	case "text:s":
		count, err := strconv.Atoi(attribute(e, "c"))
		if err != nil {
			count = 1
		}
		o.write(strings.Repeat(" ", max(0, min(count, 1000))))
	case "text:tab":
		o.write("\t")
	case "text:line-break":
		o.write("\n")
	case "text:soft-page-break":
		o.breakPage(softPage)
	case "text:note":
		return o.note(n)
	case "text:hidden-text", "text:hidden-paragraph":
		o.lost(NoticeHidden)
		return n.skip()
	case "text:ruby-text":
		return n.skip()
	case "draw:text-box":
		box, err := o.capture(func() error { return n.each(o.block, nil) })
		o.boxes = append(o.boxes, box)
		return err
	case "draw:frame", "draw:g", "draw:a", "draw:custom-shape", "draw:rect":
		return n.each(o.inline, nil)
	case "text:p": // in a shape
		return o.paragraph(n, e)
	case "office:annotation", "draw:image", "draw:object", "draw:object-ole", "draw:plugin", "draw:applet", "table:table":
		return o.block(n, name, e)
	}
	if !strings.HasPrefix(name, "text:") && !strings.HasPrefix(name, "office:") {
		return n.skip()
	}
	return n.each(o.inline, o.blanks)
}

func (o *odtFile) note(n *node) error {
	return n.each(func(n *node, name string, _ xml.StartElement) error {
		if name != "text:note-body" {
			return n.skip()
		}
		at := len(o.notes)
		o.notes = append(o.notes, "")
		o.write(fmt.Sprintf("[%d]", at+1))
		label := o.label
		o.label = ""
		text, err := o.capture(func() error { return n.each(o.block, nil) })
		o.label = label
		o.notes[at] = strings.TrimSpace(strings.Map(dropMarks, text))
		return err
	}, nil)
}
