package web

import (
	"cmp"
	"slices"
)

// A Span is a passage in a document's text, in Unicode code points, half open.
type Span struct {
	Start, End int
	Side       int    // whose it is, counted from 0
	ID         string // to lead to it; on a page each is used once
}

// A Segment is a piece of text that the same spans cover from end to end.
type Segment struct {
	Text   string
	Sides  []int    // that cover it, ascending, each once
	Begins []string // the spans whose first piece this is
}

// Segments cuts a text at the edges of spans, so that overlapping ones can be
// shown without one lying in the other. The text begins at code point start of
// the document; what lies outside it is left out. Put together the segments are
// the text again. Begun holds the spans that began in an earlier text, and
// Segments adds to it, so that a passage over several paragraphs begins once.
func Segments(text string, start int, spans []Span, begun map[string]bool) []Segment {
	offsets := []int{} // of the bytes at which code points begin
	for i := range text {
		offsets = append(offsets, i)
	}
	end := start + len(offsets)
	offsets = append(offsets, len(text))

	cuts := []int{start, end}
	var within []Span
	for _, s := range spans {
		if s.Start < end && s.End > start && s.Start < s.End {
			within = append(within, s)
			cuts = append(cuts, max(s.Start, start), min(s.End, end))
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	slices.SortStableFunc(within, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })

	var segments []Segment
	for i := 1; i < len(cuts); i++ {
		from, to := cuts[i-1], cuts[i]
		g := Segment{Text: text[offsets[from-start]:offsets[to-start]]}
		for _, s := range within {
			if s.Start > from || s.End < to {
				continue
			}
			g.Sides = append(g.Sides, s.Side)
			if !begun[s.ID] {
				begun[s.ID] = true
				g.Begins = append(g.Begins, s.ID)
			}
		}
		slices.Sort(g.Sides)
		g.Sides = slices.Compact(g.Sides)
		segments = append(segments, g)
	}
	return segments
}
