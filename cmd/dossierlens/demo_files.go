package main

import (
	"archive/zip"
	"bytes"
	"embed"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

//go:embed demo
var demoData embed.FS

// writeDemoFiles writes the case files of the demo and their manifest to dir,
// as a supplier would hand them over: most as plain text, some as DOCX and
// PDF, made here from the same texts.
func writeDemoFiles(dir string) error {
	manifest, err := demoData.ReadFile("demo/manifest.csv")
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(manifest)).ReadAll()
	if err != nil {
		return fmt.Errorf("manifest of the demo: %w", err)
	}
	column := -1
	for i, name := range rows[0] {
		if name == "file" {
			column = i
		}
	}
	for _, row := range rows[1:] {
		name := row[column]
		text, err := demoData.ReadFile("demo/" + strings.TrimSuffix(name, path.Ext(name)) + ".txt")
		if err != nil {
			return err
		}
		content := text
		switch path.Ext(name) {
		case ".docx":
			content, err = docx(string(text))
		case ".pdf":
			content, err = pdf(string(text))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "manifest.csv"), manifest, 0o600)
}

// docx writes text as a word processor would, a paragraph for each of its own.
func docx(text string) ([]byte, error) {
	var body strings.Builder
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n") {
		body.WriteString(`<w:p><w:r><w:t xml:space="preserve">`)
		if err := xml.EscapeText(&body, []byte(paragraph)); err != nil {
			return nil, err
		}
		body.WriteString("</w:t></w:r></w:p>")
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range []struct{ name, content string }{
		{"[Content_Types].xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`},
		{"_rels/.rels", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body.String() + `</w:body></w:document>`},
	} {
		w, err := z.Create(part.name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(part.content)); err != nil {
			return nil, err
		}
	}
	err := z.Close() // writes the directory, so the bytes are whole only now
	return b.Bytes(), err
}

const (
	pdfLine  = 92 // characters a line
	pdfLines = 52 // lines a page
)

// pdf sets text in Helvetica on A4, as a registration system prints it.
func pdf(text string) ([]byte, error) {
	var lines []string
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && len([]rune(line))+1+len([]rune(word)) > pdfLine {
				lines = append(lines, line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		lines = append(lines, line)
	}
	var pages [][]string
	for len(lines) > 0 {
		n := min(pdfLines, len(lines))
		pages = append(pages, lines[:n])
		lines = lines[n:]
	}
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"}
	var kids strings.Builder
	for _, page := range pages {
		var content strings.Builder
		content.WriteString("BT /F1 11 Tf 14 TL 60 780 Td\n")
		for _, line := range page {
			encoded, err := charmap.Windows1252.NewEncoder().String(line)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			fmt.Fprintf(&content, "(%s) Tj T*\n", strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(encoded))
		}
		content.WriteString("ET")
		n := len(objects) + 1
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", n+1),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", content.Len(), content.String()))
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [ %s] /Count %d >>", kids.String(), len(pages))
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes(), nil
}
