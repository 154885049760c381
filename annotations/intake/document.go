package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Format is a kind of file that is read.
type Format string

// The formats of documents.
const (
	Text     Format = "txt"
	Markdown Format = "md"
	DOCX     Format = "docx"
	ODT      Format = "odt"
	RTF      Format = "rtf"
	HTML     Format = "html"
	EML      Format = "eml"
	PDF      Format = "pdf"
	XLSX     Format = "xlsx"
)

// A Document is the text of one file, as it will be stored and never changed.
type Document struct {
	Name       string   // as given to Read
	Format     Format   // by content, not by name
	Encoding   string   // such as "utf-8" or "windows-1252"; empty where the format sets it
	Text       string   // canonical, see the package doc
	SHA256     string   // of Text in UTF-8, 64 lower case hexadecimal digits
	Characters int      // code points of Text
	Pages      []int    // code point offset of the start of each page; nil when the file has no pages
	Lost       []Notice // what was left out or looks risky, by kind
}

// A Reader reads documents. It may be used by several goroutines at once.
type Reader struct {
	limits Limits
	pdf    *pdfEngine
}

// NewReader makes a Reader that keeps the compiled PDF engine in cacheDir,
// where the next start finds it. The folder is made when needed, for this
// user alone: what is in it is run. With an empty cacheDir nothing is kept.
func NewReader(cacheDir string, limits Limits) *Reader {
	return &Reader{limits: limits, pdf: &pdfEngine{dir: cacheDir}}
}

// Warm begins to compile the PDF engine beside the other work of a program
// that will read many PDFs, so that none has to wait for it.
func (r *Reader) Warm() { r.pdf.warm() }

// Close stops the PDF engine. It waits for a compilation that is under way.
func (r *Reader) Close() error { return r.pdf.close() }

// Read reads one document. Its error is a [*Problem] that names name, or the
// error of src. A parser that panics is a problem of this document alone.
func (r *Reader) Read(ctx context.Context, name string, src io.Reader) (doc Document, err error) {
	defer func() {
		if p := recover(); p != nil {
			doc, err = Document{}, refuse(name, ErrBroken, fmt.Sprintf("its reader failed (%v)", p))
		}
	}()
	data, err := readAll(src, r.limits.Bytes)
	if err != nil {
		return Document{}, located(name, err)
	}
	inner, cancel := context.WithTimeout(ctx, r.limits.Time)
	defer cancel()
	x := &extraction{ctx: inner, limits: r.limits, name: name, data: data, count: map[NoticeKind]int{}, out: &strings.Builder{}}
	if err = x.run(r.pdf); err == nil {
		doc, err = x.document()
	}
	switch {
	case err == nil:
		return doc, nil
	case ctx.Err() != nil:
		return Document{}, ctx.Err()
	case inner.Err() != nil:
		return Document{}, refuse(name, ErrTooSlow, r.limits.Time)
	}
	return Document{}, located(name, err)
}

// readAll reads src up to limit bytes and refuses one that has more.
func readAll(src io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(src, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) > limit:
		return nil, &Problem{Reason: ErrTooLarge, Args: []any{limit}}
	}
	return data, nil
}

func refuse(name string, reason Reason, args ...any) *Problem {
	return &Problem{File: name, Reason: reason, Args: args}
}

// located puts the file's name to a problem that has none yet, and makes a
// problem of an error that is none.
func located(name string, err error) error {
	var p *Problem
	if errors.As(err, &p) {
		if p.File == "" {
			p.File = name
		}
		return p
	}
	if reason, ok := errors.AsType[Reason](err); ok {
		return refuse(name, reason)
	}
	return &Problem{File: name, Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
}

// An extraction is the reading of one document: what it may cost, the raw
// text so far, and the counts of what was left out.
type extraction struct {
	ctx      context.Context
	limits   Limits
	name     string
	data     []byte
	format   Format
	encoding string
	count    map[NoticeKind]int

	out   *strings.Builder
	runes int
	inked bool  // something other than blanks was written since the last page mark
	err   error // the first limit that was passed
}

// write adds text of the document; page marks in it become blanks. After the
// first limit passed it does nothing, and stopped tells.
func (x *extraction) write(s string) {
	if strings.ContainsAny(s, "\f\v") {
		s = strings.Map(func(r rune) rune {
			if r == newPage || r == softPage {
				return ' '
			}
			return r
		}, s)
	}
	x.writeRaw(s)
}

func (x *extraction) writeRaw(s string) {
	if x.err != nil {
		return
	}
	x.runes += utf8.RuneCountInString(s)
	if x.runes > x.limits.Characters {
		x.err = &Problem{Reason: ErrTooLong, Args: []any{x.limits.Characters}}
		return
	}
	x.out.WriteString(s)
	x.inked = x.inked || !isBlank(s)
}

// breakPage marks a page unless the page before it would be empty: word
// processors note one break in several ways.
func (x *extraction) breakPage(mark rune) {
	if x.inked {
		x.writeRaw(string(mark))
		x.inked = false
	}
}

// endLine ends a line that has text.
func (x *extraction) endLine() {
	if s := x.out.String(); s != "" && !strings.HasSuffix(s, "\n") {
		x.writeRaw("\n")
	}
}

// capture gives what write adds to the text, without its adding it; page
// marks are kept for writeRaw.
func (x *extraction) capture(write func() error) (string, error) {
	out, runes := x.out, x.runes
	x.out = &strings.Builder{}
	err := write()
	s := x.out.String()
	x.out, x.runes = out, runes
	return s, err
}

// stopped gives the limit that was passed or the end of the context; loops
// over a document ask it at every step.
func (x *extraction) stopped() error {
	if x.err == nil {
		x.err = x.ctx.Err()
	}
	return x.err
}

func (x *extraction) lost(kind NoticeKind) { x.count[kind]++ }

// document turns the raw text into a Document.
func (x *extraction) document() (Document, error) {
	if err := x.stopped(); err != nil {
		return Document{}, err
	}
	text, pages := canonical(x.out.String(), x.count)
	if isBlank(text) {
		return Document{}, ErrNoText
	}
	if x.encoding != "" && x.encoding != utf8Name && x.count[NoticeEncoding] == 0 && !isASCII(text) {
		x.lost(NoticeDeclared)
	}
	sum := sha256.Sum256([]byte(text))
	return Document{
		Name:       x.name,
		Format:     x.format,
		Encoding:   x.encoding,
		Text:       text,
		SHA256:     hex.EncodeToString(sum[:]),
		Characters: utf8.RuneCountInString(text),
		Pages:      pages,
		Lost:       notices(x.count, x.encoding),
	}, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isBlank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && unicode.IsGraphic(r) }) < 0
}
