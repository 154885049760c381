package annotations

// A Source is one document of a case that was coded, with the passages that
// coders marked in it as they last handed their codings in. A case that was
// coded on site is one Source without a document.
type Source struct {
	Case     Case
	Document *Document // nil on site
	Passages []SourcePassage
}

// A SourcePassage is a passage and whose it is.
type SourcePassage struct {
	Passage
	Coder int64
	Login string
}
