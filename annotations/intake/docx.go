package intake

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A wordFile is the reading of one DOCX: ECMA-376-1:2016 chapter 17.
type wordFile struct {
	*extraction
	parts     *packed
	styles    map[string]wordStyle
	numbering *wordNumbering
	notes     map[string]string // text of "footnote 3"
	cited     []string          // notes in the order in which the text refers to them
	boxes     []string          // text boxes of the paragraph being read
	hidden    bool              // the run or paragraph being read is
}

// A wordStyle is what of a style matters here.
type wordStyle struct {
	basedOn string
	hidden  bool
	number  wordNumber
}

func (x *extraction) docx(p *packed) error {
	w := &wordFile{extraction: x, parts: p, styles: map[string]wordStyle{}, notes: map[string]string{}}
	main, err := w.mainPart()
	if err != nil {
		return err
	}
	related, err := w.relations(main)
	if err != nil {
		return err
	}
	if err := w.readStyles(related["styles"]); err != nil {
		return err
	}
	if w.numbering, err = w.readNumbering(related["numbering"]); err != nil {
		return err
	}
	for _, kind := range []string{"footnote", "endnote"} {
		if err := w.readNotes(kind, related[kind+"s"]); err != nil {
			return err
		}
	}
	if err := w.margins(related["header"]); err != nil {
		return err
	}
	if err := w.read(main, w.element); err != nil {
		return err
	}
	if err := w.margins(related["footer"]); err != nil {
		return err
	}
	for i, note := range w.cited {
		w.endLine()
		w.write(fmt.Sprintf("[%d] %s\n", i+1, strings.TrimSpace(w.notes[note])))
	}
	return nil
}

// read walks a part that has to be there.
func (w *wordFile) read(part string, visit func(*node, string, xml.StartElement) error) error {
	data, err := w.parts.part(part)
	if err != nil {
		return err
	}
	if data == nil {
		return &Problem{Column: part, Reason: ErrBroken, Args: []any{"the part is missing"}}
	}
	return w.walk(part, data, visit)
}

// mainPart finds the document in the package, which most programs, but not
// all, call word/document.xml.
func (w *wordFile) mainPart() (string, error) {
	main := "word/document.xml"
	if !w.parts.has("_rels/.rels") {
		return main, nil
	}
	err := w.read("_rels/.rels", func(n *node, _ string, e xml.StartElement) error {
		return n.each(func(n *node, _ string, e xml.StartElement) error {
			if strings.HasSuffix(attribute(e, "Type"), "/officeDocument") {
				main = path.Clean(strings.TrimPrefix(attribute(e, "Target"), "/"))
			}
			return n.skip()
		}, nil)
	})
	return main, err
}

// relations lists the parts that belong to part, by the last word of their
// type.
func (w *wordFile) relations(part string) (map[string][]string, error) {
	dir, base := path.Split(part)
	name := dir + "_rels/" + base + ".rels"
	related := map[string][]string{}
	if !w.parts.has(name) {
		return related, nil
	}
	err := w.read(name, func(n *node, _ string, e xml.StartElement) error {
		return n.each(func(n *node, _ string, e xml.StartElement) error {
			target := attribute(e, "Target")
			if strings.HasPrefix(target, "/") {
				target = target[1:]
			} else {
				target = path.Join(dir, target)
			}
			kind := path.Base(attribute(e, "Type"))
			if attribute(e, "TargetMode") != "External" && !slices.Contains(related[kind], target) {
				related[kind] = append(related[kind], target)
			}
			return n.skip()
		}, nil)
	})
	for _, targets := range related {
		slices.Sort(targets)
	}
	return related, err
}

// each part of a kind that is there.
func (w *wordFile) eachPart(parts []string, visit func(*node, string, xml.StartElement) error) error {
	for _, part := range parts {
		if !w.parts.has(part) {
			continue
		}
		if err := w.read(part, visit); err != nil {
			return err
		}
	}
	return nil
}

