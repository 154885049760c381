package intake

import (
	"bytes"
	"path"
	"strings"
)

// oleSignature opens the compound files of Office 97-2003; password-protected
// files of the present formats are packed in one as well.
const oleSignature = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// signatures are openings of files that are refused by name.
var signatures = []struct {
	opening string
	reason  Reason
}{
	{"\x89PNG", ErrPicture},
	{"\xff\xd8\xff", ErrPicture},
	{"GIF8", ErrPicture},
	{"II*\x00", ErrPicture},
	{"MM\x00*", ErrPicture},
	{"\x1f\x8b", ErrPacked},
	{"7z\xbc\xaf\x27\x1c", ErrPacked},
	{"Rar!", ErrPacked},
	{"\x7fELF", ErrBinary},
}

// run finds the format by content and reads the text.
func (x *extraction) run(engine *pdfEngine) error {
	data := x.data
	if len(data) == 0 {
		return ErrEmpty
	}
	for _, s := range signatures {
		if bytes.HasPrefix(data, []byte(s.opening)) {
			return s.reason
		}
	}
	switch {
	case bytes.HasPrefix(data, []byte(oleSignature)):
		return oleReason(data)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return x.packed()
	case bytes.HasPrefix(data, []byte(`{\rtf`)):
		return x.as(RTF, x.rtf)
	case bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		return x.as(PDF, func() error { return x.pdfText(engine) })
	}
	return x.plain()
}

// as notes the format and runs its parser.
func (x *extraction) as(f Format, parse func() error) error {
	x.format = f
	if named, ok := extensions[x.extension()]; ok && named != f {
		x.lost(NoticeExtension)
	}
	return parse()
}

var extensions = map[string]Format{
	".txt": Text, ".md": Markdown, ".markdown": Markdown, ".docx": DOCX, ".odt": ODT, ".rtf": RTF,
	".htm": HTML, ".html": HTML, ".xhtml": HTML, ".eml": EML, ".pdf": PDF, ".xlsx": XLSX,
}

func (x *extraction) extension() string { return strings.ToLower(path.Ext(x.name)) }

// oleReason tells the old formats and protected files apart by the names of
// the streams in them, which stand there in UTF-16.
func oleReason(data []byte) error {
	has := func(stream string) bool {
		wide := make([]byte, 0, 2*len(stream))
		for i := range len(stream) {
			wide = append(wide, stream[i], 0)
		}
		return bytes.Contains(data, wide)
	}
	switch {
	case has("EncryptedPackage"):
		return ErrEncrypted
	case has("WordDocument"):
		return ErrOldWord
	}
	return ErrOldOffice
}

// plain reads what has no signature: text, Markdown, HTML or mail.
func (x *extraction) plain() error {
	named := extensions[x.extension()]
	head := x.data[:min(len(x.data), sniffed)]
	if named == EML || looksLikeMail(head) {
		return x.as(EML, x.eml)
	}
	text, name, err := decode(x.data, x.count)
	if err != nil {
		return err
	}
	start := strings.ToLower(strings.TrimLeft(text[:min(len(text), 512)], "\ufeff \t\r\n"))
	switch {
	case named == HTML, strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"),
		strings.HasPrefix(start, "<?xml") && strings.Contains(start, "<html"):
		return x.as(HTML, func() error { return x.htmlFile(text, name) })
	case strings.HasPrefix(start, "<?xml"):
		return &Problem{Reason: ErrUnknown, Args: []any{"XML"}}
	}
	x.encoding = name
	if named != Markdown { // nothing in the content tells the two apart
		named = Text
	}
	return x.as(named, func() error {
		x.writeRaw(strings.ReplaceAll(text, "\v", "\n"))
		return nil
	})
}
