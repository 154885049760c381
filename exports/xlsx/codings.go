package xlsx

import (
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

const (
	maxRows  = 1 << 20 // of a sheet
	maxUnits = 32_767  // UTF-16 units in a cell; the library cuts what is longer without a word
)

// Notices of the codings workbook.
var (
	codingsTitle = codebook.Text{NL: "Coderingen", EN: "Codings"}
	bookTitle    = codebook.Text{NL: "Codeboek", EN: "Codebook"}
	noticeTitle  = codebook.Text{NL: "Let op", EN: "Notice"}
	confidential = codebook.Text{
		NL: "Dit bestand bevat gepseudonimiseerde persoonsgegevens. Bewaar het zoals het onderzoek voorschrijft en geef het niet door.",
		EN: "This file holds pseudonymized personal data. Keep it as the study prescribes and do not pass it on."}
	cutNotice = codebook.Text{
		NL: "teksten pasten niet in een cel en zijn afgebroken bij het teken […]; de CSV heeft ze heel",
		EN: "texts did not fit in a cell and are cut at the sign […]; the CSV has them whole"}
)

// WriteCodings streams codings as a workbook: a row an answer, on as many
// sheets as it takes, then the codebook. What does not fit in memory waits in
// files in the folder tmp. A text that is too long for a cell is cut, with a
// sign where and a sheet that says so.
func WriteCodings(w io.Writer, book *codebook.Codebook, rows iter.Seq2[exports.CodingRow, error], lang, tmp string, made time.Time) error {
	b := newWorkbook(tmp)
	b.properties(codingsTitle.In(lang)+" "+book.ID, lang, made)
	var s *sheet
	sheets, cut := 0, 0
	for r, err := range rows {
		if err != nil {
			b.f.Close()
			return err
		}
		if s == nil || s.row == maxRows {
			if s != nil {
				s.end()
			}
			sheets++
			s = b.codingSheet(sheets, lang)
		}
		fields := r.Fields()
		cells := make([]any, len(fields))
		for i, f := range fields {
			short, whole := fit(f)
			if !whole {
				cut++
			}
			cells[i] = short
		}
		s.put(plain, cells...)
		if b.err != nil {
			break
		}
	}
	if s == nil {
		s = b.codingSheet(1, lang)
	}
	s.end()
	b.codebook(book, lang)
	n := b.add(noticeTitle.In(lang), pane{}, false, 110)
	n.put(wrapped, confidential.In(lang))
	if cut > 0 {
		n.put(wrapped, itoa(cut)+" "+cutNotice.In(lang))
	}
	n.end()
	return b.write(w)
}

func (b *workbook) codingSheet(n int, lang string) *sheet {
	name := codingsTitle.In(lang)
	if n > 1 {
		name += " " + itoa(n)
	}
	s := b.add(name, pane{rows: 1}, false, 14, 14, 24, 24, 10, 40, 22)
	header := make([]any, len(exports.CodingColumns))
	for i, c := range exports.CodingColumns {
		header[i] = c
	}
	s.put(bold, header...)
	return s
}

// codebook lists the variables with their options.
func (b *workbook) codebook(book *codebook.Codebook, lang string) {
	s := b.add(bookTitle.In(lang), pane{rows: 1}, false, 24, 10, 50, 20, 50)
	s.put(bold, "variable", "type", "label", "code", "option")
	for _, v := range book.Variables() {
		s.put(plain, v.ID, string(v.Type), v.Label.In(lang))
		for _, o := range book.Options(v, "") {
			s.put(plain, v.ID, "", "", o.Code, o.Label.In(lang))
		}
	}
	for _, m := range book.Missing {
		s.put(plain, "", "", "", m.Code, m.Label.In(lang))
	}
	s.end()
}

// fit cuts a text that is too long for a cell.
func fit(text string) (short string, whole bool) {
	if len(text) <= maxUnits-1 { // room for an apostrophe
		return text, true
	}
	const sign = " […]"
	units, end := 0, len(text)
	for i, r := range text {
		units += utf16.RuneLen(r)
		if units <= maxUnits-1-len(sign) {
			end = i + len(string(r))
		}
	}
	if units <= maxUnits-1 {
		return text, true
	}
	return strings.ToValidUTF8(text[:end], "") + sign, false
}