// margins writes headers or footers, each distinct text once.
func (w *wordFile) margins(parts []string) error {
	var seen []string
	for _, part := range parts {
		text, err := w.capture(func() error { return w.eachPart([]string{part}, w.element) })
		if err != nil {
			return err
		}
		text = strings.TrimSpace(strings.Map(dropMarks, text))
		if text == "" || slices.Contains(seen, text) {
			continue
		}
		seen = append(seen, text)
		w.endLine()
		w.write(text + "\n")
	}
	return nil
}

func dropMarks(r rune) rune {
	if r == newPage || r == softPage {
		return -1
	}
	return r
}

func (w *wordFile) readNotes(kind string, parts []string) error {
	return w.eachPart(parts, func(n *node, _ string, _ xml.StartElement) error {
		return n.each(func(n *node, name string, e xml.StartElement) error {
			text, err := w.capture(func() error { return n.each(w.element, nil) })
			w.notes[kind+" "+attribute(e, "id")] = strings.Map(dropMarks, text)
			return err
		}, nil)
	})
}

func (w *wordFile) readStyles(parts []string) error {
	return w.eachPart(parts, func(n *node, _ string, _ xml.StartElement) error {
		return n.each(func(n *node, name string, e xml.StartElement) error {
			if name != "w:style" {
				return n.skip()
			}
			id := attribute(e, "styleId")
			var s wordStyle
			err := n.each(func(n *node, name string, e xml.StartElement) error {
				switch name {
				case "w:basedOn":
					s.basedOn = attribute(e, "val")
				case "w:rPr":
					run, err := readRun(n)
					s.hidden = run.hidden
					return err
				case "w:pPr":
					p, err := readParagraph(n)
					s.number = p.number
					return err
				}
				return n.skip()
			}, nil)
			w.styles[id] = s
			return err
		}, nil)
	})
}

// style gives a style with what it inherits.
func (w *wordFile) style(id string) wordStyle {
	s := w.styles[id]
	for range 20 { // styles may be based on each other in a ring
		base, ok := w.styles[s.basedOn]
		if !ok {
			break
		}
		s.hidden = s.hidden || base.hidden
		s.number.list = cmp.Or(s.number.list, base.number.list)
		s.basedOn = base.basedOn
	}
	return s
}

// on reads a switch such as <w:vanish/>, which is on unless it says it is not.
func on(e xml.StartElement) bool {
	v := attribute(e, "val")
	return v != "0" && v != "false" && v != "off"
}

// A wordRun is what of run properties matters here.
type wordRun struct {
	hidden bool
	style  string
}

func readRun(n *node) (wordRun, error) {
	var r wordRun
	err := n.each(func(n *node, name string, e xml.StartElement) error {
		switch name {
		case "w:vanish":
			r.hidden = on(e)
		case "w:rStyle":
			r.style = attribute(e, "val")
		}
		return n.skip()
	}, nil)
	return r, err
}

// A wordParagraph is what of paragraph properties matters here.
type wordParagraph struct {
	style       string
	number      wordNumber
	pageBefore  bool
	sectionPage bool // ends a section, and the next one starts on a new page
}

func readParagraph(n *node) (wordParagraph, error) {
	var p wordParagraph
	err := n.each(func(n *node, name string, e xml.StartElement) error {
		switch name {
		case "w:pStyle":
			p.style = attribute(e, "val")
		case "w:pageBreakBefore":
			p.pageBefore = on(e)
		case "w:numPr":
			return n.each(func(n *node, name string, e xml.StartElement) error {
				switch name {
				case "w:numId":
					p.number.list = attribute(e, "val")
				case "w:ilvl":
					p.number.level, _ = strconv.Atoi(attribute(e, "val"))
				}
				return n.skip()
			}, nil)
		case "w:sectPr":
			p.sectionPage = true
			return n.each(func(n *node, name string, e xml.StartElement) error {
				if name == "w:type" && attribute(e, "val") == "continuous" {
					p.sectionPage = false
				}
				return n.skip()
			}, nil)
		}
		return n.skip()
	}, nil)
	return p, err
}

