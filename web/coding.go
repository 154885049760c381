package web

// A CodingPage is the data of the page "coding". The server renders the texts
// of the case; Coding is the block of JSON from which the scripts build the
// questions: see static/js/coding/page.js for its shape.
type CodingPage struct {
	Frame
	Case, Region, Period, Round string
	Back                        Link // the coder's list of cases
	OnSite                      bool // no text is stored
	Documents                   []CodingDocument
	Coding                      any
}

// A CodingDocument is one document of the case, in the order of the days.
type CodingDocument struct {
	ID         int64
	Title      string // its type, or its own title
	Day        *int   // from day 0; nil when not known
	Paragraphs []Paragraph
}
