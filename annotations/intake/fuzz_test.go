package intake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

// fuzzLimits keep one input cheap.
func fuzzLimits() intake.Limits {
	l := intake.DefaultLimits()
	l.Bytes, l.Expanded, l.TableBytes, l.Characters, l.Pages = 1<<20, 8<<20, 1<<20, 200_000, 20
	l.Time = 10 * time.Second
	return l
}

// fuzzDocument reads any bytes as a file of that name. What comes out must be
// canonical, and what does not must be a problem that names the file and is
// no panic.
func fuzzDocument(f *testing.F, name string, seeds ...string) {
	f.Helper()
	fuzzReader(f, newReader(f, fuzzLimits()), name, seeds...)
}

func fuzzReader(f *testing.F, r *intake.Reader, name string, seeds ...string) {
	f.Helper()
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := r.Read(context.Background(), name, bytes.NewReader(data))
		if err != nil {
			var p *intake.Problem
			if !errors.As(err, &p) || p.File != name {
				t.Fatalf("error without a place: %v", err)
			}
			if strings.Contains(p.Error(), "its reader failed") || strings.Contains(p.Error(), "%!") {
				t.Fatal(err)
			}
			return
		}
		sum := sha256.Sum256([]byte(doc.Text))
		switch {
		case !utf8.ValidString(doc.Text):
			t.Fatalf("not UTF-8: %q", doc.Text)
		case !norm.NFC.IsNormalString(doc.Text):
			t.Fatalf("not NFC: %q", doc.Text)
		case strings.ContainsFunc(doc.Text, func(r rune) bool {
			return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == '\ufeff'
		}):
			t.Fatalf("not clean: %q", doc.Text)
		case doc.Characters != utf8.RuneCountInString(doc.Text):
			t.Fatalf("%d characters, want %d", doc.Characters, utf8.RuneCountInString(doc.Text))
		case doc.SHA256 != hex.EncodeToString(sum[:]):
			t.Fatalf("hash %s is not that of the text", doc.SHA256)
		}
		last := 0
		for i, at := range doc.Pages {
			if at < last || at > doc.Characters || i == 0 && at != 0 {
				t.Fatalf("pages %v of %d characters", doc.Pages, doc.Characters)
			}
			last = at
		}
		again, err := r.Read(context.Background(), name, bytes.NewReader(data))
		if err != nil || again.SHA256 != doc.SHA256 {
			t.Fatalf("a second reading gives %s, %v; the first gave %s", again.SHA256, err, doc.SHA256)
		}
	})
}

func FuzzText(f *testing.F) {
	fuzzDocument(f, "a.txt", "dag 1\r\nthuis\f", "\ufeffé", "\xff\xfee\x00", "d\x00a\x00g\x00", "co\xf6rd", "coo\u0308rd\v", "\u202e\u0085\ufffe")
}

func FuzzMarkdown(f *testing.F) { fuzzDocument(f, "a.md", "# Kop\n\n- punt\n") }

func FuzzHTML(f *testing.F) {
	fuzzDocument(f, "a.html", "<p>a<table><tr><td>b", "<ol><li><p>a<ul><li>b", "<meta charset=utf-16><p>x", "<pre>a\n\tb</pre><svg><title>x")
}

func FuzzMail(f *testing.F) {
	fuzzDocument(f, "a.eml", "From: a\n\nx", "From: =?utf-8?q?=C3=A9?=\nContent-Type: multipart/alternative; boundary=A\n\n--A\n\nx\n--A--",
		"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-16\nContent-Transfer-Encoding: base64\n\nPHA+")
}

func FuzzRTF(f *testing.F) {
	fuzzDocument(f, "a.rtf", `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset2 Symbol;}{\f1\fcharset204 A;}}\f1 \'e9\u233?\uc2\u-10179??\u-8704??}`,
		`{\rtf1{\header kop}a{\footnote noot}\v x\v0{\*\annotation y}\page\trowd a\cell b\cell\row}`, `{\rtf1\bin3 }}}x}`, testFile(f, "rijk.rtf"))
}