// element reads what stands in the body, a header, a note or a cell.
func (w *wordFile) element(n *node, name string, e xml.StartElement) error {
	switch name {
	case "w:p":
		return w.paragraph(n)
	case "w:r":
		return w.run(n)
	case "w:tr":
		return w.tableRow(n)
	case "w:del", "w:moveFrom":
		w.lost(NoticeDeletion)
		return n.skip()
	case "w:ins", "w:moveTo":
		w.lost(NoticeInsertion)
		return n.each(w.element, nil)
	case "w:altChunk", "w:subDoc":
		w.lost(NoticeObject)
		return n.skip()
	case "mc:Fallback", "w:sdtPr", "w:sectPr", "w:tblPr", "w:trPr", "w:tcPr", "w:rPr", "w:rt":
		return n.skip()
	case "m:t":
		return n.each(nothingInside, w.write)
	}
	return n.each(w.element, nil)
}

func nothingInside(n *node, _ string, _ xml.StartElement) error { return n.skip() }

func (w *wordFile) paragraph(n *node) error {
	boxes, hidden := w.boxes, w.hidden
	w.boxes = nil
	var props wordParagraph
	err := n.each(func(n *node, name string, e xml.StartElement) error {
		if name != "w:pPr" {
			return w.element(n, name, e)
		}
		var err error
		if props, err = readParagraph(n); err != nil {
			return err
		}
		style := w.style(props.style)
		w.hidden = hidden || style.hidden
		if props.pageBefore {
			w.breakPage(newPage)
		}
		if props.number.list == "" {
			props.number.list = style.number.list
			props.number.level = cmp.Or(props.number.level, style.number.level)
		}
		if !w.hidden {
			w.write(w.numbering.label(props.number))
		}
		return nil
	}, nil)
	w.writeRaw("\n")
	for _, box := range w.boxes {
		w.writeRaw(box)
		w.endLine()
	}
	w.boxes, w.hidden = boxes, hidden
	if props.sectionPage {
		w.breakPage(newPage)
	}
	return err
}

func (w *wordFile) tableRow(n *node) error {
	var cells []string
	dropped := false
	err := n.each(func(n *node, name string, e xml.StartElement) error {
		if name == "w:trPr" {
			return n.each(func(n *node, name string, e xml.StartElement) error {
				switch name {
				case "w:hidden":
					dropped = dropped || on(e)
					w.lost(NoticeHidden)
				case "w:del":
					dropped = true
					w.lost(NoticeDeletion)
				}
				return n.skip()
			}, nil)
		}
		cell, err := w.capture(func() error { return w.element(n, name, e) })
		if name == "w:tc" || strings.TrimSpace(cell) != "" {
			cells = append(cells, strings.TrimRight(cell, "\n"))
		}
		return err
	}, nil)
	if !dropped {
		w.writeRaw(strings.Join(cells, "\t") + "\n")
	}
	return err
}

func (w *wordFile) run(n *node) error {
	hidden := w.hidden
	defer func() { w.hidden = hidden }()
	counted := false
	return n.each(func(n *node, name string, e xml.StartElement) error {
		if name == "w:rPr" {
			props, err := readRun(n)
			w.hidden = hidden || props.hidden || w.style(props.style).hidden
			return err
		}
		if !w.hidden {
			return w.inRun(n, name, e)
		}
		if !counted && name == "w:t" {
			w.lost(NoticeHidden)
			counted = true
		}
		return n.skip()
	}, nil)
}

