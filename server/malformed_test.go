package server_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// large is what takes no memory: n times the letter a.
func large(n int64) io.Reader { return io.LimitReader(letters{}, n) }

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// stream uploads what is read from content, without holding it.
func (v *visitor) stream(path, name string, content io.Reader) answer {
	v.t.Helper()
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		form.WriteField("kind", "cases")
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = io.Copy(part, content)
		}
		if err == nil {
			err = form.Close()
		}
		w.CloseWithError(err)
	}()
	request, err := http.NewRequest("POST", v.site.url+path, r)
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	res, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// createStudy sends the form of a new study with a codebook file.
func (v *visitor) createStudy(id, source string) answer {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("id", id)
	form.WriteField("title", "Een onderzoek")
	part, err := form.CreateFormFile("codebook", "codebook.yaml")
	if err != nil {
		v.t.Fatal(err)
	}
	io.WriteString(part, source)
	form.Close()
	return v.do("POST", "/studies", form.FormDataContentType(), body.String())
}

// zipped makes a ZIP of one file that is read from content.
func zipped(t *testing.T, name string, content io.Reader) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Uploads of 200 MB and what unpacks to as much are refused with their place,
// leave the database as it was, and are never held in memory.
func TestHugeUploadsStayInBoundedMemory(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	before := s.count(t)
	docx := zipped(t, "word/document.xml", large(200<<20))
	for _, test := range []struct {
		name, file string
		content    func() io.Reader
		want       string
	}{
		{"manifest of one line", "manifest.csv", func() io.Reader { return large(200 << 20) }, "manifest.csv"},
		{"manifest of many rows", "manifest.csv", func() io.Reader {
			return io.MultiReader(strings.NewReader("case_id,document,type\n"), io.LimitReader(rows{}, 200<<20))
		}, "manifest.csv"},
		{"document that unpacks to it", "batch.zip", func() io.Reader { return strings.NewReader(zipped(t, "N-1/a.txt", large(200<<20))) }, "N-1/a.txt"},
		{"word document that unpacks to it", "batch.zip", func() io.Reader { return strings.NewReader(packed(t, "N-1/a.docx", docx)) }, "N-1/a.docx"},
		{"manifest in a ZIP", "batch.zip", func() io.Reader { return strings.NewReader(zipped(t, "manifest.csv", large(200<<20))) }, "manifest.csv"},
		{"no ZIP", "batch.zip", func() io.Reader { return large(200 << 20) }, "batch.zip"},
	} {
		t.Run(test.name, func(t *testing.T) {
			content := test.content()
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			got := daan.stream(studyPath+"/import", test.file, content)
			if got.status == http.StatusSeeOther {
				got = daan.follow(got)
			}
			runtime.ReadMemStats(&end)
			if got.status != http.StatusUnprocessableEntity && got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, test.want) && got.status == http.StatusUnprocessableEntity {
				t.Errorf("answered %d without %q: %s", got.status, test.want, between(got.body, `role="alert"`, "</section>"))
			}
			if used, most := end.TotalAlloc-start.TotalAlloc, uint64(160<<20); used > most {
				t.Errorf("%d MB were allocated, want at most %d", used>>20, most>>20)
			}
			if after := s.count(t); after != before {
				t.Errorf("there are %d cases, want %d", after, before)
			}
		})
	}
}

// rows are rows of a manifest without end, all wrong.
type rows struct{}

func (rows) Read(p []byte) (int, error) {
	const row = "N 1,een,poem\n"
	n := 0
	for n+len(row) <= len(p) {
		n += copy(p[n:], row)
	}
	if n == 0 {
		n = copy(p, row)
	}
	return n, nil
}

var (
	item    = regexp.MustCompile(`(?s)<li[^>]*>(.*?)</li>`)
	english = regexp.MustCompile(`(?i)\b(the|are|with|there|this|that|not|cannot|does)\b`)
	quoted  = regexp.MustCompile(`“[^”]*”|&#34;.*?&#34;`)
)