func FuzzDOCX(f *testing.F) {
	fuzzDocument(f, "a.docx", testFile(f, "rijk.docx"), docxOf(f, `<w:p><w:r><w:t>x</w:t></w:r></w:p>`))
}

// FuzzWordXML gets past the ZIP, whose checksums stop nearly every change.
func FuzzWordXML(f *testing.F) {
	f.Add(`<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>x</w:t><w:footnoteReference w:id="1"/></w:r></w:p>`)
	f.Add(`<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl><w:del/><w:sym w:char="F0FE"/>`)
	r := newReader(f, fuzzLimits())
	numbering := `<w:numbering xmlns:w="wordprocessingml"><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="1"><w:start w:val="-3"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>`
	relations := `<Relationships><Relationship Type="x/numbering" Target="n.xml"/></Relationships>`
	f.Fuzz(func(t *testing.T, body string) {
		file := docxOf(t, body, "word/n.xml", numbering, "word/_rels/document.xml.rels", relations)
		if _, err := r.Read(context.Background(), "a.docx", strings.NewReader(file)); err != nil && strings.Contains(err.Error(), "its reader failed") {
			t.Fatal(err)
		}
	})
}

func FuzzODT(f *testing.F) { fuzzDocument(f, "a.odt", testFile(f, "rijk.odt")) }

// FuzzOpenDocumentXML gets past the ZIP, as FuzzWordXML does.
func FuzzOpenDocumentXML(f *testing.F) {
	f.Add(testFile(f, "rijk.fodt"))
	r := newReader(f, fuzzLimits())
	f.Fuzz(func(t *testing.T, content string) {
		files := map[string]string{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content}
		file := zipOf(t, files, "mimetype", "content.xml")
		if _, err := r.Read(context.Background(), "a.odt", bytes.NewReader(file)); err != nil && strings.Contains(err.Error(), "its reader failed") {
			t.Fatal(err)
		}
	})
}

func FuzzPDF(f *testing.F) {
	fuzzReader(f, pdfReader, "a.pdf", pdfOf("tekst", ""), testFile(f, "rijk.pdf"))
}

func FuzzJournal(f *testing.F) { fuzzDocument(f, "a.xlsx", workbook(f, "dag,wat\n1,gebeld\n")) }

// FuzzManifest checks that a batch holds nothing that an import could trip over.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(goodManifest))
	f.Add([]byte("\ufeffcase_id;file\nC-1;../x\n"))
	f.Add([]byte(workbook(f, goodManifest)))
	f.Add(zipOf(f, map[string]string{"C-1/a d7.txt": "x"}, "C-1/a d7.txt"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := intake.OpenUpload(bytes.NewReader(data), int64(len(data)), "m", known, fuzzLimits())
		if err != nil {
			if strings.Contains(err.Error(), "its reader failed") || strings.Contains(err.Error(), "%!") {
				t.Fatal(err)
			}
			return
		}
		for _, c := range b.Cases {
			if c.ID == "" || !(c.Weight > 0) {
				t.Fatalf("case %+v", c)
			}
			for _, e := range c.Documents {
				if e.Number < 1 || strings.Contains(e.File, "..") && strings.Contains("/"+e.File+"/", "/../") {
					t.Fatalf("document %+v", e)
				}
			}
		}
	})
}

func FuzzTables(f *testing.F) {
	f.Add("case_id,region,period,coder,variable,value,missing,submitted_at,weight,frame_n\nC-1,VT01,2025,k,v,1,,2025-01-01,1,2\n")
	f.Add("case_id;period;region\n\"C-1\n;2025")
	f.Fuzz(func(t *testing.T, table string) {
		frame, err := intake.ReadFrame(strings.NewReader(table), "t", fuzzLimits())
		if err == nil && len(frame) == 0 {
			t.Fatal("neither cases nor an error")
		}
		if cases, err := intake.ReadCases(strings.NewReader(table), "t", fuzzLimits()); err == nil && len(cases) == 0 {
			t.Fatal("neither cases nor an error")
		}
		for row, err := range intake.ReadCodings(strings.NewReader(table), "t") {
			if err == nil && (row.Value == "") == (row.Missing == "") {
				t.Fatalf("row %+v", row)
			}
		}
	})
}
