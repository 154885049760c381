package intake

import (
	"cmp"
	"encoding/xml"
	"strconv"
)

// A wordStyle is what of a style matters here.
type wordStyle struct {
	basedOn string
	hidden  bool
	number  wordNumber
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