// Files of every kind that cannot be imported each give a message in the
// language of the reader that names the place, and leave the database as it
// was.
func TestMalformedUploadsInBothLanguages(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	state := func() string {
		t.Helper()
		events, err := s.Store.CheckAudit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d cases, %d events", s.count(t), events)
	}
	speak := func(lang string) { daan.post("/preferences", map[string][]string{"lang": {lang}, "back": {"/"}}) }
	const header = "case_id,document,type,day,file,region,period\n"
	const codings = "case_id,coder,variable,value,missing\n"
	const word = `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>tekst</w:t></w:r></w:p></w:body></w:document>`
	const types = `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	one := func(name, content string) string { return packed(t, "N-1/"+name, content) }
	docx := packed(t, "[Content_Types].xml", types, "word/document.xml", word)
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf("N-1/%03d.txt", i), "")
	}
	tests := []struct{ kind, file, content, place string }{
		{"cases", "manifest.csv", "", "manifest.csv"},
		{"cases", "manifest.csv", header, "manifest.csv"},
		{"cases", "manifest.csv", "number,kind\n1,slip\n", "manifest.csv:1: case_id"},
		{"cases", "manifest.csv", "case_id,document,type,type\nN-1,1,slip,slip\n", "manifest.csv:1"},
		{"cases", "manifest.csv", header + "N-1,1,slip,0,,W1,2025-H1,more\n", "manifest.csv:2"},
		{"cases", "manifest.csv", header + "N-1,1,poem,0,,W1,2025-H1\n", "manifest.csv:2: type"},
		{"cases", "manifest.csv", header + "N-1,1,slip,0,,W9,2025-H1\n", "manifest.csv:2: region"},
		{"cases", "manifest.csv", header + "N-1,1,slip,soon,,W1,2025-H1\n", "manifest.csv:2: day"},
		{"cases", "manifest.csv", header + "N-1,1,slip,0,,W1,2025-Q5\n", "manifest.csv:2: period"},
		{"cases", "manifest.csv", header + "N-1,een,slip,0,,W1,2025-H1\n", "manifest.csv:2: document"},
		{"cases", "manifest.csv", header + "N-1,1,slip,0,,W1,2025-H1\nN-1,1,slip,0,,W1,2025-H1\n", "manifest.csv:3"},
		{"cases", "manifest.csv", header + "N-1,1,slip,0,,W1,2025-H1\nN-1,2,slip,0,,W3,2025-H1\n", "manifest.csv:3"},
		{"cases", "manifest.csv", header + "=1+1,1,slip,0,,W1,2025-H1\n", "manifest.csv:2: case_id"},
		{"cases", "manifest.csv", header + "N-1,1,slip,0,,W1,\"2025-H1\n", "manifest.csv"},
		{"cases", "manifest.xlsx", "PK\x03\x04", "manifest.xlsx"},
		{"cases", "manifest.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "manifest.xls"},
		{"cases", "batch.zip", packed(t, "manifest.csv", header+"N-1,1,slip,0,a.txt,W1,2025-H1\n"), "manifest.csv:2: file"},
		{"cases", "batch.zip", packed(t, "manifest.csv", header+"N-1,1,slip,0,../../etc/passwd,W1,2025-H1\n"), "manifest.csv:2: file"},
		{"cases", "batch.zip", packed(t, "../evil.txt", "x", "manifest.csv", header+"N-1,1,slip,0,,W1,2025-H1\n"), "evil.txt"},
		{"cases", "batch.zip", packed(t, "loose.txt", "text"), "batch.zip"},
		{"cases", "batch.zip", "PK\x03\x04 and then nothing", "batch.zip"},
		{"cases", "batch.zip", one("a.txt", "tekst")[:60], "batch.zip"},
		{"cases", "batch.zip", packed(t, many...), "N-1/000.txt"},
		{"cases", "batch.zip", one("a.txt", ""), "a.txt"},
		{"cases", "batch.zip", one("a.txt", " \n\t\n"), "a.txt"},
		{"cases", "batch.zip", one("a.txt", strings.Repeat("\x00\x01\x02", 400)), "a.txt"},
		{"cases", "batch.zip", one("a.pdf", "%PDF-1.7\n%%EOF\n"), "a.pdf"},
		{"cases", "batch.zip", one("a.png", "\x89PNG\r\n\x1a\n0000"), "a.png"},
		{"cases", "batch.zip", one("a.zip", one("b.txt", "tekst")), "a.zip"},
		{"cases", "batch.zip", one("a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 600)), "a.doc"},
		{"cases", "batch.zip", one("a.docx", docx[:len(docx)-40]), "a.docx"},
		{"cases", "batch.zip", one("a.docx", packed(t, "[Content_Types].xml", types)), "a.docx"},
		{"cases", "batch.zip", one("a.docx", packed(t, "[Content_Types].xml", types, "word/document.xml", "<w:p><w:r>")), "a.docx"},
		{"cases", "batch.zip", one("a.docm", packed(t, "[Content_Types].xml", types, "word/document.xml", word, "word/vbaProject.bin", "x")), "a.docm"},
		{"cases", "batch.zip", one("a.odt", packed(t, "mimetype", "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml", "<manifest:encryption-data/>")), "a.odt"},
		{"cases", "batch.zip", one("a.ods", packed(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<a/>")), "a.ods"},
		{"cases", "batch.zip", one("a.docx", zipped(t, "word/document.xml", large(40<<20))), "a.docx"},
		{"cases", "batch.zip", packed(t, "B-03/a.txt", "A text that differs."), "B-03"},
		{"codings", "codings.csv", "", "codings.csv"},
		{"codings", "codings.csv", codings + "B-01,zoe,damage,none,\n", "codings.csv:2"},
		{"codings", "codings.csv", codings + "B-01,anna,damage,purple,\n", "codings.csv:2"},
		{"codings", "codings.csv", codings + "B-01,anna,minutes,9999,\n", "codings.csv:2"},
		{"codings", "codings.csv", codings + "B-01,anna,received,gisteren,\n", "codings.csv:2"},
		{"codings", "codings.csv", codings + "B-01,anna,colour,red,\n", "codings.csv:2"},
		{"codings", "codings.csv", codings + "B-99,anna,damage,none,\n", "codings.csv:2"},
		{"codings", "codings.csv", codings + "B-01,anna,damage,none,NR\n", "codings.csv:2"},
		{"codings", "codings.csv", codings + "B-01,anna,damage,,XX\n", "codings.csv:2"},
		{"codings", "codings.csv", codings + "B-01,anna,damage,none,\nB-01,anna,damage,none,\n", "codings.csv:3"},
	}
	if len(tests) < 40 {
		t.Fatalf("only %d files", len(tests))
	}
	before := state()
	for i, test := range tests {
		t.Run(fmt.Sprintf("%02d %s %s", i, test.file, test.place), func(t *testing.T) {
			said := map[string][]string{}
			for _, lang := range []string{"en", "nl"} {
				speak(lang)
				got := daan.upload(studyPath+"/import", test.kind, test.file, test.content)
				if got.status == http.StatusSeeOther {
					got = daan.follow(got)
				}
				alert := between(got.body, `role="alert"`, "</section>")
				for _, m := range item.FindAllStringSubmatch(alert, -1) {
					said[lang] = append(said[lang], m[1])
				}
				if got.status != http.StatusUnprocessableEntity || len(said[lang]) == 0 || !strings.Contains(strings.Join(said[lang], " "), test.place) {
					t.Errorf("%s: answered %d without %q: %s", lang, got.status, test.place, alert)
				}
				if after := state(); after != before {
					t.Errorf("the database has %s, want %s", after, before)
				}
			}
			for _, p := range said["nl"] {
				if english.MatchString(quoted.ReplaceAllString(p, "")) {
					t.Errorf("in Dutch it says: %s", p)
				}
			}
			for i := range said["en"] {
				if i < len(said["nl"]) && said["nl"][i] == said["en"][i] {
					t.Errorf("both languages say: %s", said["en"][i])
				}
			}
		})
	}
}

// Mistakes in a codebook file, an answer, a list and a frame are told in the
// language of the reader, with their places.
func TestMistakesOfFilesInDutch(t *testing.T) {
	s := open(t)
	beheer, daan := s.visit(t, "beheer"), s.visit(t, "daan")
	for _, v := range []*visitor{beheer, daan} {
		v.post("/preferences", map[string][]string{"lang": {"nl"}, "back": {"/"}})
	}
	broken := strings.Replace(string(storetest.Codebook(t)), "type: single", "type: singel", 1)
	broken = strings.Replace(broken, "sections:", "sectoins: 1\nsections:", 1)
	got := beheer.createStudy("nieuw", broken)
	for _, want := range []string{"onbekende sleutel “sectoins”; bedoelt u sections?", "“singel” is niet een van single", "bedoelt u single?"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("of a broken codebook it does not say %q: %s", want, between(got.body, `role="alert"`, "</section>"))
		}
	}
	if got := beheer.createStudy("nieuw", "a: [\n"); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "niet te lezen als YAML") {
		t.Errorf("of no YAML it says %d %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	list := daan.upload(studyPath+"/lists/part", "", "part.csv", "code,label_nl,label_en,successor\nchain,Ketting,Chain,rope\nbrake,Rem,Brake,\n")
	for _, want := range []string{"lijst part: code lamp: de code staat nu in de lijst", "heeft geen code rope"} {
		if !strings.Contains(list.body, want) {
			t.Errorf("of a list it does not say %q: %s", want, between(list.body, `role="alert"`, "</section>"))
		}
	}
	frame := daan.upload(studyPath+"/sample/frame", "", "frame.csv", "case_id,region,period\nB-01,W3,2025-H1\n")
	for _, want := range []string{"frame.csv:2: dossier B-01: regio “W3” is in strijd met “W1” in het onderzoek", "dossier B-02: het staat in het onderzoek en niet in het steekproefkader"} {
		if !strings.Contains(frame.body, want) {
			t.Errorf("of a frame it does not say %q: %s", want, between(frame.body, `role="alert"`, "</section>"))
		}
	}
}
