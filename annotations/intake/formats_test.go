package intake_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

func testFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func notice(kind intake.NoticeKind, n int) intake.Notice { return intake.Notice{Kind: kind, Count: n} }

// The text of testdata/rijk.fodt; the same document in each format.
const rijk = `Synthetisch dossier C-0001
Verslag dag 12
De coördinator sprak opnieuw met [MOEDER]. Zij is thuis[1].
a) eerste afspraak
b) tweede afspraak
dag 1	gebeld
niet thuis
Tweede  bladzijde	👩‍👧.
Alleen voor onderzoek
[1] Bij haar ouders.
`

func TestFilesOfAWordProcessor(t *testing.T) {
	r := newReader(t, intake.DefaultLimits())
	left := []intake.Notice{
		notice(intake.NoticeComment, 1), notice(intake.NoticeDeletion, 1), notice(intake.NoticeHidden, 1), notice(intake.NoticeInsertion, 1),
	}
	// In RTF the label of a list is text and ends in a tab; so does the empty
	// one of a heading.
	rtf := strings.NewReplacer("a) ", " a)\t", "b) ", " b)\t", "Verslag", "\tVerslag").Replace(rijk)
	for _, c := range []struct {
		name   string
		format intake.Format
		text   string
	}{{"rijk.docx", intake.DOCX, rijk}, {"rijk.odt", intake.ODT, rijk}, {"rijk.rtf", intake.RTF, rtf}} {
		got, err := r.Read(context.Background(), c.name, strings.NewReader(testFile(t, c.name)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(got.Text, c.text); diff != "" {
			t.Errorf("%s: text (-got +want):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(got.Lost, left); diff != "" {
			t.Errorf("%s: lost (-got +want):\n%s", c.name, diff)
		}
		page := len([]rune(c.text[:strings.Index(c.text, "Tweede ")]))
		if got.Format != c.format || !cmp.Equal(got.Pages, []int{0, page}) {
			t.Errorf("%s: format %s, pages %v; want %s, [0 %d]", c.name, got.Format, got.Pages, c.format, page)
		}
	}
}

func TestPDF(t *testing.T) {
	r := pdfReader
	got, err := r.Read(context.Background(), "rijk.pdf", strings.NewReader(testFile(t, "rijk.pdf")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"De coördinator", "sprak opnieuw met [MOEDER].", "tweede afspraak", "Bij haar ouders."} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("the text has no %q:\n%s", want, got.Text)
		}
	}
	if len(got.Pages) != 2 || !strings.Contains(string([]rune(got.Text)[got.Pages[1]:]), "Tweede bladzijde") {
		t.Errorf("pages = %v, want the second to hold \"Tweede bladzijde\"", got.Pages)
	}

	// A page without text among others stays a page, and is told.
	got, err = r.Read(context.Background(), "a.pdf", strings.NewReader(pdfOf("eerste", "", "derde")))
	if err != nil {
		t.Fatal(err)
	}
	if want := []intake.Notice{notice(intake.NoticeEmptyPage, 1)}; !cmp.Equal(got.Lost, want) || !cmp.Equal(got.Pages, []int{0, 7, 7}) {
		t.Errorf("text %q, pages %v, lost %v", got.Text, got.Pages, got.Lost)
	}
}

func TestLongPDFIsReadByTheCompiledEngineThatTheNextReaderFinds(t *testing.T) {
	pages := make([]string, 45)
	for i := range pages {
		pages[i] = fmt.Sprintf("bladzijde %d", i+1)
	}
	file, dir := pdfOf(pages...), filepath.Join(t.TempDir(), "cache")
	for range 2 {
		r := intake.NewReader(dir, patient())
		got, err := r.Read(context.Background(), "a.pdf", strings.NewReader(file))
		if err != nil || len(got.Pages) != 45 || !strings.HasSuffix(got.Text, "bladzijde 45") {
			t.Errorf("%d pages, %v", len(got.Pages), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if marks, _ := filepath.Glob(filepath.Join(dir, "pdf-engine-*")); len(marks) != 1 {
		t.Errorf("marks of a compiled engine: %v, want 1", marks)
	}
}

func TestReaderIsClosed(t *testing.T) {
	r := intake.NewReader("", intake.DefaultLimits())
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(context.Background(), "a.pdf", strings.NewReader(pdfOf("tekst"))); err == nil {
		t.Error("a closed reader read a PDF")
	}
}

// pdfOf writes a PDF with a page for each text; an empty one has none.
func pdfOf(pages ...string) string {
	var b strings.Builder
	var at []int
	object := func(body string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), body)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(pages)))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i, text := range pages {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>", 5+2*i))
		draw := "0 0 100 100 re f"
		if text != "" {
			draw = fmt.Sprintf("BT /F1 12 Tf 72 700 Td (%s) Tj ET", text)
		}
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(draw), draw))
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.String()
}

const (
	wordTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
	wordOpen  = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" ` +
		`xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"><w:body>`
	wordClose = `</w:body></w:document>`
)

// docxOf packs a body, and further parts as pairs of name and content.
func docxOf(t testing.TB, body string, parts ...string) string {
	t.Helper()
	files := map[string]string{"[Content_Types].xml": wordTypes, "word/document.xml": wordOpen + body + wordClose}
	names := []string{"[Content_Types].xml", "word/document.xml"}
	for i := 0; i < len(parts); i += 2 {
		if files[parts[i]] == "" {
			names = append(names, parts[i])
		}
		files[parts[i]] = parts[i+1]
	}
	return string(zipOf(t, files, names...))
}

func TestWord(t *testing.T) {
	r := newReader(t, intake.DefaultLimits())
	check := func(what, body, text string, lost ...intake.Notice) {
		t.Helper()
		got, err := r.Read(context.Background(), "a.docx", strings.NewReader(docxOf(t, body)))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if got.Text != text || !cmp.Equal(got.Lost, lost) {
			t.Errorf("%s: got %q %v, want %q %v", what, got.Text, got.Lost, text, lost)
		}
	}
	p := func(runs string) string { return "<w:p>" + runs + "</w:p>" }
	run := func(text string) string { return "<w:r><w:t>" + text + "</w:t></w:r>" }
	check("signs", p(`<w:r><w:t>a</w:t><w:tab/><w:noBreakHyphen/><w:softHyphen/><w:br/><w:t xml:space="preserve"> b</w:t></w:r>`),
		"a\t\u2011\u00ad\n b\n")
	check("moved text is read once", p(`<w:moveFrom>`+run("oud")+`</w:moveFrom>`)+p(`<w:moveTo>`+run("oud")+`</w:moveTo>`),
		"\noud\n", notice(intake.NoticeDeletion, 1), notice(intake.NoticeInsertion, 1))
	check("hidden switched off again", p(`<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>zichtbaar</w:t></w:r>`), "zichtbaar\n")
	check("field codes are no text", p(`<w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r>`+run("koppeling")), "koppeling\n")
	check("tick boxes", p(`<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox></w:ffData></w:fldChar></w:r>`+run(" ja")),
		"☒☐ ja\n")
	check("drop-down list", p(`<w:r><w:fldChar><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="nee"/><w:listEntry w:val="ja"/></w:ddList></w:ffData></w:fldChar></w:r>`), "ja\n")
	check("unknown sign", p(`<w:r><w:sym w:char="F0AA"/></w:r>`+run("x")), "x\n", notice(intake.NoticeSymbol, 1))
	check("text box once, after its paragraph", p(run("voor")+
		`<w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>`+p(run("kader"))+`</w:txbxContent></w:drawing></mc:Choice>`+
		`<mc:Fallback><w:pict><w:txbxContent>`+p(run("kader"))+`</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>`+run(" na")),
		"voor na\nkader\n")
	check("picture", p(`<w:r><w:pict><v:shape><v:imagedata/></v:shape></w:pict></w:r>`+run("foto")), "foto\n", notice(intake.NoticePicture, 1))
	check("deleted row", `<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>`+p(run("weg"))+`</w:tc></w:tr><w:tr><w:tc>`+p(run("a"))+`</w:tc><w:tc>`+p(run("b"))+`</w:tc></w:tr></w:tbl>`,
		"a\tb\n", notice(intake.NoticeDeletion, 1))
	check("table in a table", `<w:tbl><w:tr><w:tc>`+p(run("buiten"))+`<w:tbl><w:tr><w:tc>`+p(run("x"))+`</w:tc><w:tc>`+p(run("y"))+`</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>`,
		"buiten\nx\ty\n")
}

func TestWordPagesAreCountedOnce(t *testing.T) {
	body := `<w:p><w:r><w:t>een</w:t></w:r></w:p><w:p><w:r><w:br w:type="page"/></w:r></w:p>` +
		`<w:p><w:r><w:lastRenderedPageBreak/><w:t>twee</w:t></w:r></w:p>` +
		`<w:p><w:r><w:t>lange zin </w:t><w:lastRenderedPageBreak/><w:t>loopt door</w:t></w:r></w:p>`
	r := newReader(t, intake.DefaultLimits())
	got, err := r.Read(context.Background(), "a.docx", strings.NewReader(docxOf(t, body)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "een\n\ntwee\nlange zin loopt door\n"; got.Text != want {
		t.Errorf("text = %q, want %q", got.Text, want)
	}
	if want := []int{0, 4, 20}; !cmp.Equal(got.Pages, want) {
		t.Errorf("pages = %v, want %v", got.Pages, want)
	}
}

func TestHTMLAndMail(t *testing.T) {
	r := newReader(t, intake.DefaultLimits())
	check := func(what, name, content, text, encoding string, format intake.Format, lost ...intake.Notice) {
		t.Helper()
		got, err := r.Read(context.Background(), name, strings.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if got.Text != text || got.Encoding != encoding || got.Format != format || !cmp.Equal(got.Lost, lost) {
			t.Errorf("%s: got %q %s %s %v, want %q %s %s %v",
				what, got.Text, got.Format, got.Encoding, got.Lost, text, format, encoding, lost)
		}
	}
	check("page", "a.html", "<html><head><title>x</title><script>y</script></head><body><h1>Kop</h1><p>Een  <b>vet</b>\nwoord<br>verder</p>"+
		"<ol><li><p>een</p></li><li>twee<ul><li>binnen</li></ul></li></ol><table><tr><th>a</th><td>b</td></tr></table></body></html>",
		"Kop\nEen vet woord\nverder\n1. een\n2. twee\n  - binnen\na\tb\n", "utf-8", intake.HTML)
	check("unseen", "a.html", "<p>a<!-- c --><span style='display: none'>x</span><del>y</del><img src=z></p>", "a\n", "utf-8", intake.HTML,
		notice(intake.NoticeComment, 1), notice(intake.NoticeDeletion, 1), notice(intake.NoticeHidden, 1), notice(intake.NoticePicture, 1))
	check("declared encoding", "a.html", "<html><meta charset=iso-8859-15><p>\xe9\xa4</html>", "é€\n", "iso-8859-15", intake.HTML, intake.Notice{Kind: intake.NoticeDeclared, Count: 1, Encoding: "iso-8859-15"})
	check("told by content", "a.txt", "<!DOCTYPE html><p>x", "x\n", "utf-8", intake.HTML, notice(intake.NoticeExtension, 1))

	head := "From: =?utf-8?q?Co=C3=B6rdinator?= <a@example.org>\r\nMIME-Version: 1.0\r\nSubject: Overleg\r\n"
	top := "From: Coördinator <a@example.org>\nSubject: Overleg\n\n"
	check("plain mail", "a.eml", head+"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E9=E9n\r\n",
		top+"één\n", "windows-1252", intake.EML, intake.Notice{Kind: intake.NoticeDeclared, Count: 1, Encoding: "windows-1252"})
	check("plain text before HTML, attachments left out", "a.eml", head+"Content-Type: multipart/mixed; boundary=A\r\n\r\n"+
		"--A\r\nContent-Type: multipart/alternative; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nplat\r\n"+
		"--B\r\nContent-Type: text/html\r\n\r\n<p>opgemaakt\r\n--B--\r\n--A\r\nContent-Disposition: attachment\r\n\r\nx\r\n--A--\r\n",
		top+"plat", "utf-8", intake.EML, notice(intake.NoticeAttachment, 1))
	check("HTML alone, known by its headers", "a.txt", head+"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+aGFsbG8=\r\n",
		top+"hallo\n", "utf-8", intake.EML, notice(intake.NoticeExtension, 1))
	check("letter that is no mail", "a.txt", "From: moeder\nTo: school\n\nBeste", "From: moeder\nTo: school\n\nBeste", "utf-8", intake.Text)
}

func TestJournal(t *testing.T) {
	f := excelize.NewFile()
	set := func(sheet, at string, v any) {
		if err := f.SetCellValue(sheet, at, v); err != nil {
			t.Fatal(err)
		}
	}
	set("Sheet1", "A1", "dag")
	set("Sheet1", "B1", "wat")
	set("Sheet1", "A2", 12)
	set("Sheet1", "B2", "één belletje")
	set("Sheet1", "C2", "KOLOM")
	set("Sheet1", "A3", "RIJ")
	if err := f.SetColVisible("Sheet1", "C", false); err != nil {
		t.Fatal(err)
	}
	if err := f.SetRowVisible("Sheet1", 3, false); err != nil {
		t.Fatal(err)
	}
	if _, err := f.NewSheet("Verborgen"); err != nil {
		t.Fatal(err)
	}
	set("Verborgen", "A1", "BLAD")
	if err := f.SetSheetVisible("Verborgen", false); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t, intake.DefaultLimits())
	got, err := r.Read(context.Background(), "journaal.xlsx", b)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Sheet1\ndag\twat\n12\téén belletje\n"; got.Text != want {
		t.Errorf("text = %q, want %q", got.Text, want)
	}
	if want := []intake.Notice{notice(intake.NoticeHidden, 3)}; !cmp.Equal(got.Lost, want) {
		t.Errorf("lost = %v, want %v", got.Lost, want)
	}
}

func BenchmarkReadDOCX(b *testing.B) {
	r := newReader(b, intake.DefaultLimits())
	file := testFile(b, "rijk.docx")
	for b.Loop() {
		if _, err := r.Read(context.Background(), "a.docx", strings.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}
