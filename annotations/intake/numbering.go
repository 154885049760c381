package intake

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// A wordNumber puts a paragraph in a list; the zero value in none.
type wordNumber struct {
	list  string // numId; "0" takes a paragraph out of the list of its style
	level int    // from 0
}

// A wordLevel is how one level of a list is numbered.
type wordLevel struct {
	format string // numFmt
	text   string // "%1.%2." stands for the numbers of the levels
	start  int
}

const listLevels = 9 // ECMA-376-1 17.9.3

// A wordNumbering numbers the paragraphs of a document as Word shows them.
type wordNumbering struct {
	abstract map[string][listLevels]wordLevel
	lists    map[string]string // numId to abstractNumId
	restart  map[string]int    // numId with its own start to that start
	counts   map[string]*[listLevels]int
}

func (w *wordFile) readNumbering(parts []string) (*wordNumbering, error) {
	m := &wordNumbering{
		abstract: map[string][listLevels]wordLevel{}, lists: map[string]string{},
		restart: map[string]int{}, counts: map[string]*[listLevels]int{},
	}
	err := w.eachPart(parts, func(n *node, _ string, _ xml.StartElement) error {
		return n.each(func(n *node, name string, e xml.StartElement) error {
			switch name {
			case "w:abstractNum":
				return m.readAbstract(n, attribute(e, "abstractNumId"))
			case "w:num":
				return m.readList(n, attribute(e, "numId"))
			}
			return n.skip()
		}, nil)
	})
	return m, err
}

func (m *wordNumbering) readAbstract(n *node, id string) error {
	var levels [listLevels]wordLevel
	err := n.each(func(n *node, name string, e xml.StartElement) error {
		at, err := strconv.Atoi(attribute(e, "ilvl"))
		if name != "w:lvl" || err != nil || at < 0 || at >= listLevels {
			return n.skip()
		}
		l := wordLevel{start: 1}
		err = n.each(func(n *node, name string, e xml.StartElement) error {
			switch name {
			case "w:numFmt":
				l.format = attribute(e, "val")
			case "w:lvlText":
				l.text = clip(attribute(e, "val"), 100)
			case "w:start":
				l.start, _ = strconv.Atoi(attribute(e, "val"))
			}
			return n.skip()
		}, nil)
		levels[at] = l
		return err
	}, nil)
	m.abstract[id] = levels
	return err
}

func (m *wordNumbering) readList(n *node, id string) error {
	return n.each(func(n *node, name string, e xml.StartElement) error {
		switch name {
		case "w:abstractNumId":
			m.lists[id] = attribute(e, "val")
		case "w:lvlOverride":
			top := attribute(e, "ilvl") == "0"
			return n.each(func(n *node, name string, e xml.StartElement) error {
				if start, err := strconv.Atoi(attribute(e, "val")); name == "w:startOverride" && top && err == nil {
					m.restart[id] = start
				}
				return n.skip()
			}, nil)
		}
		return n.skip()
	}, nil)
}

// label gives what stands before the next paragraph of a list, with a blank
// after it: "- ", "2. ", or indented "  a) ".
func (m *wordNumbering) label(p wordNumber) string {
	abstract, ok := m.lists[p.list]
	if !ok || p.level < 0 || p.level >= listLevels {
		return ""
	}
	levels := m.abstract[abstract]
	key := abstract // lists of one definition count on, unless they restart
	if _, own := m.restart[p.list]; own {
		key = "restart " + p.list
	}
	counts := m.counts[key]
	if counts == nil {
		counts = new([listLevels]int)
		for i := range counts {
			counts[i] = levels[i].start - 1
		}
		if start, own := m.restart[p.list]; own {
			counts[0] = start - 1
		}
		m.counts[key] = counts
	}
	counts[p.level]++
	for i := p.level + 1; i < listLevels; i++ {
		counts[i] = levels[i].start - 1
	}
	indent := strings.Repeat("  ", p.level)
	switch l := levels[p.level]; l.format {
	case "none":
		return ""
	case "bullet", "":
		return indent + "- "
	default:
		text := l.text
		for i := range p.level + 1 {
			n := counts[i]
			if i < p.level {
				n = max(n, levels[i].start)
			}
			text = strings.ReplaceAll(text, fmt.Sprintf("%%%d", i+1), numeral(n, levels[i].format))
		}
		if text == "" {
			return ""
		}
		return indent + text + " "
	}
}

// numeral writes n the way a list format has it; formats of other scripts
// come out as digits.
func numeral(n int, format string) string {
	switch {
	case n < 1 || n > 5000:
	case format == "lowerLetter":
		return strings.Repeat(string(rune('a'+(n-1)%26)), min((n-1)/26+1, 10))
	case format == "upperLetter":
		return strings.ToUpper(numeral(n, "lowerLetter"))
	case format == "lowerRoman":
		return strings.ToLower(numeral(n, "upperRoman"))
	case format == "upperRoman":
		var b strings.Builder
		for _, r := range []struct {
			n int
			s string
		}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"},
			{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
			for ; n >= r.n; n -= r.n {
				b.WriteString(r.s)
			}
		}
		return b.String()
	}
	return strconv.Itoa(n)
}
