package exports

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// A small part of Office Open XML (ECMA-376, part 1, chapter 17): headings,
// paragraphs and tables. Word, LibreOffice and others open it.
const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	wordSpec = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

	docxTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`
	docxRelations = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`
	docxDocumentRelations = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
	docxStyles = xmlHead + `<w:styles` + wordSpec + `>` +
		`<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="20"/><w:lang w:val="%s"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/><w:rPr><w:b/><w:sz w:val="36"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="320"/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="26"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Caption"><w:name w:val="caption"/><w:basedOn w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="200" w:after="80"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Cell"><w:name w:val="Table Contents"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr><w:rPr><w:sz w:val="16"/></w:rPr></w:style>` +
		`</w:styles>`

	// A4 on its side, for the tables are wide; lengths are twentieths of a point.
	docxPage = `<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>`
	docxWide = 16838 - 2*1134
)

// WriteDOCX writes a report as a text document. Made is the time it says it
// was made at; the same report and time give the same bytes.
func WriteDOCX(w io.Writer, r Report, made time.Time) error {
	var body strings.Builder
	body.WriteString(xmlHead + `<w:document` + wordSpec + `><w:body>`)
	docxParagraph(&body, "Title", "", r.Title)
	docxParagraph(&body, "Normal", "", r.Subtitle)
	for _, s := range r.Sections {
		docxParagraph(&body, "Heading1", "", s.Title)
		for _, p := range s.Paragraphs {
			docxParagraph(&body, "Normal", "", p)
		}
		for _, t := range s.Tables {
			docxTable(&body, t)
		}
	}
	body.WriteString(docxPage + `</w:body></w:document>`)

	at := made.UTC().Format(time.RFC3339)
	core := xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"` +
		` xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` + xmlText(r.Title) + `</dc:title><dc:creator>Dossierlens</dc:creator>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + at + `</dcterms:created><dc:language>` + xmlText(r.Lang) + `</dc:language></cp:coreProperties>`
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, content string }{
		{"[Content_Types].xml", docxTypes},
		{"_rels/.rels", docxRelations},
		{"docProps/core.xml", core},
		{"word/_rels/document.xml.rels", docxDocumentRelations},
		{"word/document.xml", body.String()},
		{"word/styles.xml", fmt.Sprintf(docxStyles, xmlText(r.Lang))},
	} {
		f, err := z.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, part.content); err != nil {
			return err
		}
	}
	return z.Close()
}

func docxParagraph(b *strings.Builder, style, run, text string) {
	docxAligned(b, style, run, "left", text)
}

// docxAligned writes a paragraph; run holds properties of its only run.
func docxAligned(b *strings.Builder, style, run, align, text string) {
	b.WriteString(`<w:p><w:pPr><w:pStyle w:val="` + style + `"/><w:jc w:val="` + align + `"/></w:pPr><w:r>`)
	if run != "" {
		b.WriteString(`<w:rPr>` + run + `</w:rPr>`)
	}
	b.WriteString(`<w:t xml:space="preserve">` + xmlText(text) + `</w:t></w:r></w:p>`)
}

// docxTable writes a table with rules between its rows only. Its headings come
// again on every page, and no row is broken over two.
func docxTable(b *strings.Builder, t ReportTable) {
	docxParagraph(b, "Caption", "", t.Caption)
	b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="` + fmt.Sprint(docxWide) + `" w:type="dxa"/><w:tblBorders>` +
		`<w:top w:val="single" w:sz="8" w:color="000000"/><w:bottom w:val="single" w:sz="8" w:color="000000"/><w:insideH w:val="single" w:sz="4" w:color="BFBFBF"/></w:tblBorders>` +
		`<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`)
	widths := t.widths(docxWide)
	for _, w := range widths {
		fmt.Fprintf(b, `<w:gridCol w:w="%d"/>`, w)
	}
	b.WriteString(`</w:tblGrid>`)
	align := make([]string, len(t.Columns))
	for i := range t.Columns {
		if align[i] = "left"; t.Numeric(i) {
			align[i] = "right"
		}
	}
	row := func(properties, run string, text func(i int) string) {
		b.WriteString(`<w:tr><w:trPr><w:cantSplit/>` + properties + `</w:trPr>`)
		for i := range t.Columns {
			fmt.Fprintf(b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, widths[i])
			docxAligned(b, "Cell", run, align[i], text(i))
			b.WriteString(`</w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	row(`<w:tblHeader/>`, `<w:b/>`, func(i int) string { return t.Columns[i] })
	for _, r := range t.Rows {
		row("", "", func(i int) string { return r[i].Text })
	}
	b.WriteString(`</w:tbl><w:p/>`) // two tables without a paragraph between would be one
}

// widths divides a width over the columns by the length of their text, within
// bounds that keep a label from taking everything.
func (t ReportTable) widths(total int) []int {
	const least, most = 7, 34
	length := make([]int, len(t.Columns))
	sum := 0
	for i, c := range t.Columns {
		n := 0
		for word := range strings.FieldsSeq(c) {
			n = max(n, len([]rune(word)))
		}
		for _, r := range t.Rows {
			n = max(n, len([]rune(r[i].Text)))
		}
		length[i] = min(max(n, least), most)
		sum += length[i]
	}
	for i := range length {
		length[i] = length[i] * total / max(sum, 1)
	}
	return length
}

// xmlText escapes text; what XML cannot hold becomes U+FFFD.
func xmlText(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
