package intake

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

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
