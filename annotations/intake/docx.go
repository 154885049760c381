package intake

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
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

// eachPart walks those of parts that are there.
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