// inRun reads one child of a run.
func (w *wordFile) inRun(n *node, name string, e xml.StartElement) error {
	switch name {
	case "w:t":
		return n.each(nothingInside, w.write)
	case "w:tab", "w:ptab":
		w.write("\t")
	case "w:cr":
		w.write("\n")
	case "w:br":
		if attribute(e, "type") == "page" {
			w.breakPage(newPage)
		} else {
			w.write("\n")
		}
	case "w:lastRenderedPageBreak":
		w.breakPage(softPage)
	case "w:noBreakHyphen":
		w.write("\u2011")
	case "w:softHyphen":
		w.write("\u00ad")
	case "w:sym":
		w.symbol(attribute(e, "char"))
	case "w:footnoteReference", "w:endnoteReference":
		note := strings.TrimSuffix(strings.TrimPrefix(name, "w:"), "Reference") + " " + attribute(e, "id")
		w.cited = append(w.cited, note)
		w.write(fmt.Sprintf("[%d]", len(w.cited)))
	case "w:commentReference":
		w.lost(NoticeComment)
	case "w:object":
		w.lost(NoticeObject)
	case "w:fldChar":
		return n.each(w.field, nil)
	case "w:drawing", "w:pict", "mc:AlternateContent":
		return n.each(w.drawing, nil)
	case "w:delText", "w:instrText", "w:delInstrText", "w:footnoteRef", "w:endnoteRef", "w:annotationRef":
	default:
		return w.element(n, name, e)
	}
	return n.skip()
}

// drawing looks in a drawing for text boxes, which are read after their
// paragraph, and counts the pictures.
func (w *wordFile) drawing(n *node, name string, e xml.StartElement) error {
	switch name {
	case "mc:Fallback": // the same again for older programs
		return n.skip()
	case "w:txbxContent":
		box, err := w.capture(func() error { return n.each(w.element, nil) })
		w.boxes = append(w.boxes, box)
		return err
	case "pic:pic", "v:imagedata":
		w.lost(NoticePicture)
		return n.skip()
	case "c:chart", "dgm:relIds":
		w.lost(NoticeObject)
		return n.skip()
	}
	if name == "w:drawing" || name == "w:pict" || name == "w:object" || vocabulary(e.Name.Space) != "w" {
		return n.each(w.drawing, nil)
	}
	return w.inRun(n, name, e)
}

// field reads the tick boxes and drop-down lists of forms, which have no text.
func (w *wordFile) field(n *node, name string, _ xml.StartElement) error {
	switch name {
	case "w:checkBox":
		ticked, set := false, false
		err := n.each(func(n *node, name string, e xml.StartElement) error {
			switch {
			case name == "w:checked":
				ticked, set = on(e), true
			case name == "w:default" && !set:
				ticked = on(e)
			}
			return n.skip()
		}, nil)
		w.write(tick(ticked))
		return err
	case "w:ddList":
		chosen, entries := 0, []string(nil)
		err := n.each(func(n *node, name string, e xml.StartElement) error {
			switch name {
			case "w:result":
				chosen, _ = strconv.Atoi(attribute(e, "val"))
			case "w:listEntry":
				entries = append(entries, attribute(e, "val"))
			}
			return n.skip()
		}, nil)
		if chosen >= 0 && chosen < len(entries) {
			w.write(entries[chosen])
		}
		return err
	}
	return n.each(w.field, nil)
}

func tick(on bool) string {
	if on {
		return "☒"
	}
	return "☐"
}

// symbols are the signs of Wingdings that forms use, by their character
// number in the private area of Unicode.
var symbols = map[string]string{
	"F0FE": "☒", "F0FD": "☒", "F078": "☒", "F052": "☒", "F0A8": "☐", "F06F": "☐", "F071": "☐", "F0A3": "☐",
	"F0FC": "✓", "F0FB": "✗", "F0E0": "→", "F0DF": "←", "F04A": "☺", "F04C": "☹", "F0B7": "•",
}

func (w *wordFile) symbol(char string) {
	char = strings.ToUpper(char)
	if s, ok := symbols[char]; ok {
		w.write(s)
		return
	}
	n, err := strconv.ParseUint(char, 16, 21)
	if err != nil || n < ' ' || n >= 0xe000 && n < 0xf900 {
		w.lost(NoticeSymbol)
		return
	}
	w.write(string(rune(n)))
}
